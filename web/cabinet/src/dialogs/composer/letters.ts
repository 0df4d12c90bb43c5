/**
 * What has been written and not yet been answered by the server, as a pure state machine.
 *
 * A letter's body never changes, so its `clientId` is never sent with two bodies, and a letter leaves only when the
 * server has answered for good or a person throws it away, so none is lost. One of a dialog is on its way at a time.
 */
import type { Refusal } from '~/api';

import type { Draft } from './drafts';

/** What a person wants to be sent, or kept as a note. */
export interface Letter {
  readonly clientId: string;
  readonly projectId: string;
  readonly dialogId: string;
  readonly draft: Readonly<Omit<Draft, 'clientId'>>;
  /** Sends whatever colleagues have replied meanwhile. */
  readonly regardless: boolean;
  readonly takeOver: boolean;
  readonly writtenAt: number;
}

/** Why a person is asked before a letter goes on. */
export interface Question {
  code: 'dialog_taken' | 'colleague_replied';
  who: string | null;
  messageId: string | null;
}

export interface Posted {
  letter: Letter;
  /** `lost`: nobody knows whether the server has it, so the same is sent again. */
  state: 'queued' | 'sending' | 'lost' | 'asking';
  question: Question | null;
  /** How often it was sent. */
  tries: number;
  /** Why the last attempt was lost. */
  refusal: Refusal | null;
}

export type Step =
  | { kind: 'write'; letter: Letter }
  | { kind: 'send'; clientId: string }
  | { kind: 'lose'; clientId: string; refusal: Refusal }
  | { kind: 'ask'; clientId: string; question: Question }
  | { kind: 'again'; clientId: string }
  | { kind: 'insist'; clientId: string }
  | { kind: 'remove'; clientId: string };

/** Letters after a step; a step that does not fit a letter's state changes nothing. */
export function after(all: readonly Posted[], step: Step): readonly Posted[] {
  if (step.kind === 'write') {
    const isKnown = all.some((one) => one.letter.clientId === step.letter.clientId);
    return isKnown
      ? all
      : [...all, { letter: step.letter, state: 'queued', question: null, tries: 0, refusal: null }];
  }
  if (step.kind === 'remove') return all.filter((one) => one.letter.clientId !== step.clientId);
  return all.map((one) => (one.letter.clientId === step.clientId ? moved(one, step, all) : one));
}

function moved(one: Posted, step: Step, all: readonly Posted[]): Posted {
  switch (step.kind) {
    case 'send':
      return next(all, one.letter.dialogId) === one
        ? { ...one, state: 'sending', tries: one.tries + 1, refusal: null }
        : one;
    case 'lose':
      return one.state === 'sending' ? { ...one, state: 'lost', refusal: step.refusal } : one;
    case 'ask':
      return one.state === 'sending' ? { ...one, state: 'asking', question: step.question } : one;
    case 'again':
      return one.state === 'lost' ? { ...one, state: 'queued' } : one;
    case 'insist':
      return one.state === 'asking' ? insisted(one) : one;
    default:
      return one;
  }
}

function insisted(one: Posted): Posted {
  const isTaken = one.question?.code === 'dialog_taken';
  const letter = isTaken ? { ...one.letter, takeOver: true } : { ...one.letter, regardless: true };
  return { ...one, letter, state: 'queued', question: null };
}

/** The letter of a dialog that may be sent now: the oldest, if it waits for nothing. */
export function next(all: readonly Posted[], dialogId: string): Posted | null {
  const first = all.find((one) => one.letter.dialogId === dialogId);
  return first?.state === 'queued' ? first : null;
}

/** The request that a letter makes: the same one each time. */
export function bodyOf({ clientId, draft }: Letter) {
  if (draft.mode === 'note') return { client_id: clientId, text: draft.text };
  return {
    client_id: clientId,
    text: draft.text,
    attachments: draft.files.map((file) => file.id),
    quoted_message_id: draft.quoted?.id ?? null,
  };
}
