import { useIsLive } from './link';

const POLL_MS = 15_000;

/** Options of data that the stream keeps current; while there is no stream, it is asked for now and then. */
export function useKeptCurrent() {
  const isLive = useIsLive();
  return {
    staleTime: isLive ? Infinity : 0,
    refetchInterval: isLive ? (false as const) : POLL_MS,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // The join knows data by identity: up to which change it was brought.
    structuralSharing: false,
  };
}
