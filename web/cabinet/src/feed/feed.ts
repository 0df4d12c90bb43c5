import { onSignedOut } from '~/api/call';
import { queryClient } from '~/api/queries';
import type { DialogsDialogSummary, DialogsMessageOut } from '~/api';

import { Join } from './join';
import { FeedTab } from './tabs';

/** As many as one stream carries. */
const PROJECTS_MAX = 50;

let current: Join | null = null;
let tab: FeedTab | null = null;

onSignedOut(goToSignIn);

/** Begin to follow the person's projects, when the first page of a project opens; later ones say which these are. */
export function startFeed(operatorId: string, projects: readonly string[]): FeedTab {
  const followed = projects.slice(0, PROJECTS_MAX);
  current ??= new Join(queryClient, operatorId);
  tab ??= new FeedTab(queryClient, current, `otklik.feed.${operatorId}`, followed, goToSignIn);
  tab.follow(followed);
  return tab;
}

/** Tell the other tabs of this browser that nobody is signed in any more. */
export function tellSignedOut(): void {
  tab?.tellSignedOut();
}

function goToSignIn(): void {
  // A whole new page: nothing of this person stays in the memory of the browser.
  if (location.pathname !== '/sign-in') {
    location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
  }
}

/** Note that a snapshot is asked for now; `caughtUp` wants to know it. */
export function asking(): number {
  return current?.answered ?? 0;
}

/** A snapshot brought up to what the stream and calls have told by now. */
export function caughtUp<T extends object>(key: readonly unknown[], asked: number, data: T): T {
  return current?.caughtUp(key, asked, data) ?? data;
}

/** Two snapshots brought up to the same change and then made one by `combine`. */
export function combined<T extends object>(
  key: readonly unknown[],
  one: T,
  other: T,
  combine: (one: T, other: T) => T,
): T {
  return current ? current.combined(key, one, other, combine) : combine(one, other);
}

/** Show what a call answered about a dialog at once, in every list and wherever else it stands. */
export function acceptDialog(dialog: DialogsDialogSummary): void {
  current?.accept(dialog.project_id, { dialog });
}

/** Show what a call answered about a message at once. */
export function acceptMessage(projectId: string, message: DialogsMessageOut): void {
  current?.accept(projectId, { message });
}
