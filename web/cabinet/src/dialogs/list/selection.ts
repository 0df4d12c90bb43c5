import { useCallback, useRef, useState } from 'react';

/** Which dialogs are chosen to do something with them together. */
export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** Choose all from the last chosen one to this one, as they stand in the list. */
  extend: (id: string, order: readonly string[]) => void;
  keep: (ids: readonly string[]) => void;
  clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Keep what is chosen; nothing at first. */
export function useSelection(): Selection {
  const [ids, setIds] = useState(NONE);
  const last = useRef<string>(undefined);
  const toggle = useCallback((id: string) => {
    last.current = id;
    setIds((was) => (was.has(id) ? new Set([...was].filter((one) => one !== id)) : new Set([...was, id])));
  }, []);
  const extend = useCallback((id: string, order: readonly string[]) => {
    const from = order.indexOf(last.current ?? id);
    const to = order.indexOf(id);
    if (from < 0) return;
    last.current = id;
    const [first, end] = from < to ? [from, to] : [to, from];
    setIds((was) => new Set([...was, ...order.slice(first, end + 1)]));
  }, []);
  const keep = useCallback((left: readonly string[]) => setIds(new Set(left)), []);
  const clear = useCallback(() => setIds(NONE), []);
  return { ids, toggle, extend, keep, clear };
}
