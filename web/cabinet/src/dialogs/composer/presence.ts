import { useCallback, useEffect, useRef } from 'react';

import { call, type DialogsDialogOut, dialogsBePresent, dialogsLeave, dialogsTellTyping } from '~/api';
import { type Presence, showPresence, usePresence } from '~/feed';
import { useIdentity } from '~/session/session';

const REPEAT_MS = 10_000;
const TYPING_MS = 6_000;
/** The person in the messenger is told no more often. */
const TELL_MS = 4_000;

/**
 * Says that the operator has a dialog open as long as its page is in sight, and that they type. Signs may be lost:
 * they are repeated, and end by themselves.
 */
export function useBeingHere({ id: dialogId }: DialogsDialogOut): { others: Presence[]; type: () => void } {
  const { operator } = useIdentity();
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef(0);
  const present = usePresence(dialogId);

  const say = useCallback(
    async (state: Presence['state']) => {
      try {
        const { items } = await call(dialogsBePresent({ path: { dialog_id: dialogId }, body: { state } }));
        showPresence(dialogId, items);
      } catch {
        // The next sign says it again.
      }
    },
    [dialogId],
  );

  useEffect(() => {
    const repeat = () => {
      if (!document.hidden) void say(typing.current ? 'typing' : 'viewing');
    };
    const leave = () => {
      clearTimeout(typing.current);
      typing.current = undefined;
      dialogsLeave({ path: { dialog_id: dialogId }, keepalive: true }).catch(() => undefined);
    };
    const turn = () => (document.hidden ? leave() : repeat());
    repeat();
    const timer = setInterval(repeat, REPEAT_MS);
    document.addEventListener('visibilitychange', turn);
    addEventListener('pagehide', leave);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', turn);
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [say, dialogId]);

  const type = useCallback(() => {
    if (!typing.current) void say('typing');
    clearTimeout(typing.current);
    typing.current = setTimeout(() => {
      typing.current = undefined;
      void say('viewing');
    }, TYPING_MS);
    if (Date.now() - told.current < TELL_MS) return;
    told.current = Date.now();
    dialogsTellTyping({ path: { dialog_id: dialogId } }).catch(() => undefined);
  }, [say, dialogId]);

  return { others: present.filter((one) => one.operator.id !== operator.id), type };
}
