import { useMutation } from '@tanstack/react-query';

import {
  call,
  type DialogsDialogOut,
  type DialogsDialogSummary,
  dialogsAssignDialog,
  dialogsCloseDialog,
  dialogsGetDialog,
  dialogsMarkDialogImportant,
  dialogsMarkDialogOrdinary,
  dialogsReopenDialog,
  dialogsReturnDialog,
  Refusal,
  useProblemText,
} from '~/api';
import { acceptDialog } from '~/feed';
import { useIdentity } from '~/session/session';
import { tell } from '~/ui/tell';

import type { Action } from './rules';

export type Work = Exclude<Action, 'transfer'> | 'important' | 'ordinary' | { to: string };

const TRIES_MAX = 3;

/** Give the function that works with a dialog; what the server refuses is said in words. */
export function useDialogWork(dialog: DialogsDialogOut, onDone?: () => void) {
  const say = useProblemText();
  const { operator } = useIdentity();
  const path = { dialog_id: dialog.id };
  const works: Record<Exclude<Work, object>, () => Promise<DialogsDialogSummary>> = {
    take: () => assigned(dialog, operator.id),
    take_over: () => assigned(dialog, operator.id),
    return: () => call(dialogsReturnDialog({ path })),
    close: () => call(dialogsCloseDialog({ path })),
    reopen: () => call(dialogsReopenDialog({ path })),
    important: () => call(dialogsMarkDialogImportant({ path })),
    ordinary: () => call(dialogsMarkDialogOrdinary({ path })),
  };
  return useMutation({
    mutationFn: (work: Work) => (typeof work === 'object' ? assigned(dialog, work.to) : works[work]()),
    onSuccess: (answer) => {
      acceptDialog(answer);
      onDone?.();
    },
    onError: (error) => tell(say(error), 'bad'),
  });
}

/**
 * Give a dialog to somebody, unless a colleague has got it since the person looked. A message, or somebody who has
 * read one, changes the dialog as well, but not whose it is: then it is asked for again.
 */
async function assigned(seen: DialogsDialogOut, operatorId: string): Promise<DialogsDialogSummary> {
  const path = { dialog_id: seen.id };
  let { version } = seen;
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(
        dialogsAssignDialog({ path, body: { operator_id: operatorId, expected_version: version } }),
      );
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'dialog_changed' || tries === TRIES_MAX) throw error;
      const now = await call(dialogsGetDialog({ path }));
      acceptDialog(now);
      if (now.state !== seen.state || now.operator?.id !== seen.operator?.id) throw error;
      version = now.version;
    }
  }
}
