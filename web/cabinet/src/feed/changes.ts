import type { DialogsDialogSummary, DialogsMessageOut, DialogsTagMark } from '~/api';

/** Whole numbers of a project and of the operators whose own have changed, as a change tells them. */
export interface ToldCounters {
  new: number;
  taken: number;
  closed: number;
  unread: number;
  unanswered: number;
  important: number;
  dot: string | null;
  operators: Record<string, { taken: number; unread: number; unanswered: number; important: number }>;
}

/** One numbered line of a project's feed; `kind` says which of the members there are. */
export interface Change {
  kind: string;
  project_id: string;
  number: number;
  dialog?: DialogsDialogSummary;
  message?: DialogsMessageOut;
  message_id?: string;
  messages?: { count: number; first_number: number; last_number: number };
  counters?: ToldCounters;
  tag?: DialogsTagMark;
  tag_id?: string;
  dialog_id?: string;
}

/** What is told past the numbered changes and may be lost. */
export interface Whisper {
  kind: 'typing' | 'presence';
  project_id: string;
  dialog_id: string;
  items?: Presence[];
}

/** A colleague who has a dialog open. */
export interface Presence {
  operator: { id: string; name: string | null };
  state: 'viewing' | 'typing';
}
