import type { DialogsDialogOut } from '~/api';

export interface InfoPanelProps {
  dialog: DialogsDialogOut;
  /** Shows a message of the thread, for example the one that said where the person came from. */
  onJump: (messageId: string) => void;
  onClose: () => void;
}

/** All that is known of the person and of the dialog. */
export function InfoPanel({ dialog }: InfoPanelProps) {
  return <div data-dialog={dialog.id} />;
}
