/**
 * Sends letters. Each is stored in this browser before the first attempt and until the server has answered, so a
 * closed tab or a lost connection ends in the same letter being sent again under the same `client_id`: the server
 * keeps it once.
 */
import { useMemo, useSyncExternalStore } from 'react';

import { call, type DialogsMessageOut, dialogsReply, dialogsWriteNote, Refusal, refusalOf } from '~/api';
import { acceptMessage, dropOwnReply, showOwnReply } from '~/feed';

import { changeDraft, draftOf, endDraft, isWorth, joined, keep } from './drafts';
import { after, bodyOf, type Letter, next, type Posted, type Step } from './letters';

const PREFIX = 'otklik.letter.';
const ANSWER_SECONDS = 30;
/** An older letter is not sent without being asked for: what it says may be out of date. */
const YOUNG_SECONDS = 600;
const WAIT_SECONDS = [2, 4, 8, 15, 30];
const MAYBE_STORED = new Set([0, 401, 408, 425, 429]);
const LEFT_BEHIND = new Refusal({ code: 'left_behind', title: 'Left behind', status: 0 });
const QUESTIONS = new Set(['dialog_taken', 'colleague_replied']);

export interface Refused {
  letter: Letter;
  refusal: Refusal;
}

let owner = '';
let posted: readonly Posted[] = [];
const listeners = new Set<() => void>();
const refusedListeners = new Set<(refused: Refused) => void>();

const keyOf = (clientId: string) => `${PREFIX}${owner}.${clientId}`;

function take(step: Step): void {
  posted = after(posted, step);
  if (step.kind === 'remove') dropOwnReply(step.clientId);
  else showInThread(step.kind === 'write' ? step.letter.clientId : step.clientId);
  listeners.forEach((listener) => listener());
}

function showInThread(clientId: string): void {
  const one = posted.find((each) => each.letter.clientId === clientId);
  if (!one || one.letter.draft.mode === 'note') return;
  const { draft, dialogId, writtenAt } = one.letter;
  showOwnReply({
    client_id: clientId,
    dialog_id: dialogId,
    text: draft.text,
    sent_at: new Date(writtenAt).toISOString(),
    files: draft.files.map((file) => file.name),
    quoted: null,
    error: one.state === 'lost' ? one.refusal : null,
  });
}

/** Take up the letters that an earlier page left behind. */
export function openOutbox(operatorId: string): void {
  if (owner === operatorId) return;
  owner = operatorId;
  posted = [];
  const left = Object.keys(localStorage)
    .filter((key) => key.startsWith(keyOf('')))
    .flatMap((key) => storedLetter(key))
    .toSorted((a, b) => a.writtenAt - b.writtenAt);
  for (const letter of left) {
    // A page that died between storing the letter and ending the draft left both, with one name.
    if (draftOf(owner, letter.dialogId).clientId === letter.clientId) endDraft(owner, letter.dialogId);
    take({ kind: 'write', letter });
    if (isOld(letter)) {
      take({ kind: 'send', clientId: letter.clientId });
      take({ kind: 'lose', clientId: letter.clientId, refusal: LEFT_BEHIND });
    } else void deliver(letter.dialogId);
  }
}

const isOld = (letter: Letter) => Date.now() - letter.writtenAt > YOUNG_SECONDS * 1000;

function storedLetter(key: string): Letter[] {
  try {
    const letter = JSON.parse(localStorage.getItem(key) ?? 'null') as Letter | null;
    return letter?.clientId && letter.dialogId && letter.draft ? [letter] : [];
  } catch {
    return [];
  }
}

/** Send what is in a dialog's draft; the draft is empty at once. */
export function post(projectId: string, dialogId: string): void {
  const { clientId, ...draft } = draftOf(owner, dialogId);
  if (!isWorth(draft)) return;
  const letter = letterOf(clientId, { projectId, dialogId, draft });
  keep(keyOf(letter.clientId), JSON.stringify(letter));
  endDraft(owner, dialogId);
  take({ kind: 'write', letter });
  void deliver(dialogId);
}

function letterOf(clientId: string, rest: Pick<Letter, 'projectId' | 'dialogId' | 'draft'>): Letter {
  const isUsed = posted.some((one) => one.letter.clientId === clientId);
  return {
    ...rest,
    clientId: isUsed || !clientId ? crypto.randomUUID() : clientId,
    takeOver: false,
    regardless: false,
    writtenAt: Date.now(),
  };
}

