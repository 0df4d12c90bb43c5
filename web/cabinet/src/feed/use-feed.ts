import { useEffect } from 'react';

import { useIdentity } from '~/session/session';

import { startFeed } from './feed';

/** Keep the signed-in person's feed going; the shell of every page of a project calls it. */
export function useFeed(): void {
  const { operator, projects } = useIdentity();
  useEffect(() => {
    startFeed(
      operator.id,
      projects.map((project) => project.id),
    );
  }, [operator.id, projects]);
}
