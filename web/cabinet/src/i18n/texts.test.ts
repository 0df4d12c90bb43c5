import { expect, test } from 'vitest';

import type { Language, Texts } from '.';

const PLURALS: Record<Language, string[]> = { ru: ['one', 'few', 'many'], en: ['one', 'other'] };
const modules = import.meta.glob<{ texts: Record<Language, Texts> }>('../**/texts.ts', { eager: true });

function flat(texts: Texts, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text === 'string') found.set(path + key, text);
    else flat(text, `${path}${key}.`).forEach((inner, name) => found.set(name, inner));
  }
  return found;
}

const base = (key: string) => key.replace(/_(one|few|many|other)$/, '');
const variables = (text: string) => [...new Set(text.match(/{{\w+}}/g))].toSorted();

test.each(Object.entries(modules))('%s says the same in both languages', (_, { texts }) => {
  const ru = flat(texts.ru);
  const en = flat(texts.en);
  expect([...new Set([...en.keys()].map(base))].toSorted()).toEqual(
    [...new Set([...ru.keys()].map(base))].toSorted(),
  );

  for (const [language, all] of [
    ['ru', ru],
    ['en', en],
  ] as const) {
    for (const key of all.keys()) {
      if (key === base(key)) continue;
      for (const form of PLURALS[language])
        expect(all.has(`${base(key)}_${form}`), `${key}: ${form}`).toBe(true);
    }
  }
  for (const [key, text] of ru) {
    const other = en.get(key);
    if (other !== undefined) expect(variables(other), key).toEqual(variables(text));
  }
});
