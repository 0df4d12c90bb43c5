"""Random histories of cases in a time of their own, and the figures of a report counted by hand."""

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from dialogs.states import Author, MessageState
from dialogs.tables import Case, Dialog, Message
from shared.events.channel import EarlierMessage, MessagesImported, ReplyFailed, ReplySent
from shared.http.access import Role
from shared.runtime.world import SystemClock
from tests.services.dialogs.cabinet import KEYS, Cabinet

# Europe puts its clocks forward in the night of the 29th.
BEGINNING = datetime(2026, 3, 26, 20, 17, tzinfo=UTC)
USERS = ["1", "2", "3"]
ACTIONS = ["customer"] * 5 + ["staff"] * 2 + ["reply"] * 3 + ["sent"] * 2
ACTIONS += ["failed", "retry", "take", "close", "close", "reopen", "back", "history"]
_communities = itertools.count(1)


class MovableClock(SystemClock):
    """Tells the time that the test says; how long things take is real."""

    def __init__(self) -> None:
        self.at = BEGINNING

    def now(self) -> datetime:
        return self.at


@dataclass
class History:
    """Two communities of a project, in which customers, operators and the messenger do anything."""

    cabinet: Cabinet
    clock: MovableClock
    chance: random.Random
    integrations: list[UUID] = field(default_factory=list)
    numbers: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    written: dict[tuple[UUID, str, int], tuple[bool, datetime]] = field(default_factory=dict)
    replies: list[tuple[UUID, str, str, str]] = field(default_factory=list)

    async def begin(self) -> None:
        """Connect the communities of a new project."""
        self.clock.at = BEGINNING
        self.cabinet.project = uuid4()
        for _ in range(2):
            self.cabinet.integration = uuid4()
            self.integrations.append(self.cabinet.integration)
            await self.cabinet.connect()

    async def act(self, action: str) -> None:
        """Let some time pass and something happen."""
        self.clock.at += timedelta(seconds=self.chance.choice([1, 40, 900, 5_000, 30_000]))
        self.cabinet.integration, user = self.chance.choice(self.integrations), self.chance.choice(USERS)
        if action in {"customer", "staff", "history"}:
            await self._write(action, user)
        elif action in {"sent", "failed", "retry"}:
            await self._follow(action)
        else:
            await self._work(action, user)

    async def _write(self, action: str, user: str) -> None:
        """Tell of some messages, in any order; some of them are late."""
        key = (self.cabinet.integration, user)
        told: list[Any] = []
        for _ in range(self.chance.randint(1, 3)):
            self.numbers[key] += self.chance.randint(1, 2)
            number = max(1, self.numbers[key] - self.chance.choice([0, 0, 0, 1, 2, 5]))
            at = self.clock.at - timedelta(seconds=self.chance.choice([0, 3, 700, 20_000]))
            told.append(self._telling(action, number, user, at))
        self.chance.shuffle(told)
        if action == "history":
            told = [MessagesImported(**self.cabinet.about(), import_id=uuid4(), messages=tuple(told))]
        await self.cabinet.hear(*told, batch=self.chance.random() < 0.7)

    def _telling(self, action: str, number: int, user: str, at: datetime) -> Any:
        """However often a message is told, it is the same."""
        likely = self.chance.random() < 0.5 if action == "history" else action == "customer"
        place = (self.cabinet.integration, user, number)
        by_customer, at = self.written.setdefault(place, (likely, at))
        if action == "history":
            said: dict[str, Any] = {"external_id": user, "conversation_message_id": number, "sent_at": at}
            author = {} if by_customer else {"author_external_id": "9", "author_name": "Ольга"}
            said |= {"text": "раньше", "by_customer": by_customer, **author}
            return EarlierMessage(**said)
        tell = self.cabinet.wrote if by_customer else self.cabinet.staff
        return tell(number, user=user).model_copy(update={"sent_at": at})

    async def _follow(self, action: str) -> None:
        """Let the messenger say what became of a reply, or try it again; sometimes its echo comes first."""
        if not self.replies:
            return
        self.cabinet.integration, user, dialog_id, reply_id = self.chance.choice(self.replies)
        if action == "retry":
            await self._call("POST", f"/{dialog_id}/messages/{reply_id}/retry")
            return
        async with self.cabinet.service.database.read() as session:
            reply = await session.get_one(Message, UUID(reply_id))
        about: Any = {**self.cabinet.about(), "reply_id": reply.id, "attempt": reply.attempt}
        if action == "failed":
            await self.cabinet.hear(ReplyFailed(**about, external_id=user, reason="no"))
            return
        key = (self.cabinet.integration, user)
        self.numbers[key] = number = self.numbers[key] + 1
        self.written[*key, number] = (False, self.clock.at)
        if self.chance.random() < 0.3:
            await self.cabinet.hear(self._telling("staff", number, user, self.clock.at))
        place: Any = {"external_id": user, "conversation_message_id": number, "sent_at": self.clock.at}
        await self.cabinet.hear(ReplySent(**about, **place))

    async def _work(self, action: str, user: str) -> None:
        dialogs = await self.cabinet.tab("any", headers=self.headers())
        if not dialogs:
            return
        dialog = self.chance.choice(dialogs)
        operator = self.chance.choice([self.cabinet.anna, self.cabinet.boris])
        if action == "reply":
            body = {"client_id": uuid4().hex, "text": "Да", "take_over": True}
            answer = await self._call("POST", f"/{dialog['id']}/messages", operator, json=body)
            external_id = dialog["contact"]["external_id"]
            community = UUID(dialog["integration_id"])
            self.replies.append((community, external_id, dialog["id"], answer.json()["id"]))
            return
        calls: dict[str, tuple[str, str, Any]] = {
            "take": ("PUT", "operator", {"operator_id": str(operator)}),
            "close": ("POST", "close", None),
            "reopen": ("POST", "reopen", None),
            "back": ("DELETE", "operator", None),
        }
        method, name, wanted = calls[action]
        await self._call(method, f"/{dialog['id']}/{name}", operator, json=wanted)

    async def _call(self, method: str, path: str, operator: UUID | None = None, **options: Any) -> Any:
        path, headers = f"/api/v1/dialogs{path}", self.headers(operator)
        answer = await self.cabinet.client.request(method, path, headers=headers, **options)
        assert answer.status_code in {200, 202, 409}, answer.text
        return answer

    def headers(self, operator: UUID | None = None, role: Role = Role.SUPERVISOR) -> Any:
        """Who calls."""
        roles = {self.cabinet.project: role}
        name = "Борис" if operator == self.cabinet.boris else "Анна"
        return {
            "Authorization": f"Bearer {KEYS.token(operator or self.cabinet.anna, name=name, roles=roles)}"
        }


