import type { DialogsTab } from '~/api';
import type { ListFilters } from '~/feed';

export const TABS = ['new', 'mine', 'all', 'closed'] as const;
export type ListTab = (typeof TABS)[number];

export const MARKS = ['unanswered', 'unread', 'important', 'blocked'] as const;
export type Mark = (typeof MARKS)[number];

export const CHOICES = ['community', 'operator', 'tag'] as const;
export type Choice = (typeof CHOICES)[number];

/**
 * What the address of the list says. Several ids or marks are one text, parted by commas, so that an address can be
 * read and written by hand; `message` belongs to the open dialog.
 */
export interface DialogsSearch {
  tab?: ListTab;
  q?: string;
  in?: 'messages';
  community?: string;
  operator?: string;
  tag?: string;
  only?: string;
  from?: string;
  to?: string;
  message?: string;
}

const FILTERS = [...CHOICES, 'only', 'from', 'to'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CHOSEN_MAX = 50;

/** Read an address; what makes no sense in it is left out. */
export function searchOf(raw: Record<string, unknown>): DialogsSearch {
  const text = (name: string) => (raw[name] === undefined || raw[name] === null ? '' : String(raw[name]));
  const q = text('q').slice(0, 200);
  const found: DialogsSearch = {};
  const tab = TABS.find((one) => one === raw.tab);
  if (tab && tab !== 'all') found.tab = tab;
  if (q) found.q = q;
  if (q && raw.in === 'messages') found.in = 'messages';
  for (const name of CHOICES) {
    const ids = listed(text(name)).filter((id) => UUID.test(id) || (name === 'operator' && id === 'none'));
    if (ids.length) found[name] = ids.slice(0, CHOSEN_MAX).join(',');
  }
  const marks = MARKS.filter((mark) => listed(text('only')).includes(mark));
  if (marks.length) found.only = marks.join(',');
  for (const name of ['from', 'to'] as const) if (isDay(text(name))) found[name] = text(name);
  if (UUID.test(text('message'))) found.message = text('message');
  return found;
}

/** Give the parts of a text like `a,b`. */
export function listed(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean);
}

/** Put a value into a list of the address, or take it out. */
export function toggled(text: string | undefined, value: string): string | undefined {
  const values = listed(text);
  const left = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  return left.join(',') || undefined;
}

/** The same address without any filter; tab and search stay. */
export function withoutFilters(search: DialogsSearch): DialogsSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([name]) => !(FILTERS as readonly string[]).includes(name)),
  );
}

/** How many filters hold. */
export function countFilters(search: DialogsSearch): number {
  const several = [...CHOICES, 'only' as const].reduce((sum, name) => sum + listed(search[name]).length, 0);
  return several + (search.from || search.to ? 1 : 0);
}

/** What to ask the server for; while somebody searches, the tab does not narrow what is found. */
export function filtersOf(search: DialogsSearch): ListFilters {
  const marks = listed(search.only);
  const tab: DialogsTab = search.q ? 'any' : (search.tab ?? 'all');
  return {
    tab,
    ...(search.q && { q: search.q }),
    ...(search.community && { integration_id: listed(search.community) }),
    ...(search.operator && { operator_id: listed(search.operator) }),
    ...(search.tag && { tag_id: listed(search.tag) }),
    ...(search.from && { active_from: midnight(search.from, 0) }),
    ...(search.to && { active_to: midnight(search.to, 1) }),
    ...Object.fromEntries(marks.map((mark) => [mark, true])),
  };
}

function isDay(text: string): boolean {
  return DAY.test(text) && text >= '1990-01-01' && text < '2199-12-31' && !Number.isNaN(Date.parse(text));
}

/** The beginning of a day where the reader is, some days later. */
function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
