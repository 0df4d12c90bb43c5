export type Language = 'ru' | 'en';
export type Texts = { [key: string]: string | Texts };

const VARIABLE = /{{\s*(\w+)\s*}}/g;

const known: Record<Language, Texts> = { ru: {}, en: {} };
const plurals: Partial<Record<Language, Intl.PluralRules>> = {};

function merged(had: Texts, more: Texts): Texts {
  const both = { ...had };
  for (const [key, text] of Object.entries(more)) {
    const before = both[key];
    both[key] = typeof before === 'object' && typeof text === 'object' ? merged(before, text) : text;
  }
  return both;
}

/** Learn texts of a namespace besides those that are known. */
export function learn(namespace: string, texts: Record<Language, Texts>): void {
  for (const language of ['ru', 'en'] as const) {
    known[language] = merged(known[language], { [namespace]: texts[language] });
  }
}

function pluralsOf(language: Language): Intl.PluralRules {
  return (plurals[language] ??= new Intl.PluralRules(language));
}

function find(language: Language, namespace: string, key: string): string | undefined {
  let found: string | Texts | undefined = known[language][namespace];
  for (const part of key.split('.')) {
    if (typeof found !== 'object' || !Object.hasOwn(found, part)) return undefined;
    found = found[part];
  }
  return typeof found === 'string' ? found : undefined;
}

/**
 * Say a text of a namespace: `{{name}}` stands for a value, with `count` the form that the language has for so many
 * (`rows_one`, `rows_few`, …). A text that is not there is `defaultValue`, or its key.
 */
export function say(
  language: Language,
  namespace: string,
  key: string,
  values: Record<string, unknown> = {},
): string {
  const { count, defaultValue } = values;
  const form =
    typeof count === 'number' && find(language, namespace, `${key}_${pluralsOf(language).select(count)}`);
  const text = form || find(language, namespace, key);
  if (text === undefined) return typeof defaultValue === 'string' ? defaultValue : key;
  return text.replaceAll(VARIABLE, (_, name: string) => String(values[name] ?? ''));
}
