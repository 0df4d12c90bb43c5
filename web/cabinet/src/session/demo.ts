import { queryOptions } from '@tanstack/react-query';

/** What this installation says of itself to the cabinet before anybody signs in. */
export interface Installation {
  demo: { email: string; password: string; emulator_url: string } | null;
}

/** The demo's account and emulator; `demo` is null in real work. */
export const installationQuery = queryOptions({
  queryKey: ['installation'],
  staleTime: Infinity,
  queryFn: async (): Promise<Installation> => {
    const answer = await fetch('/cabinet.json');
    return answer.ok ? ((await answer.json()) as Installation) : { demo: null };
  },
});
