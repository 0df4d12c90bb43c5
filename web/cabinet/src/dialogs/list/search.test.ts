import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { countFilters, MARKS, filtersOf, searchOf, TABS, toggled, withoutFilters } from './search';

const anything = fc.dictionary(
  fc.constantFrom('tab', 'q', 'in', 'community', 'operator', 'tag', 'only', 'from', 'to', 'message', 'x'),
  fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.uuid(),
    fc.constantFrom('none', 'messages', '2026-11-23', '2026-02-31', ...TABS, ...MARKS, 'unread,important'),
  ),
);

test('an address reads the same after it was written, whatever stood in it', () => {
  fc.assert(
    fc.property(anything, (raw) => {
      const once = searchOf(raw);
      expect(searchOf({ ...once })).toEqual(once);
      expect(countFilters(withoutFilters(once))).toBe(0);
      filtersOf(once);
    }),
  );
});

test('the address becomes the question to the server', () => {
  const [one, other] = ['01930000-0000-7000-8000-000000000001', '01930000-0000-7000-8000-000000000002'];
  const search = searchOf({
    tab: 'mine',
    community: `${one},${other},rubbish`,
    operator: 'none',
    only: 'blocked,unread',
    from: '2026-11-01',
    to: '2026-11-02',
  });
  expect(countFilters(search)).toBe(6);
  expect(filtersOf(search)).toEqual({
    tab: 'mine',
    integration_id: [one, other],
    operator_id: ['none'],
    unread: true,
    blocked: true,
    active_from: new Date(2026, 10, 1).toISOString(),
    active_to: new Date(2026, 10, 3).toISOString(),
  });
  expect(filtersOf({ tab: 'mine', q: 'чек' })).toEqual({ tab: 'any', q: 'чек' });
});

test('a value goes into a list and out again', () => {
  expect(toggled(undefined, 'a')).toBe('a');
  expect(toggled('a,b', 'c')).toBe('a,b,c');
  expect(toggled('a,b', 'a')).toBe('b');
  expect(toggled('a', 'a')).toBeUndefined();
});
