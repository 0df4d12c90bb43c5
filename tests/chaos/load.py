"""The load: VK users who write, administrators who answer in VK, operators who reply and never give up."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.suite import Suite
from tests.support.suite.people import Operator, Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until

USERS = 20
ENDINGS = (" 🙂", " — ну как?", "\nвторая строка", ' <b>"&amp;"</b>', " ＡＢＣ", " שלום", " 👨‍👩‍👧‍👦", "")
SAMPLES = ("photo", "doc", "audio_message", "sticker", "wall")
AGAIN_SECONDS = (0.1, 0.6)


@dataclass(frozen=True)
class Rates:
    """Events per second over all dialogs; an open loop: nobody waits for an answer before the next one."""

    users: float = 15.0
    operators: float = 4.0
    admins: float = 1.0
    edits: float = 1.5
    closings: float = 0.5


@dataclass
class Reply:
    """An operator's reply; written down for the checker as soon as it was accepted."""

    dialog_id: str
    client_id: str
    text: str


@dataclass
class Load:
    """One project with one community and twenty people, and what was promised to each side."""

    suite: Suite
    project: Project
    community: Community
    integration_id: str
    chance: random.Random
    rates: Rates
    users: list[int] = field(default_factory=list)
    dialog_ids: list[str] = field(default_factory=list)
    written: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    refused_by_vk: int = 0
    tries: int = 0
    failures: list[str] = field(default_factory=list)
    _counter: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _queues: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    _busy: set[str] = field(default_factory=set)

    async def open(self) -> None:
        """Let everybody write once, so that there are dialogs to reply to."""
        self.users = [await self.suite.vk.new_user() for _ in range(USERS)]
        await asyncio.gather(*(self._user_writes(user) for user in self.users))

        async def all_there() -> bool:
            page = await self.project.operator.get("/api/v1/dialogs", project_id=self.project.id, limit=100)
            self.dialog_ids = sorted(dialog["id"] for dialog in page["items"])
            return len(self.dialog_ids) == USERS

        await wait_until(all_there, 30, f"{USERS} dialogs")

    async def run(self, *, until: asyncio.Event) -> None:
        """Make events at random moments until told to stop, then let begun ones end."""
        await asyncio.gather(
            self._often(self.rates.users, lambda: self._user_writes(self.chance.choice(self.users)), until),
            self._often(self.rates.admins, self._admin_replies, until),
            self._often(self.rates.edits, self._user_edits, until),
            self._often(self.rates.closings, self._operator_closes, until),
            self._often(self.rates.operators, self._operator_replies, until),
        )

    async def finish(self, timeout_seconds: float) -> None:
        """Wait until everything begun has come to an end; what has not is in `abandoned`."""
        if self._open:
            await asyncio.wait(self._open, timeout=timeout_seconds)
        for task in self._open:
            task.cancel()

    @property
    def abandoned(self) -> list[dict[str, Any]]:
        """Replies that were never accepted."""
        return [vars(reply) for queue in self._queues.values() for reply in queue]

    async def _often(
        self, per_second: float, begin: Callable[[], Coroutine[Any, Any, None]], until: asyncio.Event
    ) -> None:
        while not until.is_set():
            await asyncio.sleep(self.chance.expovariate(per_second))
            task = asyncio.create_task(begin())
            self._open.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures.append(f"the load met {error!r}")

    def _text(self, whose: str) -> str:
        self._counter += 1
        return f"{whose} {self._counter}{self.chance.choice(ENDINGS)}"

    async def _user_writes(self, user: int) -> None:
        text = self._text("вопрос")
        document: dict[str, Any] = {"text": text}
        if self.chance.random() < 0.2:
            document["sample"] = self.chance.sample(SAMPLES, self.chance.randint(1, 3))
        try:
            made = await self.suite.vk.change(self.community, f"users/{user}/messages", document)
        except (httpx.HTTPError, AssertionError):
            self.refused_by_vk += 1  # VK itself was away: nobody was promised anything
            return
        self.written.append({"user": user, "number": made["conversation_message_id"], "text": text})

    async def _admin_replies(self) -> None:
        user, text = self.chance.choice(self.users), self._text("ответ из VK")
        try:
            made = await self.suite.vk.admin_replies(self.community, user, text)
        except (httpx.HTTPError, AssertionError):
            self.refused_by_vk += 1
            return
        self.written.append({"user": user, "number": made["conversation_message_id"], "text": text})

    async def _user_edits(self) -> None:
        """Edit one's own message; when VK died on the way, either text may be what it has."""
        own = [one for one in self.written[-50:] if one["text"].startswith("вопрос") and "edit" not in one]
        if not own:
            return
        written = self.chance.choice(own)
        written["edit"] = self._text("вопрос, точнее")
        path = f"users/{written['user']}/messages/{written['number']}/edit"
        try:
            await self.suite.vk.change(self.community, path, {"text": written["edit"]})
        except (httpx.HTTPError, AssertionError):
            self.refused_by_vk += 1
            return
        written["text"] = written.pop("edit")

    async def _operator_closes(self) -> None:
        dialog_id = self.chance.choice(self.dialog_ids)
        await attempt(self.project.operator, "POST", f"/api/v1/dialogs/{dialog_id}/close")

    async def _operator_replies(self) -> None:
        """Queue a reply; a dialog has one operator at a time, who sends one after the other."""
        dialog_id, text = self.chance.choice(self.dialog_ids), self._text("ответ")
        self._queues[dialog_id].append(Reply(dialog_id, f"c{self._counter}", text))
        if dialog_id in self._busy:
            return
        self._busy.add(dialog_id)
        while self._queues[dialog_id]:
            reply = self._queues[dialog_id][0]
            message = await self._until_accepted(reply)
            self.accepted.append({**vars(reply), "message_id": message["id"]})
            self._queues[dialog_id].pop(0)
        self._busy.discard(dialog_id)

    async def _until_accepted(self, reply: Reply) -> dict[str, Any]:
        document = {"client_id": reply.client_id, "text": reply.text}
        while True:
            self.tries += 1
            path = f"/api/v1/dialogs/{reply.dialog_id}/messages"
            answer = await attempt(self.project.operator, "POST", path, document)
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                message: dict[str, Any] = answer.json()
                return message
            await asyncio.sleep(self.chance.uniform(*AGAIN_SECONDS))


async def attempt(operator: Operator, method: str, path: str, document: Any = None) -> httpx.Response | None:
    """Make a call once; None when no answer came, or only one that says to come again."""
    try:
        answer = await operator.request(method, path, document)
    except (httpx.HTTPError, AssertionError):
        return None
    assert answer.status_code not in {400, 403, 404, 422}, f"{method} {path}: {answer.text}"
    return answer if answer.is_success else None


async def all_pages(
    project: Project, path: str, cursor_name: str, *, backwards: bool = False, **parameters: str
) -> list[dict[str, Any]]:
    """Read a list to its end."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = {cursor_name: cursor} if cursor else {}
        page = await project.operator.get(path, limit=100, **parameters, **more)
        items = page["items"] + items if backwards else items + page["items"]
        cursor = page.get("next_cursor")
        if not cursor:
            return items
