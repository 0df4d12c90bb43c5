/** The only door to the services: `call(dialogsGetDialog({ path }))`. */
import './call';

export * from '@otklik/api';
export { call, fetchAsOperator, renewSession } from './call';
export { Refusal, refusalOf, type Problem } from './refusal';
export { useProblemText } from './problem-text';