async function deliver(dialogId: string): Promise<void> {
  const first = next(posted, dialogId);
  if (!first) return;
  const { clientId } = first.letter;
  take({ kind: 'send', clientId });
  try {
    const answer = await request(first.letter);
    if (answer) acceptMessage(first.letter.projectId, answer);
    forget(clientId);
  } catch (error) {
    settle(clientId, refusalOf(error, 0));
  }
  void deliver(dialogId);
}

/** Gives the message; nothing for a note, which the feed tells. */
async function request(letter: Letter): Promise<DialogsMessageOut | null> {
  const path = { dialog_id: letter.dialogId };
  const signal = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  const body = bodyOf(letter);
  if (letter.draft.mode === 'note') {
    await call(dialogsWriteNote({ path, body, signal }));
    return null;
  }
  const seen_number = letter.regardless ? null : letter.draft.seenNumber;
  return call(dialogsReply({ path, body: { ...body, take_over: letter.takeOver, seen_number }, signal }));
}

function settle(clientId: string, refusal: Refusal): void {
  const one = posted.find((each) => each.letter.clientId === clientId);
  if (!one) return;
  if (QUESTIONS.has(refusal.code)) {
    const { operator, author, message_id } = refusal.problem as {
      operator?: { name: string | null };
      author?: { name: string | null };
      message_id?: string;
    };
    const code = refusal.code as 'dialog_taken' | 'colleague_replied';
    const who = (operator ?? author)?.name ?? null;
    take({ kind: 'ask', clientId, question: { code, who, messageId: message_id ?? null } });
  } else if (MAYBE_STORED.has(refusal.status) || refusal.status >= 500) {
    take({ kind: 'lose', clientId, refusal });
    if (!isOld(one.letter)) setTimeout(() => again(clientId), pause(one.tries) * 1000);
  } else {
    giveBack(clientId);
    refusedListeners.forEach((listener) => listener({ letter: one.letter, refusal }));
  }
}

const pause = (tries: number) =>
  WAIT_SECONDS[Math.min(tries, WAIT_SECONDS.length) - 1] ?? WAIT_SECONDS[0] ?? 2;

function forget(clientId: string): void {
  localStorage.removeItem(keyOf(clientId));
  take({ kind: 'remove', clientId });
}

/** Send a letter of unknown fate again, as the same one. */
export function again(clientId: string): void {
  const one = posted.find((each) => each.letter.clientId === clientId);
  if (one?.state !== 'lost') return;
  take({ kind: 'again', clientId });
  void deliver(one.letter.dialogId);
}

/** Send a letter after all, past the question that it met. */
export function insist(clientId: string): void {
  take({ kind: 'insist', clientId });
  const one = posted.find((each) => each.letter.clientId === clientId);
  if (!one) return;
  keep(keyOf(clientId), JSON.stringify(one.letter));
  void deliver(one.letter.dialogId);
}

/** Put a letter that the server does not have back into the draft, before what has been written since. */
export function giveBack(clientId: string): void {
  const one = posted.find((each) => each.letter.clientId === clientId);
  if (!one) return;
  const { dialogId, draft } = one.letter;
  // Another tab that sent the same letter may have given it back already.
  const isOurs = localStorage.getItem(keyOf(clientId)) !== null;
  if (isOurs) changeDraft(owner, dialogId, joined(draft, draftOf(owner, dialogId)));
  forget(clientId);
  void deliver(dialogId);
}

/** Throw a letter away. If it was sent and the answer got lost, it stays sent. */
export function discard(clientId: string): void {
  const dialogId = posted.find((each) => each.letter.clientId === clientId)?.letter.dialogId;
  forget(clientId);
  if (dialogId) void deliver(dialogId);
}

addEventListener('online', () => {
  for (const { letter, state } of posted) if (state === 'lost' && !isOld(letter)) again(letter.clientId);
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The letters of a dialog that the server has not answered, in their order. */
export function useLetters(dialogId: string): Posted[] {
  const all = useSyncExternalStore(subscribe, () => posted);
  return useMemo(() => all.filter((one) => one.letter.dialogId === dialogId), [all, dialogId]);
}

/** Hear of letters that came back for good. */
export function onRefused(listener: (refused: Refused) => void): () => void {
  refusedListeners.add(listener);
  return () => refusedListeners.delete(listener);
}
