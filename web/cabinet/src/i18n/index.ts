import { useCallback, useSyncExternalStore } from 'react';

import { type Language, learn, say, type Texts } from './say';

export type { Language, Texts } from './say';
export type Translate = (key: string, values?: Record<string, unknown>) => string;

const CHOSEN = 'otklik.language';

const listeners = new Set<() => void>();
// Another object whenever the language or the texts are: who shows texts then shows them anew.
let now: { language: Language } = { language: localStorage.getItem(CHOSEN) === 'en' ? 'en' : 'ru' };
document.documentElement.lang = now.language;

function change(language: Language): void {
  now = { language };
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const useNow = () => useSyncExternalStore(subscribe, () => now);

/** Add a feature's texts, the same keys in both languages; a test compares them. */
export function addTexts(namespace: string, texts: Record<Language, Texts>): void {
  learn(namespace, texts);
  change(now.language);
}

/** Give the function that finds a feature's text by key: `t('title')`, `t('rows', { count })`. */
export function useTexts(namespace: string): Translate {
  const current = useNow();
  return useCallback((key, values) => say(current.language, namespace, key, values), [current, namespace]);
}

/** The language of the page and how to change it; remembered in this browser. */
export function useLanguage(): [Language, (language: Language) => void] {
  const { language } = useNow();
  const choose = useCallback((wanted: Language) => {
    localStorage.setItem(CHOSEN, wanted);
    document.documentElement.lang = wanted;
    change(wanted);
  }, []);
  return [language, choose];
}
