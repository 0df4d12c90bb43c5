import type { DialogsDialogOut } from '~/api';

/** What can be done with the open dialog: take, hand over, give back, close, mark as important. */
export function DialogActions({ dialog }: { dialog: DialogsDialogOut }) {
  return <div data-dialog={dialog.id} />;
}
