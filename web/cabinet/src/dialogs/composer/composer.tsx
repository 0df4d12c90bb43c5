import type { DialogsDialogOut, DialogsMessageOut } from '~/api';

export interface ComposerProps {
  dialog: DialogsDialogOut;
  /** The message that the reply answers, chosen in the thread. */
  quoted: DialogsMessageOut | null;
  onQuoteEnd: () => void;
}

/** Where an operator writes. */
export function Composer({ dialog }: ComposerProps) {
  return <div data-dialog={dialog.id} />;
}
