import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { heldRows, isBehind, type Placed } from './order';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });
const newestFirst = (numbers: number[], at: (id: number) => number): (Placed & { seen: number })[] =>
  numbers
    .map((id) => ({ id: String(id), last_activity_at: String(at(id)).padStart(6, '0'), seen: at(id) }))
    .toSorted((a, b) => b.seen - a.seen);

test('no row moves while it is held, each shows its newest content, and older pages still come', () => {
  fc.assert(
    fc.property(
      ids,
      ids,
      ids,
      fc.array(fc.nat(999), { minLength: 41, maxLength: 41 }),
      (had, has, old, bumps) => {
        const shown = newestFirst(had, (id) => 1000 + id);
        const current = newestFirst([...has, ...old.map((id) => id + 100)], (id) =>
          id >= 100 ? 999 - id : 1000 + id + (bumps[id] ?? 0),
        );
        const rows = heldRows(shown, current);

        if (shown.length)
          expect(rows.slice(0, shown.length).map((row) => row.id)).toEqual(shown.map((row) => row.id));
        else expect(rows).toEqual(current);
        expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
        for (const row of rows) expect(row).toBe(current.find(({ id }) => id === row.id) ?? row);
        for (const id of old) expect(rows.map((row) => row.id)).toContain(String(id + 100));
        expect(isBehind(current, current)).toBe(false);
        if (!isBehind(rows, current)) expect(rows.map((row) => row.id)).toEqual(current.map((row) => row.id));
      },
    ),
  );
});
