import type { DialogsDialogSummary, DialogsPageDialogSummary } from '~/api';

import type { Change } from './changes';
import type { Verdict } from './list-filters';

/** Where a dialog stands in a list: the latest activity first. */
type Key = readonly [moment: string, id: string];

/** The beginning of a list of dialogs: all of it down to `bound`, null when that is the whole list. */
export interface ListWindow {
  items: DialogsDialogSummary[];
  bound: Key | null;
  next: string | null;
  /** The change up to which the snapshot was complete. */
  position: number;
}

const keyOf = (dialog: DialogsDialogSummary): Key => [dialog.last_activity_at, dialog.id];

const fractionOf = (moment: string) => (/\.(\d+)/.exec(moment)?.[1] ?? '').padEnd(6, '0');

/** Compare two moments of the server to the microsecond, which `Date` does not know. */
function compareMoments(a: string, b: string): number {
  const byMillisecond = Date.parse(a) - Date.parse(b);
  if (byMillisecond || a === b) return byMillisecond;
  return Number(fractionOf(a)) - Number(fractionOf(b));
}

function compare(a: Key, b: Key): number {
  return compareMoments(b[0], a[0]) || (a[1] < b[1] ? 1 : Number(a[1] > b[1]) * -1);
}

/** Make a window of a list's first page. */
export function listOf(page: DialogsPageDialogSummary, position: number): ListWindow {
  const last = page.items.at(-1);
  return {
    items: page.items,
    bound: page.next_cursor && last ? keyOf(last) : null,
    next: page.next_cursor,
    position,
  };
}

/** Add the page that follows. */
export function addPage(list: ListWindow, page: ListWindow): ListWindow {
  const bound = page.bound ?? (page.next ? list.bound : null);
  const position = Math.min(list.position, page.position);
  let next: ListWindow = { ...list, bound, next: page.next, position };
  for (const dialog of page.items) next = withDialog(next, dialog, 'in');
  return next;
}

/** Apply changes in their order. Gives the same window if none of them concerns it. */
export function advanceList(
  list: ListWindow,
  changes: readonly Change[],
  verdictOf: (dialog: DialogsDialogSummary) => Verdict,
): ListWindow {
  let next = list;
  for (const { kind, dialog, tag, tag_id } of changes) {
    if (dialog) next = withDialog(next, dialog, verdictOf(dialog));
    if (kind === 'tag_changed' && tag) next = mapDialogs(next, (one) => retagged(one, tag.id, tag));
    if (kind === 'tag_deleted' && tag_id) next = mapDialogs(next, (one) => retagged(one, tag_id, null));
  }
  return next;
}

/** Put a dialog where it belongs, or take it out, unless a newer version of it is there. */
export function withDialog(list: ListWindow, dialog: DialogsDialogSummary, verdict: Verdict): ListWindow {
  const known = list.items.find((one) => one.id === dialog.id);
  if (known && known.version > dialog.version) return list;
  const rest = known ? list.items.filter((one) => one !== known) : list.items;
  const isWithin = list.bound === null || compare(keyOf(dialog), list.bound) <= 0;
  // What only the server can judge stays as it is until the list was read again.
  const isShown = isWithin && (verdict === 'in' || (verdict === 'unknown' && known !== undefined));
  if (!isShown) return known ? { ...list, items: rest } : list;
  const behind = rest.findIndex((one) => compare(keyOf(one), keyOf(dialog)) > 0);
  const at = behind < 0 ? rest.length : behind;
  return { ...list, items: [...rest.slice(0, at), dialog, ...rest.slice(at)] };
}

/** A dialog with one of its tags renamed, or without it; the same dialog if it has no such tag. */
export function retagged<T extends Pick<DialogsDialogSummary, 'tags'>>(
  dialog: T,
  tagId: string,
  tag: DialogsDialogSummary['tags'][number] | null,
): T {
  if (!dialog.tags.some((one) => one.id === tagId)) return dialog;
  const tags = dialog.tags.flatMap((one) => (one.id === tagId ? (tag ? [tag] : []) : [one]));
  return { ...dialog, tags };
}

function mapDialogs(
  list: ListWindow,
  change: (dialog: DialogsDialogSummary) => DialogsDialogSummary,
): ListWindow {
  const items = list.items.map(change);
  return items.some((one, at) => one !== list.items[at]) ? { ...list, items } : list;
}
