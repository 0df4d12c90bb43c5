/** What a tab is told of its place among the tabs of this browser. */
export interface Leadership {
  /** This tab keeps the connection now. */
  onLead: () => void;
  /** Another tab has taken it over. */
  onLost: () => void;
}

/**
 * Seek to be the one tab that keeps the connection, by a lock that the browser gives to one tab at a time: it falls
 * to the next when a tab is closed or crashes. Returns how to take it from a tab that has fallen silent (frozen,
 * or slowed down in the background).
 */
export function seekLead(name: string, { onLead, onLost }: Leadership): { take: () => void } {
  let isLeading = false;
  const request = async (steal: boolean): Promise<void> => {
    try {
      await navigator.locks.request(name, { steal }, () => {
        isLeading = true;
        onLead();
        // Held until the tab ends, or another one takes it.
        return new Promise<never>(() => {});
      });
    } catch {
      // Only a theft ends the request.
      if (!isLeading) return;
      isLeading = false;
      onLost();
      await request(false);
    }
  };
  void request(false);
  return {
    take: () => {
      if (!isLeading) void request(true);
    },
  };
}
