import type { Presence, Whisper } from './changes';
import { createStore, useStore } from './store';

const TYPING_MS = 6_000;
// The server forgets after 25 s who has not said it again; its word for that may be lost.
const PRESENCE_MS = 30_000;
const NOBODY: Presence[] = [];

const typing = createStore<ReadonlySet<string>>(new Set());
const presence = createStore<ReadonlyMap<string, Presence[]>>(new Map());
const timers = new Map<string, ReturnType<typeof setTimeout>>();

function later(key: string, milliseconds: number, action: () => void): void {
  clearTimeout(timers.get(key));
  timers.set(
    key,
    setTimeout(() => {
      timers.delete(key);
      action();
    }, milliseconds),
  );
}

function stopTyping(dialogId: string): void {
  if (typing.get().has(dialogId)) typing.set(new Set([...typing.get()].filter((one) => one !== dialogId)));
}

/** Take what was told past the changes; all of it ends by itself. */
export function hear(whisper: Whisper): void {
  const { dialog_id: dialogId } = whisper;
  if (whisper.kind === 'typing') {
    typing.set(new Set([...typing.get(), dialogId]));
    later(`typing:${dialogId}`, TYPING_MS, () => stopTyping(dialogId));
  } else {
    showPresence(dialogId, whisper.items ?? []);
  }
}

/** Take who else has a dialog open, as the stream or a call has told it. */
export function showPresence(dialogId: string, items: Presence[]): void {
  const next = new Map(presence.get());
  if (items.length > 0) next.set(dialogId, items);
  else next.delete(dialogId);
  presence.set(next);
  if (items.length > 0) later(`presence:${dialogId}`, PRESENCE_MS, () => showPresence(dialogId, []));
}

/** A message of the customer's ends their typing. */
export function heardMessage(dialogId: string): void {
  stopTyping(dialogId);
}

/** Whether the customer types now. */
export function useTyping(dialogId: string): boolean {
  return useStore(typing, (all) => all.has(dialogId));
}

/** Who else has the dialog open, or types in it. Includes the reader's own other tabs. */
export function usePresence(dialogId: string): Presence[] {
  return useStore(presence, (all) => all.get(dialogId) ?? NOBODY);
}
