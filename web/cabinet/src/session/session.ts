import { queryOptions, useQuery } from '@tanstack/react-query';

import {
  type AccountsIdentityOut,
  type AccountsRole,
  accountsGetSession,
  call,
  Refusal,
  renewSession,
} from '~/api';

/** Who is signed in with their projects, or null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async (): Promise<AccountsIdentityOut | null> => {
    try {
      return await call(accountsGetSession());
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      return (await renewSession()) ? call(accountsGetSession()) : null;
    }
  },
});

/** The signed-in person; the router lets nobody else reach a page that asks. */
export function useIdentity(): AccountsIdentityOut {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error('Nobody has signed in.');
  return data;
}

const RANKS: AccountsRole[] = ['operator', 'supervisor', 'admin', 'owner'];

/** Whether the person's role in the project is at least `wanted`. */
export function useIsAtLeast(wanted: AccountsRole, projectId: string): boolean {
  const role = useIdentity().projects.find((one) => one.id === projectId)?.role;
  return role !== undefined && RANKS.indexOf(role) >= RANKS.indexOf(wanted);
}
