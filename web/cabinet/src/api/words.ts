import { addTexts } from '~/i18n';

// What nobody can fetch when it is needed.
addTexts('problems', {
  ru: {
    offline: 'Нет связи с сервером. Проверьте сеть; мы попробуем ещё раз.',
    unknown: 'Не получилось: {{title}}',
    unreadable_answer: 'Сервер ответил непонятно. Попробуйте ещё раз.',
  },
  en: {
    offline: 'No link to the server. Check the network; we will try again.',
    unknown: 'That did not work: {{title}}',
    unreadable_answer: 'The server answered in a way we cannot read. Try again.',
  },
});

let reading: Promise<void> | null = null;

/** Fetch what the refusals of the services mean, at the first of them: no first load carries it. */
export function readWords(): Promise<void> {
  reading ??= import('./texts').then(
    ({ texts }) => addTexts('problems', texts),
    () => {
      reading = null;
    },
  );
  return reading;
}
