import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { dialogsListMessagesOfADialog, Refusal } from '~/api';

import { asking, caughtUp, combined } from './feed';
import { useKeptCurrent } from './kept-current';
import { useOwnReplies } from './own-replies';
import { snapshot } from './snapshot';
import {
  addEarlier,
  addLater,
  keepPages,
  messagesOf,
  pageOf,
  type ThreadWindow,
  windowOf,
} from './thread-window';
import { useProjectId } from './use-project-id';

const PAGE = 50;
const PAGES_MAX = 8;

type Where = { before: string } | { after: string } | { around: string } | Record<string, never>;
type Key = readonly ['thread', string, string];

async function read(key: Key, where: Where): Promise<ThreadWindow> {
  const path = { dialog_id: key[2] };
  const { data, position } = await snapshot(
    dialogsListMessagesOfADialog({ path, query: { ...where, limit: PAGE } }),
  );
  return windowOf(key[2], [pageOf(data)], position);
}

/** Read again what is shown: from its first message to its last, so that nothing jumps. */
async function reread(key: Key, shown: ThreadWindow): Promise<ThreadWindow> {
  const from = shown.pages[0]?.from ?? null;
  if (shown.pages.at(-1)?.to === null) {
    let found = await read(key, {});
    for (let earlier = cursorOf(found, 'earlier'); earlier; earlier = cursorOf(found, 'earlier')) {
      const first = found.pages[0]?.from;
      if (found.pages.length >= shown.pages.length + 1 || (from && first && first[0] <= from[0])) break;
      found = combined(key, found, await read(key, { before: earlier }), withEarlier);
    }
    return found;
  }
  const items = messagesOf(shown);
  const middle = items[Math.floor(items.length / 2)];
  try {
    return await read(key, middle ? { around: middle.id } : {});
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return read(key, {});
    throw error;
  }
}

function cursorOf(window: ThreadWindow, side: 'earlier' | 'later'): string | null {
  return (side === 'earlier' ? window.pages[0]?.earlier : window.pages.at(-1)?.later) ?? null;
}

function withEarlier(window: ThreadWindow, { pages: [page], position }: ThreadWindow): ThreadWindow {
  return page ? { ...addEarlier(window, page), position: Math.min(window.position, position) } : window;
}

function withLater(window: ThreadWindow, { pages: [page], position }: ThreadWindow): ThreadWindow {
  return page ? { ...addLater(window, page), position: Math.min(window.position, position) } : window;
}

async function extend(client: QueryClient, key: Key, side: 'earlier' | 'later'): Promise<void> {
  const before = client.getQueryData<ThreadWindow>(key);
  const cursor = before && cursorOf(before, side);
  if (!cursor) return;
  const found = await read(key, side === 'earlier' ? { before: cursor } : { after: cursor });
  client.setQueryData<ThreadWindow>(key, (now) => {
    // Meanwhile the thread may have been read again, or another part of it shown.
    if (!now || cursorOf(now, side) !== cursor) return now;
    return combined(key, now, found, (window, page) =>
      keepPages((side === 'earlier' ? withEarlier : withLater)(window, page), PAGES_MAX, side),
    );
  });
}

/**
 * A part of a dialog's thread, current at any time: at first its end. `loadEarlier` and `loadLater` add pages,
 * `showAround` shows the part around a message, `showEnd` the end again. `own` are replies on their way to the
 * server, for below the messages.
 */
export function useMessages(dialogId: string) {
  const client = useQueryClient();
  const projectId = useProjectId();
  const key = useMemo(() => ['thread', projectId, dialogId] as const, [projectId, dialogId]);
  const thread = useQuery({
    ...useKeptCurrent(),
    queryKey: key,
    queryFn: async () => {
      const shown = client.getQueryData<ThreadWindow>(key);
      const asked = asking();
      return caughtUp(key, asked, await (shown ? reread(key, shown) : read(key, {})));
    },
  });
  const earlier = useMutation({ mutationFn: () => extend(client, key, 'earlier') });
  const later = useMutation({ mutationFn: () => extend(client, key, 'later') });
  const jump = useMutation({
    mutationFn: async (where: Where) => {
      await client.cancelQueries({ queryKey: key });
      const asked = asking();
      const found = await read(key, where);
      client.setQueryData<ThreadWindow>(key, caughtUp(key, asked, found));
    },
  });
  const window = thread.data;
  const messages = window ? messagesOf(window) : [];
  return {
    messages,
    own: useOwnReplies(dialogId, messages),
    isPending: thread.isPending,
    error: window ? (earlier.error ?? later.error ?? jump.error) : thread.error,
    refetch: thread.refetch,
    hasEarlier: window ? cursorOf(window, 'earlier') !== null : false,
    hasLater: window ? cursorOf(window, 'later') !== null : false,
    loadEarlier: () => void (earlier.isPending || earlier.mutate()),
    loadLater: () => void (later.isPending || later.mutate()),
    isLoadingEarlier: earlier.isPending,
    isLoadingLater: later.isPending,
    showAround: (messageId: string) => jump.mutateAsync({ around: messageId }),
    showEnd: () => jump.mutateAsync({}),
  };
}
