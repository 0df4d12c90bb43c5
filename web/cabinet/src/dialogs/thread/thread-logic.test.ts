import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { DialogsCaseLine, DialogsMessageOut, DialogsNoteOut } from '~/api';

import { correction, holdOf } from './anchor';
import { rowsOf } from './rows';

const START = Date.UTC(2026, 2, 12, 9);

function message(number: number, more: Partial<DialogsMessageOut> = {}): DialogsMessageOut {
  const author = { kind: 'customer', id: null, name: null };
  return {
    id: `m${number}`,
    author,
    place: [number, 0],
    conversation_message_id: number,
    sent_at: new Date(START + number * 60_000).toISOString(),
    source: 'live',
    ...more,
  } as DialogsMessageOut;
}

const note = (after: number, at = START + after * 60_000) =>
  ({ id: `n${after}`, after_number: after, created_at: new Date(at).toISOString() }) as DialogsNoteOut;

const closed = (number: number) =>
  ({
    id: `c${number}`,
    closed_number: number,
    closed_at: new Date(START + number * 60_000).toISOString(),
  }) as DialogsCaseLine;

const whole = { notes: [], cases: [], hasEarlier: false, hasLater: false };
const keys = (stretch: Parameters<typeof rowsOf>[0]) =>
  rowsOf(stretch)
    .filter((row) => row.kind !== 'day')
    .map((row) => row.key);

test('notes and closed cases have their places between messages', () => {
  const messages = [1, 2, 3].map((number) => message(number));
  expect(keys({ ...whole, messages, notes: [note(2)], cases: [closed(1)] })).toEqual([
    'm1',
    'c1',
    'm2',
    'n2',
    'm3',
  ]);
});

test('what lies before or behind the stretch waits until that part is read', () => {
  const messages = [5, 6].map((number) => message(number));
  const stretch = {
    messages,
    notes: [note(3), note(5), note(9)],
    cases: [],
    hasEarlier: true,
    hasLater: true,
  };
  expect(keys(stretch)).toEqual(['m5', 'n5', 'm6']);
});

test('a reply that waits stands behind a note that was written before it', () => {
  const waiting = message(2, {
    author: { kind: 'operator', id: 'o', name: null } as DialogsMessageOut['author'],
    id: 'reply',
    place: [2, 1],
    sent_at: new Date(START + 30 * 60_000).toISOString(),
  });
  expect(keys({ ...whole, messages: [message(2), waiting], notes: [note(2)] })).toEqual([
    'm2',
    'n2',
    'reply',
  ]);
});

test('a reply that was written before the case was closed and left later stands before the line', () => {
  const author = { kind: 'operator', id: 'o', name: 'Анна' } as DialogsMessageOut['author'];
  const at = new Date(START + 60_000).toISOString();
  const reply = message(3, { author, sent_at: at });
  expect(keys({ ...whole, messages: [message(1), message(2), reply], cases: [closed(2)] })).toEqual([
    'm1',
    'm2',
    'm3',
    'c2',
  ]);
});

test('imported messages end with a divider, and days begin with their date', () => {
  const messages = [message(1, { source: 'history' }), message(2), message(2000)];
  expect(rowsOf({ ...whole, messages }).map((row) => row.kind)).toEqual([
    'day',
    'message',
    'imported',
    'message',
    'day',
    'message',
  ]);
});

test('messages of one author shortly after one another are a group', () => {
  const staff = { kind: 'staff', id: null, name: 'Иван' } as DialogsMessageOut['author'];
  const messages = [message(1), message(2), message(3, { author: staff }), message(30, { author: staff })];
  const firsts = rowsOf({ ...whole, messages }).flatMap((row) =>
    row.kind === 'message' ? [row.isFirst] : [],
  );
  expect(firsts).toEqual([true, false, true, true]);
});

test('the news begin with their first message, and so does a group', () => {
  const messages = [1, 2, 3].map((number) => message(number));
  const news = rowsOf({ ...whole, messages, newsFrom: 'm2' }).flatMap((row) =>
    row.kind === 'message' && row.isNews ? [row.key] : [],
  );
  expect(news).toEqual(['m2']);
});

const someLines = fc.array(fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 300 })), {
  minLength: 1,
  maxLength: 30,
});

function laid(lines: readonly [string, number][], from: number) {
  let top = from;
  return lines.map(([key, height]) => ({ key, height, top: (top += height) - height }));
}

test('whatever is put before, behind or taken away, the first line that is left stays where it was', () => {
  fc.assert(
    fc.property(someLines, someLines, fc.nat(3000), fc.func(fc.boolean()), (old, added, scroll, isKept) => {
      const before = laid(old, -scroll);
      const hold = holdOf(before, 600, 9999, true);
      const kept = old.filter(([key]) => isKept(key));
      const after = laid([...added, ...kept], -scroll);
      const topOf = (key: string) => after.find((line) => line.key === key)?.top ?? null;
      const shift = correction(hold, topOf);
      const seen = before.filter((line) => line.top + line.height > 0 && line.top < 600);
      const held = seen.find((line) => isKept(line.key));
      expect(held ? (topOf(held.key) ?? 0) - shift : 0).toBe(held?.top ?? 0);
    }),
  );
});

test('who is at the end stays there, and who is not at the end of the thread is held by lines', () => {
  const lines = [{ key: 'a', top: 0, height: 100 }];
  expect(holdOf(lines, 600, 10, true)).toEqual({ kind: 'end' });
  expect(holdOf(lines, 600, 10, false).kind).toBe('lines');
  expect(holdOf(lines, 600, 100, true).kind).toBe('lines');
});
