import { useEffect, useState } from 'react';

import { dayOf } from './period';

const LOOK_MILLISECONDS = 30_000;

/** The day it is here; a page that stays open goes on with the next day. */
export function useToday(): string {
  const [today, setToday] = useState(() => dayOf(new Date()));
  useEffect(() => {
    const timer = setInterval(() => setToday(dayOf(new Date())), LOOK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return today;
}
