export const texts = {
  ru: { loading: 'Загрузка…', try_again: 'Попробовать снова' },
  en: { loading: 'Loading…', try_again: 'Try again' },
};
