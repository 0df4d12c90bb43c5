"""Makes a past: dialogs with months of messages that raised no events."""

import asyncio
from dataclasses import dataclass
from random import Random

from vk_emulator.clock import Clock
from vk_emulator.model import Community, Dialog, Message
from vk_emulator.names import invented_user
from vk_emulator.world import World

FIRST_INVENTED_USER = 400_000_001
DAY = 86400
PIECE = 2000
COMMUNITY_SHARE = 0.45

OPENINGS = (
    "Здравствуйте! Подскажите, заказ {n} уже отправили?", "Добрый день, а доставка в {city} есть?",
    "Здравствуйте, хочу вернуть товар из заказа {n}", "Привет! До скольки вы сегодня работаете?",
    "Добрый вечер. Не могу оплатить картой", "А есть в наличии набор «Журавль»?",
)  # fmt: skip
QUESTIONS = (
    "А сколько это будет стоить?", "Спасибо!", "Хорошо, буду ждать", "А можно самовывозом?", "Заказ {n}",
    "Трек-номер не отслеживается третий день", "Понятно, а когда примерно?", "Да, подходит", "👍",
    "Не пришло письмо с чеком", "Адрес: {city}, ул. Садовая, 12", "А цвет другой бывает?", "Перепутал",
)  # fmt: skip
ANSWERS = (
    "Здравствуйте! Сейчас проверю и вернусь.", "Заказ {n} передан в доставку, ждём три дня.",
    "Да, доставляем, 350 рублей.", "Пришлите, пожалуйста, номер заказа.", "Деньги вернутся за 5 дней.",
    "Мы открыты до 21:00 без выходных.", "Спасибо, что написали! Хорошего дня.", "Будет в пятницу.",
    "Проверьте, пожалуйста, папку «Спам».", "Отложили для вас до завтра.",
)  # fmt: skip


@dataclass
class Past:
    """Writes history straight into VK's memory."""

    world: World
    clock: Clock

    async def make(self, community: Community, *, dialogs: int, messages_each: int, days: int) -> list[int]:
        """New people with a dialog each, their messages spread over the last `days`; answers their ids.

        Ids grow with the dates over all dialogs. Nothing is said in events.
        """
        first = max([FIRST_INVENTED_USER - 1, *(user for user in self.world.users if user < 2 * 10**9)]) + 1
        users = list(range(first, first + dialogs))
        for user_id in users:
            self.world.save(invented_user(user_id), Dialog(community.id, user_id, allowed=True))
        random = self.clock.random
        end = self.clock.unix()
        timeline: list[tuple[int, int, int]] = []
        for user_id in users:
            lasts = random.randint(max(days // 10, 1), days) * DAY
            until = end - random.randint(0, max(days * DAY - lasts, 0))
            dates = sorted(random.randint(until - lasts, until) for _ in range(messages_each))
            timeline += [(date, user_id, number) for number, date in enumerate(dates, 1)]
        timeline.sort()
        for start in range(0, len(timeline), PIECE):
            for date, user_id, number in timeline[start : start + PIECE]:
                self._write(community, user_id, number, date, random)
            # Others are served while a long past is made.
            await asyncio.sleep(0)
        for user_id in users:
            self._mark_read(community, user_id, random)
        await self.world.journal.settled()
        return users

    def _write(self, community: Community, user_id: int, number: int, date: int, random: Random) -> None:
        answers = number > 1 and random.random() < COMMUNITY_SHARE
        texts = OPENINGS if number == 1 else ANSWERS if answers else QUESTIONS
        text = random.choice(texts).format(n=random.randint(1000, 9999), city=self.world.users[user_id].city)
        community.last_version += 1
        message = Message(
            id=community.last_message_id + 1,
            community_id=community.id,
            cmid=number,
            peer_id=user_id,
            from_id=-community.id if answers else user_id,
            date=date,
            random_id=random.randint(1, 2**31 - 1) if answers else 0,
            text=text,
            version=community.last_version,
            admin_author_id=community.admin_id if answers else None,
        )
        self.world.remember(message)

    def _mark_read(self, community: Community, user_id: int, random: Random) -> None:
        dialog = self.world.dialogs[community.id][user_id]
        total = len(dialog.messages)
        answered = max((message.cmid for message in dialog.messages if message.out), default=0)
        # Most of the unanswered ones were at least read.
        dialog.in_read = total if random.random() < 0.8 else answered
        dialog.out_read = total if random.random() < 0.7 else max(answered - 1, 0)
        self.world.save(dialog)
