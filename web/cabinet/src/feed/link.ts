import { createStore, useStore } from './store';

/** How the connection to the server is: `offline` is said only when it has lasted or is certain. */
export interface Link {
  state: 'connecting' | 'live' | 'offline';
  /** When the last byte came, in milliseconds of the epoch; null before the first. */
  lastDataAt: number | null;
}

/** The link of this browser, whichever tab holds it. */
export const linkStore = createStore<Link>({ state: 'connecting', lastDataAt: null });

/** Follow the link. */
export function useLink(): Link {
  return useStore(linkStore);
}

/** Whether the stream is open; unlike the whole link, this does not change with every heartbeat. */
export function useIsLive(): boolean {
  return useStore(linkStore, (link) => link.state === 'live');
}
