import { createInstance } from 'i18next';
import { useCallback } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';

export type Language = 'ru' | 'en';
export type Texts = { [key: string]: string | Texts };

const CHOSEN = 'otklik.language';

const i18next = createInstance();

void i18next.use(initReactI18next).init({
  lng: localStorage.getItem(CHOSEN) === 'en' ? 'en' : 'ru',
  fallbackLng: 'ru',
  resources: {},
  // React escapes what is shown.
  interpolation: { escapeValue: false },
  returnEmptyString: false,
  initAsync: false,
});
document.documentElement.lang = i18next.language;

/** Add a feature's texts, the same keys in both languages; a test compares them. */
export function addTexts(namespace: string, texts: Record<Language, Texts>): void {
  i18next.addResourceBundle('ru', namespace, texts.ru, true, true);
  i18next.addResourceBundle('en', namespace, texts.en, true, true);
}

export type Translate = (key: string, values?: Record<string, unknown>) => string;

/** Give the function that finds a feature's text by key: `t('title')`, `t('rows', { count })`. */
export function useTexts(namespace: string): Translate {
  const { t } = useTranslation(namespace);
  return useCallback((key, values) => t(key, values ?? {}) as string, [t]);
}

/** The language of the page and how to change it; remembered in this browser. */
export function useLanguage(): [Language, (language: Language) => void] {
  const { i18n } = useTranslation();
  const choose = useCallback(
    (language: Language) => {
      localStorage.setItem(CHOSEN, language);
      document.documentElement.lang = language;
      void i18n.changeLanguage(language);
    },
    [i18n],
  );
  return [i18n.language === 'en' ? 'en' : 'ru', choose];
}
