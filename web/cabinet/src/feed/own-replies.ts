import type { DialogsMessageOut } from '~/api';

import { createStore, useStore } from './store';

/** A reply that the server does not have yet. With an `error` it was not taken; the composer offers to try again. */
export interface OwnReply {
  client_id: string;
  dialog_id: string;
  text: string;
  sent_at: string;
  /** Names of the files that go with it. */
  files: string[];
  quoted: DialogsMessageOut | null;
  error: unknown;
}

const replies = createStore<readonly OwnReply[]>([]);

/** Show a reply in the thread before the server has it; the same `client_id` again replaces it. */
export function showOwnReply(reply: OwnReply): void {
  replies.set([...replies.get().filter((one) => one.client_id !== reply.client_id), reply]);
}

/** Say why a reply was not taken. */
export function failOwnReply(clientId: string, error: unknown): void {
  replies.set(replies.get().map((one) => (one.client_id === clientId ? { ...one, error } : one)));
}

/** Take a reply out of the thread: the server has it, or nobody wants it any more. */
export function dropOwnReply(clientId: string): void {
  if (replies.get().some((one) => one.client_id === clientId)) {
    replies.set(replies.get().filter((one) => one.client_id !== clientId));
  }
}

/** The replies of a dialog that are not among the messages yet. */
export function useOwnReplies(dialogId: string, messages: readonly DialogsMessageOut[]): OwnReply[] {
  const all = useStore(replies).filter((one) => one.dialog_id === dialogId);
  return all.filter((one) => !messages.some((message) => message.client_id === one.client_id));
}
