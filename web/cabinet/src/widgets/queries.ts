import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { call, widgetConfigListVersions, widgetConfigListWidgets, widgetConfigReadWidget } from '~/api';

/** The widgets of a project, page by page. */
export const widgetsQuery = (projectId: string) =>
  infiniteQueryOptions({
    queryKey: ['widgets', projectId],
    queryFn: ({ pageParam, signal }) =>
      call(
        widgetConfigListWidgets({ query: { project_id: projectId, cursor: pageParam, limit: 50 }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** One widget with its draft. */
export const widgetQuery = (widgetId: string) =>
  queryOptions({
    queryKey: ['widget', widgetId],
    queryFn: ({ signal }) => call(widgetConfigReadWidget({ path: { widget_id: widgetId }, signal })),
  });

/** What was published of a widget, newest first. */
export const versionsQuery = (widgetId: string) =>
  infiniteQueryOptions({
    queryKey: ['widget-versions', widgetId],
    queryFn: ({ pageParam, signal }) =>
      call(
        widgetConfigListVersions({
          path: { widget_id: widgetId },
          query: { cursor: pageParam, limit: 10 },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
