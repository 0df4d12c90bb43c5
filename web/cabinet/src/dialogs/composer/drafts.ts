/** What an operator has begun to write, kept per dialog in this browser until it is sent. */
import { useSyncExternalStore } from 'react';

import { useIdentity } from '~/session/session';

export interface DraftFile {
  id: string;
  name: string;
  sizeBytes: number | null;
  mediaType: string | null;
  kind: 'photo' | 'document' | 'voice';
  hasPreview: boolean;
}

export interface Draft {
  /** The name under which it will be sent: after a reload still the same. */
  clientId: string;
  mode: 'reply' | 'note';
  text: string;
  files: DraftFile[];
  quoted: { id: string; author: string; text: string } | null;
  /** The highest number of a message that stood there when it was begun; null is not known. */
  seenNumber: number | null;
}

const PREFIX = 'otklik.draft.';
const EMPTY: Draft = { clientId: '', mode: 'reply', text: '', files: [], quoted: null, seenNumber: null };
const MARK_CHARACTERS = 80;

const known = new Map<string, Draft>();
const listeners = new Set<() => void>();

const keyOf = (operatorId: string, dialogId: string) => `${PREFIX}${operatorId}.${dialogId}`;

/** Whether there is something in a draft that would be missed. */
export function isWorth({ text, files, quoted }: Pick<Draft, 'text' | 'files' | 'quoted'>): boolean {
  return text.trim() !== '' || files.length > 0 || quoted !== null;
}

/** Read what was stored; whatever is no draft is an empty one. */
export function parsed(stored: string | null): Draft {
  if (!stored) return EMPTY;
  try {
    const draft = { ...EMPTY, ...(JSON.parse(stored) as Partial<Draft>) };
    const isWhole =
      typeof draft.text === 'string' && typeof draft.clientId === 'string' && Array.isArray(draft.files);
    return isWhole ? draft : EMPTY;
  } catch {
    return EMPTY;
  }
}

/** Two drafts as one, the older text first; the name of neither is used again. */
export function joined(older: Omit<Draft, 'clientId'>, newer: Draft): Draft {
  const texts = [older.text, newer.text].filter((text) => text.trim() !== '');
  const files = [
    ...older.files,
    ...newer.files.filter((file) => older.files.every((had) => had.id !== file.id)),
  ];
  return {
    clientId: crypto.randomUUID(),
    mode: older.mode,
    text: texts.join('\n\n'),
    files,
    quoted: older.quoted ?? newer.quoted,
    seenNumber: null,
  };
}

/** The draft of a dialog as it is now. */
export function draftOf(operatorId: string, dialogId: string): Draft {
  const key = keyOf(operatorId, dialogId);
  let draft = known.get(key);
  if (!draft) known.set(key, (draft = parsed(localStorage.getItem(key))));
  return draft;
}

/** Change a draft and keep it; one with nothing in it is forgotten. */
export function changeDraft(operatorId: string, dialogId: string, change: Partial<Draft>): void {
  const before = draftOf(operatorId, dialogId);
  const draft = { ...before, ...change };
  if (draft.clientId === '' && isWorth(draft)) draft.clientId = crypto.randomUUID();
  put(keyOf(operatorId, dialogId), draft);
}

/** Forget a draft, for it has become a letter; the mode stays. */
export function endDraft(operatorId: string, dialogId: string): void {
  put(keyOf(operatorId, dialogId), { ...EMPTY, mode: draftOf(operatorId, dialogId).mode });
}

function put(key: string, draft: Draft): void {
  known.set(key, draft);
  if (isWorth(draft)) keep(key, JSON.stringify(draft));
  else localStorage.removeItem(key);
  listeners.forEach((listener) => listener());
}

/** Store a text; a browser that is full, or stores nothing, has it until the page is closed. */
export function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch (error) {
    console.warn('Not kept in this browser', error);
  }
}

// Another tab has changed a draft.
addEventListener('storage', ({ key, newValue }) => {
  if (!key?.startsWith(PREFIX)) return;
  known.set(key, parsed(newValue));
  listeners.forEach((listener) => listener());
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The draft of a dialog, followed. */
export function useDraft(operatorId: string, dialogId: string): Draft {
  return useSyncExternalStore(subscribe, () => draftOf(operatorId, dialogId));
}

/** The beginning of what the person has not sent in a dialog yet, for the list; null without a draft. */
export function useDraftMark(dialogId: string): string | null {
  const { operator } = useIdentity();
  const draft = useDraft(operator.id, dialogId);
  return isWorth(draft) ? draft.text.trim().slice(0, MARK_CHARACTERS) : null;
}
