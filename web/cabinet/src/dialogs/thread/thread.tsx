import type { DialogsDialogOut, DialogsMessageOut } from '~/api';

export interface ThreadProps {
  dialog: DialogsDialogOut;
  /** The message to show: a hit of a search, a quote. A new object is a new wish. */
  target: { id: string } | null;
  onQuote: (message: DialogsMessageOut) => void;
}

/** The conversation. */
export function Thread({ dialog }: ThreadProps) {
  return <div data-dialog={dialog.id} />;
}
