import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { refusalOfFile, refusalOfFiles } from './limits';
import { sendsBy } from './send-key';
import { callAt, fitting, replaced } from './slash';
import { lengthOf, UNITS_MAX } from './units';
import { filled, variablesOf } from './variables';

const key = { key: 'Enter', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false };

test('a text is counted in UTF-16 units, as VK counts it', () => {
  expect(lengthOf('🙂'.repeat(UNITS_MAX / 2))).toEqual({ left: 0, isNear: true, isOver: false });
  expect(lengthOf(`${'🙂'.repeat(UNITS_MAX / 2)}.`).isOver).toBe(true);
});

test('blanks are filled in once, and unknown ones stay to be seen', () => {
  const variables = variablesOf('{{operator}} Иванова', 'Анна', 'Пекарня');
  expect(filled('{{contact}}, это {{ operator }}, {{community}}: {{price}} {{toString}}', variables)).toBe(
    '{{operator}} Иванова, это Анна, Пекарня: {{price}} {{toString}}',
  );
  expect(variablesOf(' Мария Иванова', '', '').first_name).toBe('Мария');
});

test('a quick answer is called at the start of a word, and stands in place of the call', () => {
  expect(callAt('и/или', 5)).toBeNull();
  expect(callAt('https://ya', 10)).toBeNull();
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^\S{0,8}$/u), fc.string(), (before, query, behind) => {
      const start = before === '' ? '' : `${before} `;
      const call = callAt(`${start}/${query}${behind}`, start.length + 1 + query.length);
      expect(call?.query).toBe(query);
      const { text, caret } = replaced(
        `${start}/${query}${behind}`,
        call ?? { query, start: 0, end: 0 },
        'Да',
      );
      expect(text).toBe(`${start}Да${behind}`);
      expect(text.slice(0, caret)).toBe(`${start}Да`);
    }),
  );
});

test('answers whose shortcut begins as the query stand first', () => {
  const answers = [
    { shortcut: 'zzz', title: '', text: 'привет, да' },
    { shortcut: 'адрес', title: 'Привет', text: '' },
    { shortcut: 'привет', title: '', text: '' },
    { shortcut: 'цена', title: '', text: '' },
  ];
  expect(fitting(answers, 'ПРИВ').map((one) => one.shortcut)).toEqual(['привет', 'адрес', 'zzz']);
});

test('Enter sends as chosen, Ctrl+Enter always, and on a phone there is the button', () => {
  expect(sendsBy('enter', key, false)).toBe(true);
  expect(sendsBy('enter', { ...key, shiftKey: true }, false)).toBe(false);
  expect(sendsBy('enter', key, true)).toBe(false);
  expect(sendsBy('ctrl_enter', key, false)).toBe(false);
  expect(sendsBy('ctrl_enter', { ...key, ctrlKey: true }, false)).toBe(true);
});

test('what VK takes no way is told before the upload', () => {
  expect(refusalOfFile({ name: 'a.pdf', size: 200_000_000 })).toBeNull();
  expect(refusalOfFile({ name: 'a.pdf', size: 200_000_001 })).toBe('attachment_too_large');
  expect(refusalOfFile({ name: 'setup.EXE', size: 1 })).toBe('file_type_refused');
  expect(refusalOfFile({ name: 'a.txt', size: 0 })).toBe('file_empty');
  expect(refusalOfFiles([{ kind: 'voice' }])).toBeNull();
  expect(refusalOfFiles([{ kind: 'voice' }, { kind: 'photo' }])).toBe('attachments_do_not_mix');
  expect(refusalOfFiles(Array.from({ length: 11 }, () => ({ kind: 'photo' as const })))).toBe(
    'too_many_attachments',
  );
});