@dataclass(frozen=True)
class Wanted:
    """What a report is asked for."""

    first: date
    last: date
    timezone: str
    integration: UUID | None
    operator: UUID | None

    def query(self, project: UUID) -> dict[str, str]:
        named = {
            "project_id": project,
            "from": self.first,
            "to": self.last,
            "timezone": self.timezone,
            "integration_id": self.integration,
            "operator_id": self.operator,
        }
        return {name: str(value) for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class Happened:
    """One fact, as one would note it down by hand."""

    name: str
    at: datetime
    dialog: UUID
    integration: UUID
    operator: UUID | None
    seconds: int | None = None


async def facts_of(cabinet: Cabinet) -> list[Happened]:
    """Note down every fact of the project, of the cases' own times and the messages, and of nothing kept."""
    async with cabinet.service.database.read() as session:
        own = (await session.scalars(select(Dialog).where(Dialog.project_id == cabinet.project))).all()
        cases = (await session.scalars(select(Case).where(Case.project_id == cabinet.project))).all()
        messages = (await session.scalars(select(Message).where(Message.project_id == cabinet.project))).all()
    return [
        fact
        for dialog in own
        for fact in _facts_of_dialog(
            dialog,
            sorted((one for one in cases if one.dialog_id == dialog.id), key=lambda one: one.opened_at),
            [one for one in messages if one.dialog_id == dialog.id],
        )
    ]


def _facts_of_dialog(dialog: Dialog, cases: list[Case], messages: list[Message]) -> Iterable[Happened]:
    at_home = dialog.id, dialog.integration_id
    new = [one for one in messages if one.source != "history"]
    asked = [one for one in new if one.author is Author.CUSTOMER]
    answers = [
        one for one in messages if one.author is not Author.CUSTOMER and one.state is not MessageState.FAILED
    ]
    yield from (
        Happened("sent", one.sent_at, *at_home, one.author_id) for one in answers if one.source != "history"
    )
    after = 0
    for case in cases:
        through = math.inf if case.closed_through is None else case.closed_through
        questions = [one for one in asked if after < one.anchor <= through]
        yield from (Happened("received", one.sent_at, *at_home, case.operator_id) for one in questions)
        yield Happened("opened", case.opened_at, *at_home, case.operator_id)
        if case.closed_at is not None:
            took = _seconds(case.opened_at, case.closed_at)
            yield Happened("closed", case.closed_at, *at_home, case.operator_id, took)
        if questions:
            question = min(questions, key=lambda one: one.anchor)
            mine = [one for one in answers if question.anchor <= (one.answers_through or 0) <= through]
            first = min(mine, key=lambda one: (one.answers_through, one.number or 0), default=None)
            if first is None:
                yield Happened("unanswered", case.opened_at, *at_home, case.operator_id)
            else:
                took = _seconds(question.sent_at, first.sent_at)
                yield Happened("answered", case.opened_at, *at_home, first.author_id, took)
        after = max(after, case.closed_through or 0)
    assert after >= dialog.closed_through


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, math.floor(end.timestamp()) - math.floor(start.timestamp()))


