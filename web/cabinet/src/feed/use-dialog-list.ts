import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import { dialogsListDialogsOfATab } from '~/api';

import { asking, caughtUp, combined } from './feed';
import { useKeptCurrent } from './kept-current';
import type { ListFilters } from './list-filters';
import { addPage, listOf, type ListWindow } from './list-window';
import { snapshot } from './snapshot';

const PAGE = 50;

async function readPage(projectId: string, filters: ListFilters, cursor: string | null): Promise<ListWindow> {
  const query = { ...filters, project_id: projectId, limit: PAGE, ...(cursor && { cursor }) };
  const { data, position } = await snapshot(dialogsListDialogsOfATab({ query }));
  return listOf(data, position);
}

/**
 * A list of dialogs, the latest activity first, current at any time; `loadMore` adds the page that follows.
 * `filters` are those of the API; lists with equal filters are the same list.
 */
export function useDialogList(projectId: string, filters: ListFilters) {
  const client = useQueryClient();
  const key = ['dialog-list', projectId, filters] as const;
  const list = useQuery({
    ...useKeptCurrent(),
    queryKey: key,
    queryFn: async () => {
      // As much as was shown, so that whoever has scrolled down stays where they are.
      const shown = client.getQueryData<ListWindow>(key)?.items.length ?? 0;
      const asked = asking();
      let read = await readPage(projectId, filters, null);
      while (read.next && read.items.length < shown) {
        read = combined(key, read, await readPage(projectId, filters, read.next), addPage);
      }
      return caughtUp(key, asked, read);
    },
  });
  const more = useMutation({
    mutationFn: async () => {
      const cursor = client.getQueryData<ListWindow>(key)?.next;
      if (!cursor) return;
      const page = await readPage(projectId, filters, cursor);
      client.setQueryData<ListWindow>(key, (now) =>
        now?.next === cursor ? combined(key, now, page, addPage) : now,
      );
    },
  });
  const { mutate, isPending: isLoadingMore } = more;
  const loadMore = useCallback(() => {
    if (!isLoadingMore) mutate();
  }, [mutate, isLoadingMore]);
  return {
    dialogs: list.data?.items ?? [],
    isPending: list.isPending,
    error: list.data ? more.error : list.error,
    refetch: list.refetch,
    hasMore: Boolean(list.data?.next),
    loadMore,
    isLoadingMore,
  };
}
