import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';

import {
  call,
  type DialogsDialogOut,
  dialogsBePresent,
  dialogsLeave,
  type DialogsPresentOut,
  dialogsTellTyping,
} from '~/api';
import { useIdentity } from '~/session/session';

const REPEAT_MS = 10_000;
const TYPING_MS = 6_000;
/** The person in the messenger is told no more often. */
const TELL_MS = 4_000;

type State = DialogsPresentOut['state'];

/** The key under which the feed keeps who is at a dialog. */
export const presenceKey = (projectId: string, dialogId: string) => ['presence', projectId, dialogId];

/**
 * Says that the operator has a dialog open as long as its page is in sight, and that they type. Signs may be lost:
 * they are repeated, and end by themselves.
 */
export function usePresence(dialog: DialogsDialogOut): { others: DialogsPresentOut[]; type: () => void } {
  const { id: dialogId, project_id: projectId } = dialog;
  const { operator } = useIdentity();
  const client = useQueryClient();
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef(0);
  const key = presenceKey(projectId, dialogId);
  const { data } = useQuery<DialogsPresentOut[]>({ queryKey: key, queryFn: () => [], staleTime: Infinity });

  const say = useCallback(
    async (state: State) => {
      try {
        const path = { dialog_id: dialogId };
        const { items } = await call(dialogsBePresent({ path, body: { state } }));
        client.setQueryData(presenceKey(projectId, dialogId), items);
      } catch {
        // The next sign says it again.
      }
    },
    [client, projectId, dialogId],
  );

  useEffect(() => {
    const repeat = () => {
      if (!document.hidden) void say(typing.current ? 'typing' : 'viewing');
    };
    const leave = () => {
      clearTimeout(typing.current);
      typing.current = undefined;
      void dialogsLeave({ path: { dialog_id: dialogId }, keepalive: true }).catch(() => undefined);
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
    void dialogsTellTyping({ path: { dialog_id: dialogId } }).catch(() => undefined);
  }, [say, dialogId]);

  return { others: (data ?? []).filter((one) => one.operator.id !== operator.id), type };
}
