"""What can be tried with the way to VK and back: each attack gives its connection, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.runtime.world import SystemClock
from tests.services.vk_gateway.conftest import Gateway
from tests.services.vk_gateway.consenting import BORIS, RETURN, Browser, asked, changed, says

CRANE, COFFEE, BICYCLES = 218450917, 224906318, 231175204
GUESSED = "A" * 43


class MovedClock(SystemClock):
    """The machine's clock, put forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Stage:
    """A gateway, browsers before it, and VK behind it."""

    gateway: Gateway
    clock: MovedClock

    def browser(self, project_id: UUID | None = None, **more: Any) -> Browser:
        return Browser(self.gateway, project_id or uuid4(), **more)

    async def trouble(self, kind: str, **options: Any) -> None:
        await self.gateway.vk.call("POST", "/app/faults", json={"kind": kind, "times": 1, **options})

    async def consenting(self, browser: Browser, *community_ids: int) -> tuple[str, str]:
        """Be about to say yes to communities; give the connection's id and VK's page."""
        connection_id = await browser.identified()
        return connection_id, await browser.choose(connection_id, *(community_ids or (CRANE,)))


Came = tuple[str, str]


@dataclass
class Attack:
    """Something tried, and what must come of it: the page that is shown, the state that is left."""

    do: Callable[[Stage], Awaitable[Came]]
    outcome: str
    state: str


ATTACKS: list[Attack] = []


def ends(outcome: str, state: str) -> Callable[[Callable[[Stage], Awaitable[Came]]], Any]:
    def keep(do: Callable[[Stage], Awaitable[Came]]) -> Any:
        ATTACKS.append(Attack(do, outcome, state))
        return do

    return keep


# ---- replay ----


