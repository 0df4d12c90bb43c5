"""Lives of integrations while everything is killed: connected, imported, deleted, connected again.

A person who connects does what people do: begins again when a page does not come back. What VK's users and
operators did meanwhile is written down for `tests.chaos.checker_of_lives`.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.chaos.load import attempt
from tests.chaos.patience import at_leisure, pause
from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until

PAST = {"dialogs": 5, "messages_each": 30, "days": 60}
PATIENCE_SECONDS = 90.0
TRIES = 40
WRITING_SECONDS = (0.2, 0.8)
LINGER_SECONDS = (0.0, 5.0)
CONNECTIONS = "/api/v1/vk/connections"
Document = dict[str, Any]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Plan:
    """What becomes of a community that is connected with all of its history."""

    name: str
    by_consent: bool = False
    is_deleted: bool = False
    begins_again: bool = False

    @property
    def ends_living(self) -> bool:
        """Whether it is connected in the end."""
        return self.begins_again or not self.is_deleted


STAYS = Plan("stays")
ENDS = Plan("ends", is_deleted=True)
BEGINS_AGAIN = Plan("begins again", by_consent=True, is_deleted=True, begins_again=True)


class Life:
    """One community from its past at VK to the end of its plan."""

    def __init__(
        self,
        suite: Suite,
        project: Project,
        chance: random.Random,
        plan: Plan,
        faults: Sequence[Document] = (),
    ) -> None:
        self.name = f"{plan.name} {next(_numbers)}"
        self.plan = plan
        self.integration_id: str | None = None
        self.gone_at: float | None = None
        self.past: dict[str, int] = {}
        self.seen: list[str] = []
        self.written: list[Document] = []
        self.silent: list[Document] = []
        self.replies: list[Document] = []
        self.connections: list[str] = []
        self._suite = suite
        self._project = project
        self._chance = chance
        self._faults = faults
        self._community: Community | None = None
        self._is_silent = False
        self._replying = asyncio.Lock()

    @property
    def community(self) -> Community:
        """The community, once VK has it."""
        assert self._community is not None, f"{self.name}: VK was never there"
        return self._community

    async def run(self) -> None:
        """Live, while people write and operators answer."""
        await self._until(self._begin, "a community with a past")
        ended = asyncio.Event()
        writing = asyncio.create_task(self._write(ended))
        try:
            await self._connect(by_consent=self.plan.by_consent)
            await pause(self._chance.uniform(*LINGER_SECONDS), ended)
            if self.plan.is_deleted:
                await self._delete()
            if self.plan.begins_again:
                await self._connect(by_consent=self._chance.random() < 0.5)
                await pause(self._chance.uniform(*LINGER_SECONDS), ended)
        finally:
            ended.set()
            await writing

    async def _until(self, look: Any, what: str) -> None:
        await wait_until(at_leisure(look), PATIENCE_SECONDS, f"{self.name}: {what}")

    async def _begin(self) -> bool:
        """Let VK have a community with people who wrote long ago."""
        vk = self._suite.vk
        if self._community is None:
            self._community = await vk.new_community(f"Жизнь «{self.name}»")
        if not (await vk.call("GET", f"/communities/{self.community.id}/dialogs"))["items"]:
            await vk.change(self.community, "history", PAST)
        people = await vk.call("GET", f"/communities/{self.community.id}/dialogs")
        for person in people["items"]:
            user = int(person["user"]["id"])
            self.past[str(user)] = len(await vk.ledger(self.community, user))
        for fault in self._faults:
            await vk.change(self.community, "faults", fault)
        return True

    async def _connect(self, *, by_consent: bool) -> None:
        async def connected() -> bool:
            connection_id = await (self._by_consent() if by_consent else self._by_key())
            if connection_id is None or not await self._save(connection_id):
                return False
            self.connections.append(connection_id)
            return True

        await self._until(connected, "connected")

    async def _by_key(self) -> str | None:
        document = {"project_id": self._project.id, "method": "key", "key": self.community.key}
        made = await attempt(self._project.operator, "POST", CONNECTIONS, document)
        return None if made is None else made.json()["id"]

    async def _by_consent(self) -> str | None:
        """Go through VK's pages once; None when anything came between."""
        operator = self._project.operator
        made = await attempt(
            operator, "POST", CONNECTIONS, {"project_id": self._project.id, "method": "oauth"}
        )
        if made is None or not await self._consent(made.json()["authorize_url"], "identified"):
            return None
        connection_id: str = made.json()["id"]
        path = f"{CONNECTIONS}/{connection_id}/communities"
        chosen = await operator.request("POST", path, {"community_ids": [self.community.id]})
        if not chosen.is_success or not await self._consent(chosen.json()["authorize_url"], "given"):
            return None
        return connection_id

    async def _consent(self, page: str, outcome: str) -> bool:
        """Press "allow" on VK's page and follow the way back; whether that is what came of it."""
        parts = urlsplit(page)
        form = {"query": parts.query, "person": str(self.community.admin_id), "decision": "allow"}
        http = self._project.operator.http
        pressed = await http.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form)
        if pressed.status_code != httpx.codes.SEE_OTHER:
            return False
        landed = await http.get(pressed.headers["location"])
        # A page of the gateway's own says it in its path, the cabinet's in the query.
        back = urlsplit(landed.headers.get("location", ""))
        return parse_qs(back.query).get("outcome", [back.path.rpartition("/")[2]]) == [outcome]

    async def _save(self, connection_id: str) -> bool:
        """Press Save again and again; whether it was taken."""
        document = {
            "project_id": self._project.id,
            "channel": "vk",
            "connection_id": connection_id,
            "community_id": self.community.id,
            "history": "all",
        }
        self._is_silent = False
        for _ in range(TRIES):
            answer = await attempt(self._project.operator, "POST", "/api/v1/integrations", document)
            if answer is not None:
                self.integration_id = answer.json()["id"]
                return True
            await asyncio.sleep(self._chance.uniform(*WRITING_SECONDS))
        return False

    async def _delete(self) -> None:
        """Delete, maybe in the middle of connecting or importing; then people write to nobody."""
        await self._until(self._read, "read before the end")
        path = f"/api/v1/integrations/{self.integration_id}"

        async def deleted() -> bool:
            return await attempt(self._project.operator, "DELETE", path) is not None

        await self._until(deleted, "deleted")
        if self.plan.begins_again and self._chance.random() < 0.5:
            return
        await self._until(self._is_gone, "gone from VK and from the cabinet")
        self.gone_at, self._is_silent = time.time(), True
        for user in self.past:
            await self._user_writes(user)
            await self._operator_replies(user)

    async def _read(self) -> bool:
        for dialog in (await self.dialogs())[:3]:
            page = await self._project.operator.get(f"/api/v1/dialogs/{dialog['id']}/messages")
            self.seen += [message["id"] for message in page["items"]]
        return True

    async def _is_gone(self) -> bool:
        shown = {dialog["can_reply"]["reason"] for dialog in await self.dialogs()}
        assert shown <= {"integration_deleted"}, shown
        servers = (await self._suite.vk.look(self.community))["callback_servers"]
        assert not servers, servers
        return True

    async def dialogs(self) -> list[Document]:
        """The integration's dialogs, closed ones too."""
        found: list[Document] = []
        for tab in ("all", "closed"):
            page = await self._project.operator.get(
                "/api/v1/dialogs", project_id=self._project.id, tab=tab, limit=100
            )
            assert "next_cursor" not in page or page["next_cursor"] is None, "more dialogs than a page"
            found += page["items"]
        return [dialog for dialog in found if dialog["integration_id"] == self.integration_id]

    async def _write(self, until: asyncio.Event) -> None:
        while not until.is_set():
            user = self._chance.choice(list(self.past))
            await self._user_writes(user)
            if self.integration_id is not None and self._chance.random() < 0.4:
                await self._operator_replies(user)
            await pause(self._chance.uniform(*WRITING_SECONDS), until)

    async def _user_writes(self, user: str) -> None:
        text, silent = f"вопрос «{self.name}» {next(_numbers)}", self._is_silent
        try:
            made = await self._suite.vk.user_writes(self.community, int(user), text)
        except (httpx.HTTPError, AssertionError):
            return
        written = {"user": int(user), "number": made["conversation_message_id"], "text": text}
        self.written.append(written)
        if silent and self._is_silent:
            self.silent.append(written)

    async def _operator_replies(self, user: str) -> None:
        """Reply until it is accepted or refused; what nobody knows of has no `message_id`."""
        try:
            dialogs = [one for one in await self.dialogs() if one["contact"]["external_id"] == user]
        except (httpx.HTTPError, AssertionError):
            return
        if not dialogs:
            return
        async with self._replying:
            number = next(_numbers)
            document = {"client_id": f"l{number}", "text": f"ответ «{self.name}» {number}"}
            reply: Document = {"dialog_id": dialogs[0]["id"], **document, "message_id": None}
            self.replies.append(reply)
            await self._until_answered(reply, document)

    async def _until_answered(self, reply: Document, document: Document) -> None:
        silent = self._is_silent
        for _ in range(TRIES):
            await asyncio.sleep(self._chance.uniform(0, WRITING_SECONDS[0]))
            try:
                path = f"/api/v1/dialogs/{reply['dialog_id']}/messages"
                answer = await self._project.operator.request("POST", path, document)
            except (httpx.HTTPError, AssertionError):
                continue
            if answer.status_code == httpx.codes.ACCEPTED:
                reply["message_id"] = answer.json()["id"]
                reply["is_late"] = silent and self._is_silent
                return
            if answer.status_code == httpx.codes.CONFLICT:
                return
