import { type Language, useLanguage } from '.';

type Moment = Date | string;

/** How dates, times and numbers are written in a language, in the browser's time zone. */
export type Formats = ReturnType<typeof madeFor>;

const made = new Map<Language, Formats>();

/** The formats of a language; made once, since each costs as much as ten rows of a list. */
export function formatsOf(language: Language): Formats {
  let formats = made.get(language);
  if (!formats) made.set(language, (formats = madeFor(language)));
  return formats;
}

const isThisYear = (at: Moment) => new Date(at).getFullYear() === new Date().getFullYear();

function madeFor(language: Language) {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const dates = (options: Intl.DateTimeFormatOptions) => {
    let format: Intl.DateTimeFormat | undefined;
    return (at: Moment) => (format ??= new Intl.DateTimeFormat(locale, options)).format(new Date(at));
  };
  const day = dates({ day: 'numeric', month: 'long' });
  const dayAndYear = dates({ day: 'numeric', month: 'long', year: 'numeric' });
  const dayShort = dates({ day: 'numeric', month: 'short' });
  const dateShort = dates({ dateStyle: 'short' });
  const number = new Intl.NumberFormat(locale);
  return {
    time: dates({ hour: '2-digit', minute: '2-digit' }),
    day: (at: Moment) => (isThisYear(at) ? day : dayAndYear)(at),
    dayShort,
    /** A day of any year in a narrow place. */
    dayOrDate: (at: Moment) => (isThisYear(at) ? dayShort : dateShort)(at),
    full: dates({ dateStyle: 'medium', timeStyle: 'medium' }),
    number: (value: number) => number.format(value),
  };
}

/** The formats of the language that the person has chosen. */
export function useFormats(): Formats {
  const [language] = useLanguage();
  return formatsOf(language);
}
