import { useMutation } from '@tanstack/react-query';

import {
  call,
  type DialogsDialogOut,
  type DialogsDialogSummary,
  dialogsAssignDialog,
  dialogsCloseDialog,
  dialogsMarkDialogImportant,
  dialogsMarkDialogOrdinary,
  dialogsReopenDialog,
  dialogsReturnDialog,
  useProblemText,
} from '~/api';
import { acceptDialog } from '~/feed';
import { useIdentity } from '~/session/session';
import { tell } from '~/ui/tell';

import type { Action } from './rules';

export type Work = Exclude<Action, 'transfer'> | 'important' | 'ordinary' | { to: string };

/** Give the function that works with a dialog; what the server refuses is said in words. */
export function useDialogWork(dialog: DialogsDialogOut, onDone?: () => void) {
  const say = useProblemText();
  const { operator } = useIdentity();
  const { id, version } = dialog;
  const path = { dialog_id: id };
  const assign = (operator_id: string) =>
    call(dialogsAssignDialog({ path, body: { operator_id, expected_version: version } }));
  const works: Record<Exclude<Work, object>, () => Promise<DialogsDialogSummary>> = {
    take: () => assign(operator.id),
    take_over: () => assign(operator.id),
    return: () => call(dialogsReturnDialog({ path })),
    close: () => call(dialogsCloseDialog({ path })),
    reopen: () => call(dialogsReopenDialog({ path })),
    important: () => call(dialogsMarkDialogImportant({ path })),
    ordinary: () => call(dialogsMarkDialogOrdinary({ path })),
  };
  return useMutation({
    mutationFn: (work: Work) => (typeof work === 'object' ? assign(work.to) : works[work]()),
    onSuccess: (answer) => {
      acceptDialog(answer);
      onDone?.();
    },
    onError: (error) => tell(say(error), 'bad'),
  });
}
