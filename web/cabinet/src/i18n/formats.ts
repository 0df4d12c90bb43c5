import { useMemo } from 'react';

import { type Language, useLanguage } from '.';

/** How dates, times and numbers are written in a language, in the browser's time zone. */
export function formatsOf(language: Language) {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' });
  const dayShort = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const dateShort = new Intl.DateTimeFormat(locale, { dateStyle: 'short' });
  const dayAndYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const number = new Intl.NumberFormat(locale);
  return {
    time: (at: Date | string) => time.format(new Date(at)),
    day: (at: Date | string) => {
      const date = new Date(at);
      return (date.getFullYear() === new Date().getFullYear() ? day : dayAndYear).format(date);
    },
    dayShort: (at: Date | string) => dayShort.format(new Date(at)),
    /** A day of any year in a narrow place. */
    dayOrDate: (at: Date | string) => {
      const moment = new Date(at);
      return (moment.getFullYear() === new Date().getFullYear() ? dayShort : dateShort).format(moment);
    },
    full: (at: Date | string) => full.format(new Date(at)),
    number: (value: number) => number.format(value),
  };
}

/** The formats of the language that the person has chosen. */
export function useFormats() {
  const [language] = useLanguage();
  return useMemo(() => formatsOf(language), [language]);
}
