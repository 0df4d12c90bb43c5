import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

import { useIdentity } from '~/session/session';

import { startFeed } from './feed';
import { Notifier } from './notify';
import { showWaiting } from './title';
import { useCounters } from './use-counters';

let notifier: Notifier | null = null;

/** Keep the signed-in person's feed going; the shell of every page of a project calls it. */
export function useFeed(): void {
  const { operator, projects } = useIdentity();
  const router = useRouter();
  const ids = projects.map((project) => project.id);
  useEffect(() => {
    const tab = startFeed(
      operator.id,
      projects.map((project) => project.id),
    );
    if (notifier) return;
    const made = new Notifier(operator.id, (path) => router.history.push(path));
    notifier = made;
    tab.onNews((news, isLeader) => made.take(news, isLeader));
  }, [operator.id, projects, router]);
  const counters = Object.values(useCounters(ids) ?? {});
  const waiting = counters.reduce((sum, one) => sum + one.new + one.mine.unread, 0);
  useEffect(() => showWaiting(waiting), [waiting]);
}
