import { expect, test } from 'vitest';

import { learn, say } from './say';

learn('shop', {
  ru: {
    rows_one: '{{count}} строка',
    rows_few: '{{count}} строки',
    rows_many: '{{count}} строк',
    kind: { photo: 'Фото', other: 'Вложение' },
    only_russian: 'Привет, {{ name }}!',
  },
  en: {
    rows_one: '{{count}} row',
    rows_other: '{{count}} rows',
    kind: { photo: 'Photo', other: 'Attachment' },
  },
});

test('a number takes the form that its language has for it', () => {
  const ru = [0, 1, 2, 5, 11, 21, 104].map((count) => say('ru', 'shop', 'rows', { count }));
  expect(ru).toEqual(['0 строк', '1 строка', '2 строки', '5 строк', '11 строк', '21 строка', '104 строки']);
  expect([1, 2].map((count) => say('en', 'shop', 'rows', { count }))).toEqual(['1 row', '2 rows']);
});

test('values stand where they are named, as they are', () => {
  expect(say('ru', 'shop', 'only_russian', { name: '$& {{name}} <b>' })).toBe('Привет, $& {{name}} <b>!');
  expect(say('ru', 'shop', 'only_russian')).toBe('Привет, !');
});

test('a text is found by its path, and what is not there is the default or the key', () => {
  expect(say('en', 'shop', 'kind.photo')).toBe('Photo');
  expect(say('en', 'shop', 'kind.constructor', { defaultValue: 'no' })).toBe('no');
  expect(say('en', 'shop', 'kind')).toBe('kind');
  expect(say('en', 'none', 'kind')).toBe('kind');
});

test('texts of one namespace add up', () => {
  learn('shop', { ru: { kind: { video: 'Видео' } }, en: { kind: { video: 'Video' } } });
  expect(['kind.photo', 'kind.video'].map((key) => say('ru', 'shop', key))).toEqual(['Фото', 'Видео']);
});
