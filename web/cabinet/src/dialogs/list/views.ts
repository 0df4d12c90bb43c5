import { useCallback, useState } from 'react';

import { type DialogsSearch, searchOf } from './search';

/** A tab with its filters under a name, remembered in this browser. */
export interface View {
  name: string;
  search: DialogsSearch;
}

const VIEWS_MAX = 20;
const place = (projectId: string) => `otklik.views.${projectId}`;

function stored(projectId: string): View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place(projectId)) ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.flatMap((one: Partial<View> | null) =>
      typeof one?.name === 'string' ? [{ name: one.name, search: searchOf({ ...one.search }) }] : [],
    );
  } catch {
    return [];
  }
}

/** A project's saved views with the ways to keep one and to forget it. */
export function useViews(projectId: string) {
  const [views, setViews] = useState(() => stored(projectId));
  const put = useCallback(
    (next: View[]) => {
      localStorage.setItem(place(projectId), JSON.stringify(next));
      setViews(next);
    },
    [projectId],
  );
  return {
    views,
    keep: (view: View) => put([...views.filter((one) => one.name !== view.name), view].slice(-VIEWS_MAX)),
    forget: (name: string) => put(views.filter((one) => one.name !== name)),
  };
}
