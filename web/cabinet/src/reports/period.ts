/** Which days a report is about: days are ISO texts, so that no clock shifts them. */
export type Preset = 'today' | '7' | '30' | 'own';

export interface Period {
  from: string;
  to: string;
}

/** What the page's address says; other values of it are as good as none. */
export interface ReportSearch {
  period?: Preset;
  from?: string;
  to?: string;
  community?: string;
  operator?: string;
}

const DAY_MILLISECONDS = 86_400_000;
export const DAYS_MAX = 366;
export const PRESETS: Preset[] = ['today', '7', '30', 'own'];
const LENGTHS = { today: 1, '7': 7, '30': 30 };

/** Read the page's address. */
export function searchOf(search: Record<string, unknown>): ReportSearch {
  const text = (name: string, pattern: RegExp) => {
    const value = String(search[name] ?? '');
    return pattern.test(value) ? { [name]: value } : {};
  };
  return {
    ...text('period', /^(today|7|30|own)$/),
    ...text('from', /^\d{4}-\d\d-\d\d$/),
    ...text('to', /^\d{4}-\d\d-\d\d$/),
    ...text('community', /^[0-9a-f-]{36}$/),
    ...text('operator', /^[0-9a-f-]{36}$/),
  };
}

/** The day it is here, as everybody in this time zone would say. */
export function dayOf(moment: Date): string {
  return [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}

/** The day so many days later. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

/** The period that the address asks for; one's own begins as the last seven days. */
export function periodOf({ period = '7', from, to }: ReportSearch, today: string): Period {
  const length = period === 'own' ? LENGTHS['7'] : LENGTHS[period];
  const last = { from: shifted(today, 1 - length), to: today };
  return period === 'own' ? { from: from ?? last.from, to: to ?? last.to } : last;
}

/** Whether one may ask for a report of it. */
export function isPossible({ from, to }: Period): boolean {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MILLISECONDS;
  return days >= 0 && days < DAYS_MAX;
}

/** The browser's time zone. */
export function timezoneHere(): string {
  const named = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return !named || named === 'Etc/Unknown' ? 'UTC' : named;
}
