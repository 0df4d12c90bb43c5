import { addTexts, type Translate, useTexts } from '~/i18n';

import { texts } from './texts';

addTexts('integrations', texts);

/** A code as services say it, e.g. `rights_missing:photos`: what is missing stands behind the colon. */
export function wordsOf(t: Translate, group: 'causes' | 'cures' | 'actions', code: string): string {
  const [name = code, ...details] = code.split(':');
  const words = t(`${group}.${name}`, { defaultValue: t(`${group}.other`, { code: name }) });
  return details.length > 0 ? `${words}: ${details.join(':')}` : words;
}

/** The texts of integrations. */
export function useIntegrationTexts(): Translate {
  return useTexts('integrations');
}
