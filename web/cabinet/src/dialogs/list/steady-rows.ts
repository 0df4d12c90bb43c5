import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

import { heldRows, isBehind, type Placed } from './order';

/** A pointer that has rested so long no longer aims at a row. */
const RESTED = 5000;

/**
 * Give the rows in an order that does not change while somebody aims at them: while their pointer moves over the
 * list, while they have scrolled down, or have selected some. Then `isLate` says that there is something newer.
 */
export function useSteadyRows<Row extends Placed>(
  current: Row[],
  scroller: RefObject<HTMLElement | null>,
  isSelecting: boolean,
) {
  const [isAiming, setAiming] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const [shown, setShown] = useState(current);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const release = useCallback(() => {
    clearTimeout(timer.current);
    setAiming(false);
  }, []);
  const hold = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAiming(false), RESTED);
    setAiming(true);
  }, []);
  const catchUp = useCallback(() => setShown(current), [current]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const look = () => setScrolled(element.scrollTop > 0);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      element.removeEventListener('scroll', look);
      clearTimeout(timer.current);
    };
  }, [scroller]);

  const isHeld = isAiming || isScrolled || isSelecting;
  const wanted = isHeld ? heldRows(shown, current) : current;
  const isSame = wanted.length === shown.length && wanted.every((row, place) => row === shown[place]);
  if (!isSame) setShown(wanted);
  const rows = isSame ? shown : wanted;
  return { rows, isLate: isHeld && isBehind(rows, current), hold, release, catchUp };
}
