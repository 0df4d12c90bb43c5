import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Refusal } from '~/api/refusal';

import { after, bodyOf, type Letter, next, type Posted, type Step } from './letters';

const refusal = new Refusal({ code: 'offline', title: 'Offline', status: 0 });
const names = fc.constantFrom('a', 'b', 'c', 'd');
const letters = fc
  .record({ clientId: names, dialogId: fc.constantFrom('x', 'y'), text: fc.string() })
  .map(({ clientId, dialogId, text }): Letter => ({
    clientId,
    dialogId,
    projectId: 'p',
    draft: { mode: 'reply', text, files: [], quoted: null, seenNumber: 1 },
    takeOver: false,
    regardless: false,
    writtenAt: 0,
  }));
const question = fc.constantFrom('dialog_taken' as const, 'colleague_replied' as const);
const steps: fc.Arbitrary<Step> = fc.oneof(
  letters.map((letter): Step => ({ kind: 'write', letter })),
  names.map((clientId): Step => ({ kind: 'send', clientId })),
  names.map((clientId): Step => ({ kind: 'lose', clientId, refusal })),
  fc.tuple(names, question).map(([clientId, code]): Step => ({
    kind: 'ask',
    clientId,
    question: { code, who: null, messageId: null },
  })),
  names.map((clientId): Step => ({ kind: 'again', clientId })),
  names.map((clientId): Step => ({ kind: 'insist', clientId })),
  names.map((clientId): Step => ({ kind: 'remove', clientId })),
);

const sending = (all: readonly Posted[]) => all.filter((one) => one.state === 'sending');

test('a client_id is never sent with two bodies, and no letter is lost or overtakes another', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (order) => {
      let all: readonly Posted[] = [];
      const bodies = new Map<string, string>();
      const written: string[] = [];
      for (const step of order) {
        const before = all;
        all = after(all, step);
        if (step.kind === 'write' && !before.some((one) => one.letter.clientId === step.letter.clientId)) {
          written.push(step.letter.clientId);
          bodies.set(step.letter.clientId, JSON.stringify(bodyOf(step.letter)));
        }
        if (step.kind === 'remove' && written.includes(step.clientId)) {
          written.splice(written.indexOf(step.clientId), 1);
        }
        for (const { letter } of sending(all)) {
          expect(JSON.stringify(bodyOf(letter))).toBe(bodies.get(letter.clientId));
        }
        expect(all.map((one) => one.letter.clientId)).toEqual(written);
        for (const dialogId of ['x', 'y']) {
          const there = all.filter((one) => one.letter.dialogId === dialogId);
          expect(sending(there).length).toBeLessThanOrEqual(1);
          if (sending(there).length) expect(there[0]?.state).toBe('sending');
        }
      }
    }),
  );
});

test('a question that is answered lets the letter go once more, past that question only', () => {
  const letter = fc.sample(letters, 1)[0];
  if (!letter) throw new Error('No sample');
  const { clientId, dialogId } = letter;
  const ask = (code: 'dialog_taken' | 'colleague_replied'): Step[] => [
    { kind: 'send', clientId },
    { kind: 'ask', clientId, question: { code, who: 'Ольга', messageId: null } },
    { kind: 'insist', clientId },
  ];
  const first: Step = { kind: 'write', letter };

  const over = [first, ...ask('dialog_taken')].reduce<readonly Posted[]>(after, []);
  expect(next(over, dialogId)?.letter).toEqual({ ...letter, takeOver: true });

  const both = ask('colleague_replied').reduce<readonly Posted[]>(after, over);
  expect(next(both, dialogId)?.letter).toEqual({ ...letter, takeOver: true, regardless: true });
});
