import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';

import {
  call,
  dialogsListOperators,
  dialogsListTagsOfAProject,
  dialogsSearchMessages,
  integrationsListIntegrations,
} from '~/api';
import { useTexts } from '~/i18n';

import type { Choice } from './search';

/** Something that a list can be narrowed to. */
export interface Option {
  id: string;
  name: string;
  colour?: string;
}

const MANY = 100;

const communities = (projectId: string) =>
  queryOptions({
    queryKey: ['integrations', projectId, 'choices'],
    queryFn: async () =>
      (await call(integrationsListIntegrations({ query: { project_id: projectId, limit: MANY } }))).items.map(
        ({ id, name }): Option => ({ id, name }),
      ),
  });

const operators = (projectId: string) =>
  queryOptions({
    queryKey: ['operators', projectId, 'choices'],
    queryFn: async () =>
      (await call(dialogsListOperators({ query: { project_id: projectId } }))).items.map(
        ({ id, name }): Option => ({ id, name }),
      ),
  });

const tags = (projectId: string) =>
  queryOptions({
    queryKey: ['tags', projectId, 'choices'],
    queryFn: async () =>
      (await call(dialogsListTagsOfAProject({ query: { project_id: projectId } }))).items.map(
        ({ id, name, colour }): Option => ({ id, name, colour }),
      ),
  });

/** What each filter of a project can be set to; asked for only while somebody needs to know. */
export function useChoices(projectId: string, wanted: (choice: Choice) => boolean): Record<Choice, Option[]> {
  const t = useTexts('list');
  const found = {
    community: useQuery({ ...communities(projectId), enabled: wanted('community') }).data ?? [],
    operator: useQuery({ ...operators(projectId), enabled: wanted('operator') }).data ?? [],
    tag: useQuery({ ...tags(projectId), enabled: wanted('tag') }).data ?? [],
  };
  return { ...found, operator: [{ id: 'none', name: t('nobody') }, ...found.operator] };
}

/** Messages that hold what somebody searches for, the newest first. */
export function useMessageHits(projectId: string, q: string) {
  return useInfiniteQuery({
    queryKey: ['message-hits', projectId, q],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      call(dialogsSearchMessages({ query: { project_id: projectId, q, cursor: pageParam }, signal })),
    getNextPageParam: (page) => page.next_cursor,
  });
}
