import type { DialogsDialogOut } from '~/api';

/** The highest number of a message that the operator has before them. */
export function useSeenNumber(_dialog: DialogsDialogOut): number | null {
  return null;
}
