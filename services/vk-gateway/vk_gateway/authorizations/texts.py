"""What came of a way to VK, in words: neutral, without names, Russian first."""

from dataclasses import dataclass
from typing import Literal

from vk_gateway.authorizations.rules import Outcome

Language = Literal["ru", "en"]
Tone = Literal["done", "calm", "care"]


@dataclass(frozen=True)
class Words:
    """A page: what happened, what it means, what to do now."""

    title: str
    text: str
    next: str


@dataclass(frozen=True)
class Telling:
    """An outcome in both languages, and whether it is well, of no consequence, or wants care."""

    tone: Tone
    ru: Words
    en: Words

    def words(self, language: Language) -> Words:
        """Return it in one language."""
        return self.ru if language == "ru" else self.en


NAMES: dict[Language, str] = {"ru": "Отклик", "en": "Otklik"}
BEGIN_AGAIN = Words(
    "",
    "Ничего не подключено и ничего не изменилось.",
    "Вернитесь в Отклик и начните подключение ещё раз.",
)
BEGIN_AGAIN_EN = Words(
    "",
    "Nothing was connected and nothing has changed.",
    "Go back to Otklik and begin to connect once more.",
)


def _again(ru: str, en: str, *, why_ru: str = "", why_en: str = "", tone: Tone = "care") -> Telling:
    """An outcome that left nothing behind: begin again."""
    return Telling(
        tone,
        Words(ru, f"{why_ru} {BEGIN_AGAIN.text}".strip(), BEGIN_AGAIN.next),
        Words(en, f"{why_en} {BEGIN_AGAIN_EN.text}".strip(), BEGIN_AGAIN_EN.next),
    )


TELLINGS = {
    Outcome.IDENTIFIED: Telling(
        "done",
        Words(
            "Вы вошли через VK",
            "Теперь Отклик знает, кто вы. Писать и читать от вашего имени он не может.",
            "Вернитесь в Отклик и выберите сообщества.",
        ),
        Words(
            "You are signed in with VK",
            "Otklik now knows who you are. It cannot read or write in your name.",
            "Go back to Otklik and choose the communities.",
        ),
    ),
    Outcome.GIVEN: Telling(
        "done",
        Words(
            "Доступ к сообществам получен",
            "Сообщения начнут приходить, когда вы сохраните подключение.",
            "Вернитесь в Отклик и сохраните подключение.",
        ),
        Words(
            "Access to the communities was given",
            "Messages will come once you save the connection.",
            "Go back to Otklik and save the connection.",
        ),
    ),
    Outcome.CANCELLED: Telling(
        "calm",
        Words(
            "Вы не дали доступ",
            "Ничего не изменилось.",
            "Можно повторить в любой момент: вернитесь в Отклик.",
        ),
        Words(
            "Access was not granted",
            "Nothing has changed.",
            "You can try again any time: go back to Otklik.",
        ),
    ),
    Outcome.REFUSED_BY_VK: _again(
        "VK отказал в доступе",
        "VK refused access",
        why_ru="Доступ к сообществу может дать только его администратор.",
        why_en="Only an administrator of a community can give access to it.",
    ),
    Outcome.ALREADY_USED: Telling(
        "calm",
        Words(
            "Этот шаг уже пройден",
            "Ссылка от VK действует один раз, и она уже сработала.",
            "Вернитесь в Отклик: там видно, что получилось.",
        ),
        Words(
            "This step is done already",
            "A link from VK works once, and this one has been used.",
            "Go back to Otklik to see what came of it.",
        ),
    ),
    Outcome.UNKNOWN_LINK: _again(
        "Ссылка не подходит",
        "This link does not fit",
        why_ru="Она устарела, уже использована или скопирована не полностью.",
        why_en="It is too old, was used already, or was not copied whole.",
    ),
    Outcome.EXPIRED: _again(
        "Время вышло",
        "Time is up",
        why_ru="На каждый шаг в VK есть десять минут.",
        why_en="There are ten minutes for each step in VK.",
    ),
    Outcome.OTHER_BROWSER: _again(
        "Вы начали в другом браузере",
        "You began in another browser",
        why_ru="Закончить подключение можно только там, где оно начато, и по тому же адресу Отклика.",
        why_en="It can only be finished where it was begun, with Otklik at the same address.",
    ),
    Outcome.OTHER_OPERATOR: _again(
        "Подключение начал другой сотрудник",
        "Somebody else began this",
        why_ru="Пока вы были в VK, в Отклике сменился вход.",
        why_en="While you were in VK, the account signed in to Otklik has changed.",
    ),
    Outcome.OTHER_STEP: _again(
        "Шаги перепутались",
        "The steps got mixed up",
        why_ru="VK вернул ответ не на тот вопрос, который мы задали.",
        why_en="VK answered another question than the one that we asked.",
    ),
    Outcome.INCOMPLETE: _again(
        "Ответ VK неполный",
        "VK's answer is not complete",
        why_ru="В нём нет того, чем подтверждается доступ.",
        why_en="What would prove the access is missing.",
    ),
    Outcome.CODE_REFUSED: _again(
        "VK не принял подтверждение",
        "VK did not accept the proof",
        why_ru="Подтверждение действует один раз и недолго.",
        why_en="A proof works once and not for long.",
    ),
    Outcome.APP_REFUSED: Telling(
        "care",
        Words(
            "VK не принял приложение",
            f"{BEGIN_AGAIN.text} Настройки приложения VK в этом Отклике неверны.",
            "Передайте это тому, кто установил Отклик. Сообщество можно подключить ключом.",
        ),
        Words(
            "VK did not accept the application",
            f"{BEGIN_AGAIN_EN.text} The VK application is not set up rightly in this Otklik.",
            "Tell whoever installed Otklik. A community can still be connected with a key.",
        ),
    ),
    Outcome.EXCHANGE_UNKNOWN: _again(
        "VK не ответил вовремя",
        "VK did not answer in time",
        why_ru="Неизвестно, засчитал ли VK ваше согласие; повторить его безопасно.",
        why_en="It is not known whether VK counted your consent; giving it again does no harm.",
    ),
    Outcome.FOREIGN_COMMUNITY: _again(
        "VK вернул другое сообщество",
        "VK returned another community",
        why_ru="Это не то сообщество, которое вы выбрали.",
        why_en="It is not the one that you chose.",
    ),
    Outcome.RIGHTS_MISSING: _again(
        "Прав недостаточно",
        "Rights are missing",
        why_ru="Отклику нужны управление сообществом и сообщения, а VK дал не всё.",
        why_en="Otklik needs the community's management and messages, and VK did not give both.",
    ),
}
