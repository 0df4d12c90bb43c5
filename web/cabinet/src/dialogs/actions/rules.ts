import type { DialogsDialogOut } from '~/api';

export type Action = 'take' | 'take_over' | 'transfer' | 'return' | 'close' | 'reopen';

/** What may be done with a dialog by a person, the most likely first. */
export function actionsOf(
  dialog: Pick<DialogsDialogOut, 'state' | 'operator'>,
  operatorId: string,
): Action[] {
  if (dialog.state === 'closed') return ['reopen'];
  if (dialog.state === 'new') return ['take', 'close', 'transfer'];
  const isMine = dialog.operator?.id === operatorId;
  return isMine ? ['close', 'transfer', 'return'] : ['take_over', 'close', 'transfer', 'return'];
}

/** Whether somebody waits for an answer, so that closing wants a second thought. */
export const isUnanswered = (dialog: Pick<DialogsDialogOut, 'unanswered_since'>) =>
  dialog.unanswered_since !== null;
