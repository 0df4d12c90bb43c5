import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import {
  call,
  dialogsDownloadDialogs,
  dialogsGetReport,
  dialogsListOperators,
  integrationsListIntegrations,
} from '~/api';
import type { Language } from '~/i18n';

import { type Period, timezoneHere } from './period';

/** What a report is about. */
export interface Wanted extends Period {
  projectId: string;
  community?: string;
  operator?: string;
}

/** Somebody or something that a report can be narrowed to. */
export interface Choice {
  id: string;
  name: string;
}

const asked = ({ projectId, from, to, community, operator }: Wanted) => ({
  project_id: projectId,
  from,
  to,
  timezone: timezoneHere(),
  integration_id: community,
  operator_id: operator,
});

/** The figures; while new ones are on their way the old ones stay. */
export const reportQuery = (wanted: Wanted) =>
  queryOptions({
    queryKey: ['report', wanted.projectId, wanted],
    queryFn: ({ signal }) => call(dialogsGetReport({ query: asked(wanted), signal })),
    placeholderData: keepPreviousData,
  });

/** The project's communities, also when there are many. */
export const communitiesQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['integrations', projectId, 'names'],
    queryFn: async () => {
      const found: Choice[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { project_id: projectId, limit: 100, cursor };
        const page = await call(integrationsListIntegrations({ query }));
        found.push(...page.items.map(({ id, name }) => ({ id, name })));
        cursor = page.next_cursor;
      } while (cursor);
      return found;
    },
  });

/** The people of the project. */
export const operatorsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['operators', projectId, 'names'],
    queryFn: async () =>
      (await call(dialogsListOperators({ query: { project_id: projectId } }))).items.map(
        ({ id, name }): Choice => ({ id, name }),
      ),
  });

/** Fetch the table of dialogs and save it as a file. Fetched, and not opened, so that a session may be renewed. */
export async function downloadTable(wanted: Wanted, language: Language): Promise<void> {
  const query = { ...asked(wanted), language };
  const table = await call(dialogsDownloadDialogs({ query, parseAs: 'blob' }));
  const address = URL.createObjectURL(table as unknown as Blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = `otklik-${wanted.from}-${wanted.to}.csv`;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