@ends("already_used", "choosing")
async def identity_twice(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    address = await says(page)
    await browser.land(address)
    return connection_id, await browser.land(address)


@ends("already_used", "ready")
async def communities_twice(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    address = await says(page)
    await browser.land(address)
    return connection_id, await browser.land(address)


@ends("already_used", "cancelled")
async def cancelled_then_allowed(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    await browser.land(await says(page, "cancel"))
    return connection_id, await browser.land(await says(page))


@ends("already_used", "choosing")
async def replayed_elsewhere(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    address = await says(page)
    await browser.land(address)
    return connection_id, await stage.browser().land(address)


@ends("already_used", "choosing")
async def twice_at_once(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    address = await says(page)
    came = await asyncio.gather(*(browser.land(address) for _ in range(8)))
    assert sorted(came) == ["already_used"] * 7 + ["identified"]
    return connection_id, "already_used"


@ends("code_refused", "failed")
async def spent_code_of_identity(stage: Stage) -> Came:
    browser = stage.browser()
    _, first = await browser.begin()
    used = await says(first)
    await browser.land(used)
    connection_id, second = await browser.begin()
    return connection_id, await browser.land(changed(used, state=asked(second)["state"]))


@ends("code_refused", "failed")
async def spent_code_of_communities(stage: Stage) -> Came:
    browser = stage.browser()
    _, first = await stage.consenting(browser)
    used = await says(first)
    await browser.land(used)
    connection_id, second = await stage.consenting(browser)
    return connection_id, await browser.land(changed(used, state=asked(second)["state"]))


@ends("already_used", "consenting")
async def page_left_for_a_newer_one(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, older = await stage.consenting(browser)
    await browser.choose(connection_id, COFFEE)
    return connection_id, await browser.land(await says(older))


# ---- swapped ----


@ends("other_step", "failed")
async def identity_at_the_communities_door(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await browser.land((await says(page)).replace("/identity?", "/communities?"))


@ends("other_step", "failed")
async def communities_at_the_identity_door(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    address = changed((await says(page)).replace("/communities?", "/identity?"), device_id="device")
    return connection_id, await browser.land(address)


@ends("code_refused", "failed")
async def code_of_identity_for_communities(stage: Stage) -> Came:
    browser = stage.browser()
    code = asked(await says((await browser.begin())[1]))["code"]
    connection_id, page = await stage.consenting(browser)
    return connection_id, await browser.land(changed(await says(page), code=code))


@ends("code_refused", "failed")
async def code_of_communities_for_identity(stage: Stage) -> Came:
    browser = stage.browser()
    _, consent = await stage.consenting(browser)
    code = asked(await says(consent))["code"]
    connection_id, page = await browser.begin()
    return connection_id, await browser.land(changed(await says(page), code=code))


@ends("code_refused", "failed")
async def stolen_code(stage: Stage) -> Came:
    """The victim's code in the thief's own connection: the proof key is another one."""
    code = await says((await stage.browser().begin())[1])
    thief = stage.browser()
    connection_id, page = await thief.begin()
    return connection_id, await thief.land(changed(code, state=asked(page)["state"]))


@ends("code_refused", "failed")
async def planted_code(stage: Stage) -> Came:
    """The attacker's code in the victim's connection."""
    code = await says((await stage.browser().begin())[1], person=118827)
    victim = stage.browser()
    connection_id, page = await victim.begin()
    return connection_id, await victim.land(changed(code, state=asked(page)["state"]))


@ends("code_refused", "failed")
async def codes_of_two_tabs(stage: Stage) -> Came:
    browser = stage.browser()
    (connection_id, left), (_, right) = await browser.begin(), await browser.begin()
    return connection_id, await browser.land(changed(await says(right), state=asked(left)["state"]))


@ends("foreign_community", "failed")
async def code_for_another_community(stage: Stage) -> Came:
    browser, other = stage.browser(), stage.browser()
    connection_id, page = await stage.consenting(browser, CRANE)
    _, foreign = await stage.consenting(other, COFFEE)
    return connection_id, await browser.land(changed(await says(foreign), state=asked(page)["state"]))


@ends("foreign_community", "failed")
async def code_for_more_communities(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser, CRANE)
    more = changed(page, group_ids=f"{CRANE},{BICYCLES}")
    return connection_id, await browser.land(await says(more))


# ---- refused, cancelled ----


@ends("cancelled", "cancelled")
async def cancelled_at_identity(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await browser.land(await says(page, "cancel"))


@ends("cancelled", "cancelled")
async def cancelled_at_communities(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    return connection_id, await browser.land(await says(page, "cancel"))


@ends("cancelled", "cancelled")
async def error_beside_a_code(stage: Stage) -> Came:
    return await _identity_with(stage, error="access_denied")


@ends("refused_by_vk", "failed")
async def trouble_at_vk(stage: Stage) -> Came:
    return await _identity_with(stage, error="server_error", code=None)


@ends("refused_by_vk", "failed")
async def denied_by_vk_itself(stage: Stage) -> Came:
    return await _identity_with(stage, error="access_denied", error_reason="not_an_administrator")


@ends("app_refused", "failed")
async def scope_not_granted(stage: Stage) -> Came:
    return await _identity_with(stage, error="invalid_scope", code=None)


@ends("unknown_link", "authorizing")
async def error_without_state(stage: Stage) -> Came:
    return await _identity_with(stage, error="access_denied", state=None)


# ---- somebody else ----


@ends("other_browser", "failed")
async def another_browser(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await stage.browser(browser.project_id).land(await says(page))


@ends("other_browser", "failed")
async def another_browser_on_its_own_way(stage: Stage) -> Came:
    browser, other = stage.browser(), stage.browser()
    await other.begin()
    connection_id, page = await browser.begin()
    return connection_id, await other.land(await says(page))


@ends("unknown_link", "authorizing")
async def somebody_elses_way_changes_nothing_of_mine(stage: Stage) -> Came:
    """An attacker's address, opened by a victim who is connecting: the victim's way goes on."""
    victim, attacker = stage.browser(), stage.browser()
    connection_id, _ = await victim.begin()
    assert await victim.land(await says((await attacker.begin())[1])) == "other_browser"
    return connection_id, await victim.land(f"{RETURN}/identity")


@ends("other_browser", "failed")
async def communities_in_another_browser(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    return connection_id, await stage.browser(browser.project_id).land(await says(page))


@ends("other_operator", "failed")
async def another_operator(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    browser.session, browser.operator_id = "session-of-boris", BORIS
    came = await browser.land(await says(page))
    browser.session, browser.operator_id = "session-of-anna", UUID(int=1)
    return connection_id, came


@ends("other_operator", "failed")
async def signed_out_meanwhile(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    browser.session = None
    return connection_id, await browser.land(await says(page))


# ---- states and codes that are none ----


@ends("unknown_link", "authorizing")
async def nothing_at_all(stage: Stage) -> Came:
    connection_id, _ = await (browser := stage.browser()).begin()
    return connection_id, await browser.land(f"{RETURN}/identity")


@ends("unknown_link", "authorizing")
async def guessed_state(stage: Stage) -> Came:
    return await _identity_with(stage, state=GUESSED)


@ends("unknown_link", "authorizing")
async def empty_state(stage: Stage) -> Came:
    return await _identity_with(stage, state="")


@ends("unknown_link", "authorizing")
async def endless_state(stage: Stage) -> Came:
    return await _identity_with(stage, state="A" * 20_000)


@ends("unknown_link", "authorizing")
async def state_with_a_line_break(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    address = await says(page)
    return connection_id, await browser.land(changed(address, state=asked(page)["state"] + "\n"))


@ends("unknown_link", "authorizing")
async def two_states(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    return connection_id, await browser.land(f"{await says(page)}&state={GUESSED}")


@ends("unknown_link", "authorizing")
async def wrong_state_from_vk(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    await stage.trouble("oauth_wrong_state")
    return connection_id, await browser.land(await says(page))


@ends("incomplete", "failed")
async def no_code(stage: Stage) -> Came:
    return await _identity_with(stage, code=None)


@ends("incomplete", "failed")
async def no_device(stage: Stage) -> Came:
    return await _identity_with(stage, device_id=None)


@ends("incomplete", "failed")
async def endless_code(stage: Stage) -> Came:
    return await _identity_with(stage, code="c" * 20_000)


@ends("incomplete", "failed")
async def two_codes(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    return connection_id, await browser.land(f"{await says(page)}&code=another")


@ends("incomplete", "failed")
async def implicit_token_instead_of_a_code(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    address = changed(await says(page), code=None, **{f"access_token_{CRANE}": "vk1.a.planted"})
    return connection_id, await browser.land(address)


async def _identity_with(stage: Stage, **parameters: str | None) -> Came:
    """Come back from VK ID with other parameters than VK gave."""
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await browser.land(changed(await says(page), **parameters))
