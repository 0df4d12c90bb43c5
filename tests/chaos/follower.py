"""A client of the live feed that is cut again and again, and resumes with Last-Event-ID."""

import asyncio
import contextlib
import json
import random
from typing import Any

import httpx

from tests.support.suite.people import Operator

PATH = "/api/v1/dialogs/changes"
SILENCE_SECONDS_MAX = 20.0
AGAIN_SECONDS = 0.2
LISTENING_SECONDS = (1.0, 8.0)


class Follower:
    """Follows one project from its first change on; hangs up by itself now and then."""

    def __init__(self, operator: Operator, project_id: str, chance: random.Random) -> None:
        self.connections = 0
        self.numbers: list[int] = []
        self.resets: list[str] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self._operator = operator
        self._project_id = project_id
        self._chance = chance
        self._last_event_id = ""

    async def follow(self, *, until: asyncio.Event) -> None:
        """Listen until told to stop; a lost connection, a refusal or a silence only means to come again."""
        while not until.is_set():
            with contextlib.suppress(httpx.HTTPError, TimeoutError, AssertionError):
                async with asyncio.timeout(self._chance.uniform(*LISTENING_SECONDS)):
                    await self._listen()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        begin = {"Last-Event-ID": self._last_event_id} if self._last_event_id else {}
        parameters = {"project_id": self._project_id} | ({} if begin else {"after": "0"})
        timeout = httpx.Timeout(10.0, read=SILENCE_SECONDS_MAX)
        async with self._operator.http.stream(
            "GET", PATH, params=parameters, headers=begin, timeout=timeout
        ) as answer:
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                await self._operator.http.post("/api/v1/accounts/session/refresh")
            assert answer.status_code == httpx.codes.OK
            self.connections += 1
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                else:
                    self._take(fields)
                    fields = {}

    def _take(self, fields: dict[str, str]) -> None:
        """Keep one event; like a browser, its id counts once it has come whole."""
        self._last_event_id = fields.get("id", self._last_event_id)
        if fields.get("event") == "reset":
            self.resets.append(json.loads(fields["data"])["reason"])
        if fields.get("event") != "change":
            return
        change = json.loads(fields["data"])
        self.numbers.append(change["number"])
        if change["kind"] == "message_changed":
            self.messages[change["message"]["id"]] = change["message"]
        elif change["kind"] == "message_removed":
            self.messages.pop(change["message_id"], None)
