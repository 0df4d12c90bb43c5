export const texts = {
  ru: {
    offline: 'Нет связи с сервером. Показываем последнее, что получили в {{time}}.',
    offline_at_start: 'Нет связи с сервером. Пробуем подключиться.',
    online_again: 'Связь восстановлена.',
  },
  en: {
    offline: 'No link to the server. Showing what arrived by {{time}}.',
    offline_at_start: 'No link to the server. Trying to connect.',
    online_again: 'The link is back.',
  },
};
