"""What the authorize pages say, in Russian and English."""

# VK's number of English, and what a link may say instead.
ENGLISH = ("3", "en")

TEXTS: dict[str, tuple[str, str]] = {
    "other_language": ("English", "Русский"),
    "brand": ("ВКонтакте", "VK"),
    "note": (
        "Это эмулятор VK: люди и сообщества вымышлены, паролей нет.",
        "This is the VK emulator: people and communities are invented, there are no passwords.",
    ),
    "who": ("Кто вы?", "Who are you?"),
    "who_lead": (
        "Выберите человека, от имени которого войти в «{app}».",
        "Choose the person to sign in to “{app}” as.",
    ),
    "find": ("Найти по имени или сообществу", "Find by name or community"),
    "administers": ("администратор: {names}", "administrator: {names}"),
    "wants_account": (
        "«{app}» хочет войти с вашим VK ID",
        "“{app}” wants to sign you in with VK ID",
    ),
    "wants_communities": (
        "«{app}» просит доступ к сообществам",
        "“{app}” asks for access to communities",
    ),
    "will_get": ("Приложение сможет", "The application will be able to"),
    "you_are": ("Вы вошли как", "Signed in as"),
    "another_person": ("Сменить", "Change"),
    "allow": ("Разрешить", "Allow"),
    "cancel": ("Отмена", "Cancel"),
    "back_to": ("Затем вы вернётесь на {host}", "You will return to {host}"),
    "not_administrator": (
        "Разрешить может только администратор действующего сообщества: {names}",
        "Only an administrator of an active community can allow this: {names}",
    ),
    "administrator": ("вы администратор", "you are an administrator"),
    "editor": ("вы редактор, нужен администратор", "you are an editor, an administrator is needed"),
    "moderator": ("вы модератор, нужен администратор", "you are a moderator, an administrator is needed"),
    "nobody": ("вы не руководитель этого сообщества", "you are not an officer of this community"),
    "deleted": ("сообщество удалено", "the community is deleted"),
    "banned": ("сообщество заблокировано", "the community is blocked"),
    "refused": ("Запрос приложения неверен", "The application's request is wrong"),
    "refused_lead": (
        "Вернуться некуда: адрес возврата не подтверждён. Закройте страницу и начните заново.",
        "There is no trusted address to return to. Close this page and start again.",
    ),
    "right_nothing": ("узнать, что доступ разрешён", "know that access was allowed"),
    "right_stories": ("публиковать истории", "publish stories"),
    "right_photos": ("загружать фотографии", "upload photos"),
    "right_app_widget": ("показывать виджет в сообществе", "show a widget in the community"),
    "right_messages": ("читать и отправлять сообщения", "read and send messages"),
    "right_wall": ("писать на стене", "post on the wall"),
    "right_docs": ("загружать документы", "upload documents"),
    "right_manage": ("управлять сообществом", "manage the community"),
    "scope_vkid.personal_info": ("знать имя, фото и пол", "know name, photo and sex"),
    "scope_email": ("знать почту", "know the e-mail address"),
    "scope_phone": ("знать телефон", "know the phone number"),
    "scope_groups": ("видеть список ваших сообществ", "see the list of your communities"),
    "scope_wall": ("работать со стеной", "work with the wall"),
    "scope_stories": ("работать с историями", "work with stories"),
    "scope_docs": ("работать с документами", "work with documents"),
    "scope_photos": ("работать с фотографиями", "work with photos"),
    "scope_ads": ("работать с рекламой", "work with ads"),
    "scope_video": ("работать с видео", "work with videos"),
    "scope_status": ("менять статус", "change the status"),
    "scope_market": ("работать с товарами", "work with goods"),
    "scope_pages": ("работать с вики-страницами", "work with wiki pages"),
    "scope_notifications": ("видеть уведомления", "see notifications"),
    "scope_stats": ("видеть статистику", "see statistics"),
    "scope_notes": ("работать с заметками", "work with notes"),
    "scope_friends": ("видеть друзей", "see friends"),
}


def language_of(query: dict[str, str]) -> str:
    """Russian unless the application or the person asked for English."""
    return "en" if query.get("lang_id", query.get("lang", "")) in ENGLISH else "ru"


def text(language: str, key: str, **values: object) -> str:
    """A text with its values in place."""
    return TEXTS[key][language == "en"].format(**values)
