import type { Language } from '~/i18n';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1],
] as const;

/** Write a duration with its two greatest units: "2 h 5 min", "40 sec". */
export function durationText(seconds: number, language: Language): string {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  if (first < 0) return unitText(0, 'second', language);
  let left = seconds;
  const parts: string[] = [];
  for (const [unit, length] of UNITS.slice(first, first + 2)) {
    const value = Math.floor(left / length);
    left -= value * length;
    if (value > 0) parts.push(unitText(value, unit, language));
  }
  return parts.join(' ');
}

function unitText(value: number, unit: string, language: Language): string {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}
