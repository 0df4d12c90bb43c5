import {
  type DialogsDialogSummary,
  call,
  dialogsAssignDialog,
  dialogsCloseDialog,
  dialogsMarkDialogImportant,
} from '~/api';
import { acceptDialog } from '~/feed';

export type BulkAction = 'close' | 'important' | 'take';

const AT_ONCE = 4;

function act(action: BulkAction, dialogId: string, me: string): Promise<DialogsDialogSummary> {
  const path = { dialog_id: dialogId };
  if (action === 'close') return call(dialogsCloseDialog({ path }));
  if (action === 'important') return call(dialogsMarkDialogImportant({ path }));
  return call(dialogsAssignDialog({ path, body: { operator_id: me } }));
}

/** What became of an action on several dialogs: who refused stays chosen, and why the first of them did. */
export interface Outcome {
  done: number;
  refused: string[];
  reason: unknown;
}

/** Do the same to several dialogs, a few at once; each is a call of its own, so that one refusal stops no other. */
export async function actOnSeveral(action: BulkAction, ids: readonly string[], me: string): Promise<Outcome> {
  const outcome: Outcome = { done: 0, refused: [], reason: null };
  const left = [...ids];
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        acceptDialog(await act(action, id, me));
        outcome.done += 1;
      } catch (error) {
        outcome.refused.push(id);
        outcome.reason ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}
