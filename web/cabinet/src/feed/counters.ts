import type { DialogsCountersOut } from '~/api';

import type { Change } from './changes';

/** The counters of several projects, each with the change up to which it holds. */
export type CountersByProject = Record<string, DialogsCountersOut>;

/** Replace counters by newer ones. Gives the same object if there are none. */
export function advanceCounters(
  counters: CountersByProject,
  changes: readonly Change[],
  operatorId: string,
): CountersByProject {
  let next = counters;
  for (const { project_id, number, counters: told } of changes) {
    const known = next[project_id];
    if (!told || !known || known.position >= number) continue;
    const own = told.operators[operatorId];
    const mine = own
      ? { all: own.taken, unread: own.unread, unanswered: own.unanswered, important: own.important }
      : known.mine;
    const { new: untaken, taken, closed, unread, unanswered, important, dot } = told;
    next = {
      ...next,
      [project_id]: {
        project_id,
        new: untaken,
        all: untaken + taken,
        closed,
        unread,
        unanswered,
        important,
        dot,
        mine,
        position: number,
      },
    };
  }
  return next;
}
