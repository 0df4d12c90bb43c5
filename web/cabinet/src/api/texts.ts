/** What each stable `code` of a problem means to the reader. A feature adds the codes of its own calls here. */
export const texts = {
  ru: {
    offline: 'Нет связи с сервером. Проверьте сеть; мы попробуем ещё раз.',
    unknown: 'Не получилось: {{title}}',
    unreadable_answer: 'Сервер ответил непонятно. Попробуйте ещё раз.',
    temporarily_unavailable: 'Сервис ненадолго недоступен. Попробуйте ещё раз через минуту.',
    unauthenticated: 'Сеанс закончился. Войдите снова.',
    wrong_credentials: 'Неверная почта или пароль.',
    too_many_requests: 'Слишком много попыток. Подождите немного.',
    not_found: 'Этого уже нет, или у вас нет доступа.',
    forbidden: 'Для этого нужны права выше ваших.',
    invalid_request: 'Проверьте поля: что-то заполнено неверно.',
  },
  en: {
    offline: 'No link to the server. Check the network; we will try again.',
    unknown: 'That did not work: {{title}}',
    unreadable_answer: 'The server answered in a way we cannot read. Try again.',
    temporarily_unavailable: 'The service is away for a moment. Try again in a minute.',
    unauthenticated: 'The session has ended. Sign in again.',
    wrong_credentials: 'Wrong e-mail or password.',
    too_many_requests: 'Too many attempts. Wait a little.',
    not_found: 'It is gone, or you have no access to it.',
    forbidden: 'Your role does not allow this.',
    invalid_request: 'Check the fields: something is filled in wrong.',
  },
};
