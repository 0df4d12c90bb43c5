"""Calling VK's API. The only place that knows its envelopes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from shared.http.client import HttpClient, Unreachable
from shared.runtime.world import World
from vk_gateway.vk.failures import VkError, VkUnclear

API_VERSION = "5.199"
HTTP_OK = 200


class Vk:
    """VK's methods, called with a community's key."""

    def __init__(self, url: str, client: HttpClient, *, timeout_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._timeout_seconds = timeout_seconds

    async def call(self, method: str, key: str, parameters: Mapping[str, str | int]) -> Any:
        """Call a method and return its `response`.

        Raises VkError when VK says no, VkUnclear when nobody can tell what happened.
        """
        return (await self.answer(method, key, parameters))["response"]

    async def answer(self, method: str, key: str, parameters: Mapping[str, str | int]) -> dict[str, Any]:
        """Call a method and return the whole answer: `response`, and `execute_errors` of `execute`.

        Raises as `call` does.
        """
        form = {name: str(value) for name, value in parameters.items()} | {"v": API_VERSION}
        headers = {"Authorization": f"Bearer {key}"}
        try:
            # The client's own time-outs are for each part; an answer that drips would never end.
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._client.request(
                    "POST", f"{self._url}/{method}", headers=headers, form=form
                )
        except Unreachable as error:
            raise VkUnclear(method, str(error), sent=error.sent) from error
        except TimeoutError:
            raise VkUnclear(method, "no answer in time", sent=True) from None
        if answer.status != HTTP_OK:
            raise VkUnclear(method, f"HTTP {answer.status}", sent=True)
        try:
            document = answer.json()
        except ValueError:
            raise VkUnclear(method, "not JSON", sent=True) from None
        if isinstance(document, dict) and "response" in document:
            return document
        try:
            failure = document["error"]
            code, text = int(failure["error_code"]), str(failure.get("error_msg", ""))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise VkUnclear(method, "neither response nor error", sent=True) from None
        raise VkError(method, code, text)


class Pace:
    """Keeps the calls of one community below VK's limit, first come first served; live ones go first.

    A live call may come a little early, so that one in the background that has just been made delays it by
    nothing. Calls in the background take every other place at most, and only places that nobody waits for.
    """

    def __init__(self, per_second: float, world: World) -> None:
        self._gap_seconds = 1 / per_second
        self._world = world
        self._next_at = 0.0

    async def turn(self) -> None:
        """Wait for this call's moment."""
        now = self._world.monotonic()
        at = max(now, self._next_at - self._gap_seconds)
        self._next_at = max(now, self._next_at) + self._gap_seconds
        if at > now:
            await asyncio.sleep(at - now)

    async def spare_turn(self) -> None:
        """Wait for a moment that no live call needs."""
        while True:
            wait = self._next_at + self._gap_seconds - self._world.monotonic()
            if wait <= 0:
                break
            # A live call may take the place meanwhile.
            await asyncio.sleep(wait)
        self._next_at = self._world.monotonic() + self._gap_seconds

    @property
    def is_pressed(self) -> bool:
        """Whether calls wait for their turns: what can be left undone should be."""
        return self._next_at - self._world.monotonic() > 2 * self._gap_seconds

    def pause(self, seconds: float) -> None:
        """Let nobody call for a while, e.g. after error 6."""
        self._next_at = max(self._next_at, self._world.monotonic() + seconds)


class CommunityApi:
    """VK's methods for one community: its key, its pace."""

    def __init__(
        self,
        vk: Vk,
        key: str,
        community_id: int,
        pace: Pace,
        *,
        on_refused: Callable[[VkError], None] | None = None,
    ) -> None:
        """Call with a key; `on_refused` hears every error of VK's."""
        self._vk = vk
        self._key = key
        self._on_refused = on_refused
        self.community_id = community_id
        self.pace = pace

    @property
    def unheard(self) -> "CommunityApi":
        """The same, with nobody to hear VK's errors but the caller."""
        return CommunityApi(self._vk, self._key, self.community_id, self.pace)

    async def call(self, method: str, **parameters: str | int) -> Any:
        """Wait for a turn and call a method; see `Vk.call`."""
        await self.pace.turn()
        return await self.call_now(method, **parameters)

    async def call_in_background(self, method: str, **parameters: str | int) -> Any:
        """Call a method when nothing live needs the community's turns; see `Vk.call`."""
        await self.pace.spare_turn()
        return await self.call_now(method, **parameters)

    async def call_now(self, method: str, **parameters: str | int) -> Any:
        """Call a method for which the caller has waited for a turn already."""
        return (await self._answer(method, parameters))["response"]

    async def execute_now(self, code: str, arguments: Mapping[str, str | int]) -> tuple[Any, list[Any]]:
        """Run a script, as `call_now`. Returns its response, and the errors of the calls in it."""
        answer = await self._answer("execute", {**arguments, "code": code})
        errors = answer.get("execute_errors")
        return answer["response"], errors if isinstance(errors, list) else []

    async def _answer(self, method: str, parameters: Mapping[str, str | int]) -> dict[str, Any]:
        try:
            return await self._vk.answer(method, self._key, parameters)
        except VkError as error:
            if self._on_refused is not None:
                self._on_refused(error)
            raise
