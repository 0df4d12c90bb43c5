import { expect, test } from 'vitest';

import { durationText } from './durations';
import { dayOf, isPossible, periodOf, searchOf, shifted } from './period';
import { labelled, marksOf } from './scale';

test('a period is whole days that end today, or one of its own', () => {
  expect(periodOf({}, '2026-03-01')).toEqual({ from: '2026-02-23', to: '2026-03-01' });
  expect(periodOf({ period: 'today' }, '2026-03-01')).toEqual({ from: '2026-03-01', to: '2026-03-01' });
  expect(periodOf({ period: '30' }, '2026-03-01').from).toBe('2026-01-31');
  // Dates of the address count for one's own period only.
  expect(periodOf({ period: '7', from: '2020-01-01' }, '2026-03-01').from).toBe('2026-02-23');
  const own = { period: 'own', from: '2025-12-31', to: '2026-01-02' } as const;
  expect(periodOf(own, '2026-03-01')).toEqual({ from: '2025-12-31', to: '2026-01-02' });
  expect(shifted('2026-03-29', 1)).toBe('2026-03-30');
  expect(dayOf(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
});

test('a period is possible while the server takes it', () => {
  expect(isPossible({ from: '2026-01-02', to: '2026-01-01' })).toBe(false);
  expect(isPossible({ from: '2026-01-01', to: '2026-01-01' })).toBe(true);
  expect(isPossible({ from: '2024-01-01', to: '2024-12-31' })).toBe(true);
  expect(isPossible({ from: '2024-01-01', to: '2025-01-01' })).toBe(false);
  expect(isPossible({ from: '2024-13-01', to: '2025-01-01' })).toBe(false);
  expect(isPossible({ from: '', to: '2025-01-01' })).toBe(false);
});

test('nothing of an address is believed that is no day and no id', () => {
  const id = '0190f5d2-0000-7000-8000-000000000000';
  expect(searchOf({ period: 7, from: 'x', to: '2026-01-01', community: '../', operator: id })).toEqual({
    period: '7',
    to: '2026-01-01',
    operator: id,
  });
});

test('durations are written with two units', () => {
  const written = [0, 45, 60, 3_700, 7_200, 180_000].map((seconds) => durationText(seconds, 'ru'));
  expect(written.join(', ').replaceAll('\u00A0', ' ')).toBe('0 с, 45 с, 1 мин, 1 ч 1 мин, 2 ч, 2 дн. 2 ч');
  expect(durationText(3_900, 'en')).toBe('1 hr 5 mins');
});

test('marks of an axis are round, and the greatest value is below the last', () => {
  for (const greatest of [0, 1, 3, 4, 7, 12, 99, 101, 4_321]) {
    const marks = marksOf(greatest);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(greatest);
    expect(marks.every(Number.isInteger)).toBe(true);
    expect(marks.length).toBeLessThanOrEqual(6);
  }
  expect(marksOf(12)).toEqual([0, 5, 10, 15]);
  expect([...labelled(30, 6)]).toEqual([0, 5, 10, 15, 20, 25]);
  expect([...labelled(3, 6)]).toEqual([0, 1, 2]);
});