def chosen(facts: list[Happened], wanted: Wanted) -> list[Happened]:
    """Choose what a report is about."""
    zone = ZoneInfo(wanted.timezone)
    return [
        one
        for one in facts
        if wanted.first <= one.at.astimezone(zone).date() <= wanted.last
        and wanted.integration in {None, one.integration}
        and wanted.operator in {None, one.operator}
    ]


def figures(facts: list[Happened]) -> dict[str, Any]:
    """Count the figures."""
    counts = Counter(one.name for one in facts)
    return {
        "cases": {name: counts[name] for name in ("opened", "closed", "unanswered")},
        "messages": {name: counts[name] for name in ("received", "sent")},
        "first_answer": _duration([one.seconds or 0 for one in facts if one.name == "answered"]),
        "resolution": _duration([one.seconds or 0 for one in facts if one.name == "closed"]),
    }


def _duration(seconds: list[int]) -> dict[str, int | None]:
    seconds.sort()

    def value(share: float) -> int | None:
        return seconds[math.ceil(round(share * len(seconds), 6)) - 1] if seconds else None

    return {"count": len(seconds), "median_seconds": value(0.5), "p90_seconds": value(0.9)}


def loads(facts: list[Happened], wanted: Wanted) -> tuple[list[Any], list[Any]]:
    """Count what happened on each day and in each hour."""
    zone, names = ZoneInfo(wanted.timezone), ("opened", "closed", "received", "sent")
    counts: Counter[tuple[Any, str]] = Counter()
    for one in facts:
        local = one.at.astimezone(zone)
        counts.update([(local.date(), one.name), (local.hour, one.name)])
    days = [wanted.first + timedelta(days=number) for number in range((wanted.last - wanted.first).days + 1)]
    by_day = [{"day": str(day), **{name: counts[day, name] for name in names}} for day in days]
    by_hour = [{"hour": hour, **{name: counts[hour, name] for name in names}} for hour in range(24)]
    return by_day, by_hour
