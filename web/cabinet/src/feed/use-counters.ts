import { useQuery } from '@tanstack/react-query';

import { call, dialogsGetCounters } from '~/api';

import type { CountersByProject } from './counters';
import { asking, caughtUp } from './feed';
import { useKeptCurrent } from './kept-current';

/** The counters of projects by id, current at any time. Undefined until they are known. */
export function useCounters(projectIds: readonly string[]): CountersByProject | undefined {
  const ids = [...projectIds].toSorted();
  const key = ['counters', ids] as const;
  const { data } = useQuery({
    ...useKeptCurrent(),
    queryKey: key,
    enabled: ids.length > 0,
    queryFn: async () => {
      const asked = asking();
      const { items } = await call(dialogsGetCounters({ query: { project_ids: ids } }));
      return caughtUp(
        key,
        asked,
        Object.fromEntries(items.map((one) => [one.project_id, one])) as CountersByProject,
      );
    },
  });
  return data;
}
