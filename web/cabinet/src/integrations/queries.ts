import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import {
  call,
  integrationsListIntegrations,
  integrationsReadIntegration,
  integrationsReadTimeline,
  widgetConfigListWidgets,
} from '~/api';

const LOOK_AGAIN_MS = 5_000;
const PAGE = 100;

/** Every integration of a project, looked at again and again while somebody watches. */
export const integrationsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['integrations', projectId],
    queryFn: async ({ signal }) => {
      const items = [];
      let cursor: string | undefined;
      do {
        const page = await call(
          integrationsListIntegrations({ query: { project_id: projectId, limit: PAGE, cursor }, signal }),
        );
        items.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return items;
    },
    refetchInterval: LOOK_AGAIN_MS,
    placeholderData: keepPreviousData,
  });

/** One integration with its gaps. */
export const integrationQuery = (integrationId: string) =>
  queryOptions({
    queryKey: ['integration', integrationId],
    queryFn: ({ signal }) =>
      call(integrationsReadIntegration({ path: { integration_id: integrationId }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
  });

/** What happened to an integration, newest first. */
export const timelineQuery = (integrationId: string) =>
  infiniteQueryOptions({
    queryKey: ['timeline', integrationId],
    queryFn: ({ pageParam, signal }) =>
      call(
        integrationsReadTimeline({
          path: { integration_id: integrationId },
          query: { limit: 30, cursor: pageParam },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: LOOK_AGAIN_MS,
  });

/** The widgets that an integration is in, by name. */
export const widgetsOfQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['widgets', projectId, 'of-integrations'],
    queryFn: async ({ signal }) => {
      const page = await call(
        widgetConfigListWidgets({ query: { project_id: projectId, limit: PAGE }, signal }),
      );
      return page.items;
    },
  });
