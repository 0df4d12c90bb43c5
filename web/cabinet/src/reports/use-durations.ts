import { useMemo } from 'react';

import { useLanguage } from '~/i18n';

import { durationText } from './durations';

/** Give the function that writes a duration, or a dash where there is none. */
export function useDurations(): (seconds: number | null) => string {
  const [language] = useLanguage();
  return useMemo(
    () => (seconds: number | null) => (seconds === null ? '—' : durationText(seconds, language)),
    [language],
  );
}
