import type { Translate } from '~/i18n';

export type Warmth = 'fresh' | 'warm' | 'hot' | 'burning';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WARM_AFTER = 5 * MINUTE;
const HOT_AFTER = 15 * MINUTE;
const BURNING_AFTER = HOUR;

/** How long a person has waited, as a colour: the longer, the warmer. */
export function warmthOf(waited: number): Warmth {
  if (waited >= BURNING_AFTER) return 'burning';
  if (waited >= HOT_AFTER) return 'hot';
  return waited >= WARM_AFTER ? 'warm' : 'fresh';
}

/** How long a person has waited, short enough for a row; a clock that runs ahead of ours counts as no time. */
export function ageText(t: Translate, waited: number): string {
  if (waited < MINUTE) return t('age_now');
  if (waited < HOUR) return t('age_minutes', { n: Math.floor(waited / MINUTE) });
  if (waited < DAY) return t('age_hours', { n: Math.floor(waited / HOUR) });
  return t('age_days', { n: Math.floor(waited / DAY) });
}
