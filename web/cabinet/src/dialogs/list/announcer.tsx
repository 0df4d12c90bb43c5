import { VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

import { useTexts } from '~/i18n';

/** At most one sentence in so many milliseconds: a screen reader has more to say than this. */
const QUIET = 15_000;

/** Says to those who hear the page that new dialogs have come, and how many wait. */
export function Announcer({ count }: { count: number | undefined }) {
  const t = useTexts('list');
  const [said, setSaid] = useState<number>();
  const known = useRef(count);
  const spokenAt = useRef(-QUIET);
  useEffect(() => {
    const before = known.current;
    known.current = count;
    if (count === undefined || before === undefined || count <= before) return undefined;
    const wait = Math.max(0, spokenAt.current + QUIET - performance.now());
    const timer = setTimeout(() => {
      spokenAt.current = performance.now();
      setSaid(count);
    }, wait);
    return () => clearTimeout(timer);
  }, [count]);
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {said !== undefined && t('arrived', { count: said })}
    </VisuallyHidden>
  );
}
