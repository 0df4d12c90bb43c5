import { type RefObject, useEffect, useState } from 'react';

/** Rows beyond the edges, so that a quick flick shows no hole. */
const BEYOND = 8;

/**
 * Give the first and the last of equally high rows that the scroller shows, and some more. Equal heights make a
 * library for it needless, which the first load would have to carry.
 */
export function useRowsWindow(scroller: RefObject<HTMLElement | null>, height: number, count: number) {
  const [[first, end], setRange] = useState([0, 2 * BEYOND]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const look = () => {
      const top = Math.max(0, Math.floor(element.scrollTop / height) - BEYOND);
      const bottom = Math.ceil((element.scrollTop + element.clientHeight) / height) + BEYOND;
      setRange((was) => (was[0] === top && was[1] === bottom ? was : [top, bottom]));
    };
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [scroller, height]);
  return { first: Math.min(first, Math.max(0, count - 1)), last: Math.min(end, count) - 1 };
}
