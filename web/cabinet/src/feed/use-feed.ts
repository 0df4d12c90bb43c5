import { useRouter } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';

import { useIdentity } from '~/session/session';

import { startFeed } from './feed';
import { Notifier } from './notify';
import { showWaiting } from './title';
import { useCounters } from './use-counters';
import { useProjectId } from './use-project-id';

const COUNTERS_MAX = 200;

let notifier: Notifier | null = null;

/** Keep the signed-in person's feed going; the shell of every page of a project calls it. */
export function useFeed(): void {
  const { operator, projects } = useIdentity();
  const router = useRouter();
  const projectId = useProjectId();
  const ids = useMemo(
    // A stream carries so many projects: whoever has more needs the one that is open.
    () =>
      projects
        .map((project) => project.id)
        .toSorted((one, other) => Number(other === projectId) - Number(one === projectId)),
    [projects, projectId],
  );
  useEffect(() => {
    const tab = startFeed(operator.id, ids);
    if (notifier) return;
    const made = new Notifier(operator.id, (path) => router.history.push(path));
    notifier = made;
    tab.onNews((news, isLeader) => made.take(news, isLeader));
  }, [operator.id, ids, router]);
  const counters = Object.values(useCounters(ids.slice(0, COUNTERS_MAX)) ?? {});
  const waiting = counters.reduce((sum, one) => sum + one.new + one.mine.unread, 0);
  useEffect(() => showWaiting(waiting), [waiting]);
}
