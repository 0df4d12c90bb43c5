/** Which own message of a dialog is being edited; the thread begins it, the composer carries it out. */
import { useSyncExternalStore } from 'react';

import type { DialogsMessageOut } from '~/api';

let edited: DialogsMessageOut | null = null;
const listeners = new Set<() => void>();

/** Begin to edit a message in its dialog's composer; null ends it. */
export function editMessage(message: DialogsMessageOut | null): void {
  edited = message;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The message that is being edited in a dialog. */
export function useEdited(dialogId: string): DialogsMessageOut | null {
  const message = useSyncExternalStore(subscribe, () => edited);
  return message?.dialog_id === dialogId ? message : null;
}
