import type { DialogsDialogOut, DialogsDialogSummary } from '~/api';

import type { Change } from './changes';
import { advanceCounters, type CountersByProject } from './counters';
import { judge, type ListFilters } from './list-filters';
import { advanceList, type ListWindow, retagged, withDialog } from './list-window';
import { advanceThread, mustReread, type ThreadWindow, withMessage } from './thread-window';

/** How a kind of data in TanStack Query's cache follows the stream. */
export interface Projection<T> {
  /** The change of a project up to which a snapshot is complete; undefined if it says nothing of the project. */
  positionOf: (data: T, projectId: string) => number | undefined;
  /** The data with changes applied, in their order. The same object if none concerns it. */
  advance: (data: T, changes: readonly Change[], about: About) => T;
  /** Whether only the server can tell what the changes made of the data. */
  isInDoubt?: (data: T, changes: readonly Change[], about: About) => boolean;
}

/** Whose screen it is, and the key of the data: `[noun, projectId, what]`. */
export interface About {
  operatorId: string;
  key: readonly unknown[];
}

const ofFilters = ({ key, operatorId }: About) => {
  const filters = key[2] as ListFilters;
  return (dialog: DialogsDialogSummary) => judge(filters, dialog, operatorId);
};

const list: Projection<ListWindow> = {
  positionOf: (data) => data.position,
  advance: (data, changes, about) => advanceList(data, changes, ofFilters(about)),
  isInDoubt: (_, changes, about) => {
    const verdictOf = ofFilters(about);
    const tags = (about.key[2] as ListFilters).tag_id ?? [];
    return changes.some(
      ({ dialog, kind, tag_id }) =>
        (dialog && verdictOf(dialog) === 'unknown') ||
        (kind === 'tag_deleted' && tags?.includes(tag_id ?? '')),
    );
  },
};

const thread: Projection<ThreadWindow> = {
  positionOf: (data) => data.position,
  advance: advanceThread,
  isInDoubt: (data, changes) => changes.some((change) => mustReread(data, change)),
};

const dialog: Projection<DialogsDialogOut> = {
  positionOf: (data) => data.position,
  advance: (data, changes) => {
    let next = data;
    for (const change of changes) {
      const { dialog: summary, tag, tag_id } = change;
      if (summary?.id === data.id && summary.version >= next.version) next = { ...next, ...summary };
      if (change.kind === 'tag_changed' && tag) next = retagged(next, tag.id, tag);
      if (change.kind === 'tag_deleted' && tag_id) next = retagged(next, tag_id, null);
    }
    return next;
  },
  // Cases, sources, counts and the community's state are in no change.
  isInDoubt: (data, changes) =>
    changes.some(
      ({ kind, dialog: summary }) =>
        summary?.id === data.id || kind === 'integration_changed' || kind === 'project_changed',
    ),
};

const counters: Projection<CountersByProject> = {
  positionOf: (data, projectId) => data[projectId]?.position,
  advance: (data, changes, { operatorId }) => advanceCounters(data, changes, operatorId),
};

/** All data that follows the stream, by the first part of its key. */
export const projections = {
  'dialog-list': list,
  thread,
  dialog,
  counters,
} as Record<string, Projection<unknown>>;

/** Data with what an answer to a call has told, which may be ahead of the stream. */
export function withAnswer(noun: string, data: unknown, answer: Answered, about: About): unknown {
  if (noun === 'thread' && answer.message?.dialog_id === about.key[2] && answer.message) {
    return withMessage(data as ThreadWindow, answer.message);
  }
  const summary = answer.dialog;
  if (noun === 'dialog-list' && summary && summary.project_id === about.key[1]) {
    return withDialog(data as ListWindow, summary, ofFilters(about)(summary));
  }
  if (noun === 'dialog' && summary && summary.id === about.key[2]) {
    const known = data as DialogsDialogOut;
    return summary.version > known.version ? { ...known, ...summary } : known;
  }
  return data;
}

/** What a call has answered about one dialog or one message. */
export interface Answered {
  dialog?: DialogsDialogSummary;
  message?: ThreadWindow['pages'][number]['items'][number];
}
