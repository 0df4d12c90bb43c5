import { queryClient } from '~/api/queries';
import type { DialogsDialogSummary, DialogsMessageOut } from '~/api';

import { Join } from './join';

let current: Join | null = null;

/** The join of the signed-in person's screen, made when the first page of a project opens. */
export function joinFor(operatorId: string): Join {
  current ??= new Join(queryClient, operatorId);
  return current;
}

/** A snapshot brought up to what the stream has told by now. */
export function caughtUp<T extends object>(key: readonly unknown[], data: T): T {
  return current?.caughtUp(key, data) ?? data;
}

/** Two snapshots brought up to the same change and then made one by `combine`. */
export function combined<T extends object>(
  key: readonly unknown[],
  one: T,
  other: T,
  combine: (one: T, other: T) => T,
): T {
  return current ? current.combined(key, one, other, combine) : combine(one, other);
}

/** Show what a call answered about a dialog at once, in every list and wherever else it stands. */
export function acceptDialog(dialog: DialogsDialogSummary): void {
  current?.accept(dialog.project_id, { dialog });
}

/** Show what a call answered about a message at once. */
export function acceptMessage(projectId: string, message: DialogsMessageOut): void {
  current?.accept(projectId, { message });
}
