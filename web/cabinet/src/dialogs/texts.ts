export const texts = {
  ru: {
    back: 'К списку диалогов',
    info: 'О собеседнике',
    info_close: 'Закрыть сведения',
    conversation: 'Переписка: {{name}}',
  },
  en: {
    back: 'Back to the dialogs',
    info: 'About the person',
    info_close: 'Close the details',
    conversation: 'Conversation: {{name}}',
  },
};
