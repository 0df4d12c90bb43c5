import { lazy, Suspense, useSyncExternalStore } from 'react';

export interface Notice {
  message: string;
  tone: 'good' | 'bad';
}

const Corner = lazy(() => import('./notice-corner').then((module) => ({ default: module.NoticeCorner })));

let notices: Notice[] = [];
const listeners = new Set<() => void>();

/** Show a short notice in the corner; the code that shows it is fetched at the first one. */
export function tell(message: string, tone: Notice['tone'] = 'good'): void {
  notices = [...notices, { message, tone }];
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where notices appear. */
export function NoticePlace() {
  const told = useSyncExternalStore(subscribe, () => notices);
  return <Suspense>{told.length > 0 && <Corner notices={told} />}</Suspense>;
}
