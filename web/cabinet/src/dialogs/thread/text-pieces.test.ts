import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { piecesOf, safeUrl } from './text-pieces';

const linksOf = (text: string) => piecesOf(text).flatMap(({ text: said, url }) => (url ? [[said, url]] : []));

test.each([
  ['Смотрите https://vk.com/market?w=1.', ['https://vk.com/market?w=1', 'https://vk.com/market?w=1']],
  [
    '(https://ru.wikipedia.org/wiki/Кот_(зверь))',
    ['https://ru.wikipedia.org/wiki/Кот_(зверь)', 'https://ru.wikipedia.org/wiki/Кот_(зверь)'],
  ],
  ['vk.com/pekarnya, вот', ['vk.com/pekarnya', 'https://vk.com/pekarnya']],
  ['«www.example.ru»', ['www.example.ru', 'https://www.example.ru']],
])('%s holds a link', (text, link) => {
  expect(linksOf(text)).toEqual([link]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'почта@vk.com/x',
  'http://',
  'обычный текст',
  'file:///etc',
])('%s holds none', (text) => expect(linksOf(text)).toEqual([]));

test.each(['javascript:alert(1)', ' https://x', 'data:text/html,1', '//x.ru', 'vbscript:x', 'https://'])(
  '%s is not followed',
  (url) => expect(safeUrl(url)).toBeNull(),
);

test('a styled link of the messenger is followed only into the web', () => {
  const style = { kind: 'url', offset: 0, length: 4 };
  expect(piecesOf('сюда!', [{ ...style, url: 'https://vk.com' }])[0]?.url).toBe('https://vk.com');
  expect(piecesOf('сюда!', [{ ...style, url: 'javascript:alert(1)' }])[0]?.url).toBeNull();
});

test('the pieces of any text, with any styles, are the text', () => {
  const style = fc.record({
    kind: fc.constantFrom('bold', 'url'),
    offset: fc.integer({ min: -3, max: 40 }),
    length: fc.integer({ min: 0, max: 40 }),
    url: fc.constantFrom('https://vk.com/a', 'javascript:x'),
  });
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '🎂', '\n', 'https://vk.com', '.', '(', ')') }),
      fc.array(style, { maxLength: 4 }),
      (text, styles) => {
        expect(
          piecesOf(text, styles)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      },
    ),
  );
});
