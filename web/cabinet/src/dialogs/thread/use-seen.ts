import { useCallback, useEffect, useRef } from 'react';

import { call, dialogsSeeDialog, type DialogsDialogOut, type DialogsMessageOut } from '~/api';
import { acceptDialog } from '~/feed';

/** The customer's last message that stands in the window, by the messenger's number. */
export function lastSeen(messages: readonly DialogsMessageOut[], seen: ReadonlySet<string>): number {
  const last = messages.findLast(
    (one) => one.author.kind === 'customer' && one.conversation_message_id !== null && seen.has(one.id),
  );
  return last?.conversation_message_id ?? 0;
}

/**
 * Tells the server how far the thread was seen: what stands in the window while the tab is looked at. Gives a
 * function to call whenever that may have changed; one call at a time, and only while something is unread.
 */
export function useSeen(dialog: DialogsDialogOut, seenNow: () => number): () => void {
  const look = useRef(() => {});
  const isTelling = useRef(false);
  const told = useRef(0);
  useEffect(() => {
    look.current = () => {
      if (isTelling.current || dialog.unread_count === 0) return;
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
      const through = seenNow();
      if (through <= Math.max(told.current, dialog.seen_through)) return;
      isTelling.current = true;
      call(dialogsSeeDialog({ path: { dialog_id: dialog.id }, body: { through } }))
        .then((changed) => {
          told.current = through;
          acceptDialog(changed);
        })
        // It is told again with the next message, scroll or look.
        .catch(() => {})
        .finally(() => {
          isTelling.current = false;
        });
    };
    look.current();
  });
  useEffect(() => {
    const again = () => look.current();
    window.addEventListener('focus', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      window.removeEventListener('focus', again);
      document.removeEventListener('visibilitychange', again);
    };
  }, []);
  return useCallback(() => look.current(), []);
}
