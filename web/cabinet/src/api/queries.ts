import { QueryClient } from '@tanstack/react-query';

import { Refusal } from './refusal';

const TRIES_MAX = 3;

/** What the cabinet knows of the server's data. Refusals are not tried again, a lost connection is. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < TRIES_MAX && !(error instanceof Refusal && error.status < 500),
    },
  },
});
