import type { DialogsMessageOut, DialogsThread } from '~/api';

import type { Change } from './changes';

type Place = DialogsMessageOut['place'];

/**
 * A page of a thread as it was read, kept up to date since. It holds every message from place `from` to place
 * `to`; null is the thread's own beginning or end. The cursors lead on from there.
 */
export interface ThreadPage {
  items: DialogsMessageOut[];
  from: Place | null;
  to: Place | null;
  earlier: string | null;
  later: string | null;
}

/** The part of a thread that this browser holds: pages that follow each other, the earliest first. */
export interface ThreadWindow {
  dialogId: string;
  pages: ThreadPage[];
  /** The change up to which the snapshot was complete. */
  position: number;
  readThrough: number;
}

const compare = (a: Place, b: Place) => a[0] - b[0] || a[1] - b[1];

/** Make a page of what the server answered. */
export function pageOf(thread: DialogsThread): ThreadPage {
  return {
    items: thread.items,
    from: thread.next_cursor ? (thread.items[0]?.place ?? null) : null,
    to: thread.later_cursor ? (thread.items.at(-1)?.place ?? null) : null,
    earlier: thread.next_cursor,
    later: thread.later_cursor,
  };
}

/** Make a window of pages that follow each other. */
export function windowOf(dialogId: string, pages: ThreadPage[], position: number): ThreadWindow {
  return withoutRepeats({ dialogId, pages, position, readThrough: 0 });
}

/** Put a page before the others. */
export function addEarlier(window: ThreadWindow, page: ThreadPage): ThreadWindow {
  const [first, ...rest] = window.pages;
  if (first && page.items.length === 0) {
    return { ...window, pages: [{ ...first, from: null, earlier: null }, ...rest] };
  }
  return withoutRepeats({ ...window, pages: [page, ...window.pages] });
}

/** Put a page behind the others. */
export function addLater(window: ThreadWindow, page: ThreadPage): ThreadWindow {
  const last = window.pages.at(-1);
  if (last && page.items.length === 0) {
    return { ...window, pages: [...window.pages.slice(0, -1), { ...last, to: null, later: null }] };
  }
  return withoutRepeats({ ...window, pages: [...window.pages, page] });
}

/** Let go of pages at the far end of where one reads, so that memory stays flat. */
export function keepPages(window: ThreadWindow, count: number, end: 'earlier' | 'later'): ThreadWindow {
  if (window.pages.length <= count) return window;
  const pages = end === 'earlier' ? window.pages.slice(0, count) : window.pages.slice(-count);
  return { ...window, pages };
}

const flattened = new WeakMap<ThreadPage[], DialogsMessageOut[]>();

/** All messages of a window, the earliest first. */
export function messagesOf(window: ThreadWindow): DialogsMessageOut[] {
  const known = flattened.get(window.pages);
  if (known) return known;
  const all = window.pages.flatMap((page) => page.items);
  flattened.set(window.pages, all);
  return all;
}

/** Whether messages that were added without being told each by itself belong into the window. */
export function mustReread(window: ThreadWindow, change: Change): boolean {
  if (change.kind !== 'messages_added' || change.dialog?.id !== window.dialogId || !change.messages)
    return false;
  const from = window.pages[0]?.from;
  const to = window.pages.at(-1)?.to;
  return (!from || change.messages.last_number >= from[0]) && (!to || change.messages.first_number <= to[0]);
}

/** Apply changes in their order. Gives the same window if none of them concerns it. */
export function advanceThread(window: ThreadWindow, changes: readonly Change[]): ThreadWindow {
  let next = window;
  for (const change of changes) {
    if (change.kind === 'message_removed' && change.message_id) next = without(next, change.message_id);
    if (change.dialog?.id !== window.dialogId) continue;
    if (change.message) next = withMessage(next, change.message);
    next = readUpTo(next, change.dialog.read_through);
  }
  return next;
}

/** Put a message to its place, unless a newer version of it is there or its place is outside. */
export function withMessage(window: ThreadWindow, message: DialogsMessageOut): ThreadWindow {
  const known = messagesOf(window).find((one) => one.id === message.id);
  if (known && known.version > message.version) return window;
  const cleared = known ? without(window, message.id) : window;
  const at = pageFor(cleared.pages, message.place);
  if (at < 0) return cleared;
  const shown =
    known?.state === 'read' && message.state === 'sent' ? { ...message, state: known.state } : message;
  const pages = cleared.pages.map((page, index) =>
    index === at ? { ...page, items: inserted(page.items, shown) } : page,
  );
  return readUpTo({ ...cleared, pages, readThrough: 0 }, window.readThrough);
}

function pageFor(pages: ThreadPage[], place: Place): number {
  const to = pages.at(-1)?.to;
  if (to && compare(place, to) > 0) return -1;
  return pages.findLastIndex((page) => page.from === null || compare(page.from, place) <= 0);
}

function inserted(items: DialogsMessageOut[], message: DialogsMessageOut): DialogsMessageOut[] {
  const behind = items.findLastIndex((one) => compare(one.place, message.place) <= 0) + 1;
  return [...items.slice(0, behind), message, ...items.slice(behind)];
}

function without(window: ThreadWindow, messageId: string): ThreadWindow {
  if (!messagesOf(window).some((one) => one.id === messageId)) return window;
  const pages = window.pages.map((page) =>
    page.items.some((one) => one.id === messageId)
      ? { ...page, items: page.items.filter((one) => one.id !== messageId) }
      : page,
  );
  return { ...window, pages };
}

function withoutRepeats(window: ThreadWindow): ThreadWindow {
  // Of a message that moved between two reads, the newer version says where it is.
  const newest = new Map<string, DialogsMessageOut>();
  for (const message of messagesOf(window)) {
    const known = newest.get(message.id);
    if (!known || known.version < message.version) newest.set(message.id, message);
  }
  if (newest.size === messagesOf(window).length) return window;
  const pages = window.pages.map((page) => ({
    ...page,
    items: page.items.filter((one) => newest.get(one.id) === one),
  }));
  return { ...window, pages };
}

function readUpTo(window: ThreadWindow, number: number): ThreadWindow {
  if (number <= window.readThrough) return window;
  const isRead = (one: DialogsMessageOut) =>
    one.state === 'sent' && one.conversation_message_id !== null && one.conversation_message_id <= number;
  const pages = window.pages.map((page) =>
    page.items.some(isRead)
      ? { ...page, items: page.items.map((one) => (isRead(one) ? { ...one, state: 'read' as const } : one)) }
      : page,
  );
  return {
    ...window,
    pages: pages.some((page, at) => page !== window.pages[at]) ? pages : window.pages,
    readThrough: number,
  };
}
