"""Connecting through VK: who the person is, which communities, and VK's keys for them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from embedded.emulator import APP_SECRET
from shared.database.session import Session
from shared.events.audit import ActionRecorded
from shared.http import oauth
from shared.runtime.world import World
from tests.services.vk_gateway.conftest import Emulator, Gateway, a_gateway
from tests.services.vk_gateway.consent_attacks import MovedClock
from tests.services.vk_gateway.consenting import ADMIN, RETURN, Browser, asked, says
from tests.support.signing import TestKeys
from vk_gateway.authorizations.rules import Outcome
from vk_gateway.connections.actions import expire_connections, key_of
from vk_gateway.tables import Base, Connection, ConnectionCommunity


async def app(gateway: Gateway, method: str, path: str = "", body: Any = None) -> Any:
    return await gateway.vk.call(method, f"/app{path}", json=body)


async def everything_kept(gateway: Gateway) -> str:
    """Every value of every row, to look for what must not be there."""
    async with gateway.service.database.read() as session:
        rows = [(await session.execute(select(table))).all() for table in Base.metadata.sorted_tables]
    return str(rows)


async def key_in(session: Session, gateway: Gateway, connection_id: str, community_id: int) -> str | None:
    return await key_of(session, gateway.service.api.state.vault, UUID(connection_id), community_id)


@pytest.mark.parametrize("shape", ["groups", "named"])
async def test_one_consent_gives_keys_of_several_communities(gateway: Gateway, shape: str) -> None:
    await app(gateway, "POST", "", {"token_shape": shape, "groups_scope": "granted"})
    browser = Browser(gateway, uuid4())
    bakery, cafe = await gateway.vk.community("Пекарня"), await gateway.vk.community("Кафе")
    owner = bakery["admin_id"]
    await gateway.vk.call("POST", f"/communities/{cafe['id']}/admins/{owner}/level", json={"level": 3})
    connection_id, page = await browser.begin()

    came_of_it = await browser.land(await says(page, person=owner))
    choosing = await browser.shown(connection_id)
    consent = await browser.choose(connection_id, bakery["id"], cafe["id"])
    consenting = await browser.shown(connection_id)
    given = await browser.land(await says(consent, person=owner))
    ready = await browser.shown(connection_id)

    assert (came_of_it, given) == ("identified", "given")
    assert asked(page)["code_challenge_method"] == "S256"
    assert asked(consent)["group_ids"] == ",".join(str(one) for one in sorted([bakery["id"], cafe["id"]]))
    assert [one["state"] for one in (choosing, consenting, ready)] == ["choosing", "consenting", "ready"]
    assert choosing["person"]["id"] == owner
    assert choosing["lists_communities"] is True
    found = (await browser.good("GET", f"/{connection_id}?q=пЕК"))["communities"]
    assert [one["name"] for one in found] == ["Пекарня"]
    offered = {one["name"]: one["is_admin"] for one in choosing["communities"]}
    assert offered == {"Пекарня": True, "Кафе": True}
    assert {one["community_id"] for one in ready["communities"]} == {bakery["id"], cafe["id"]}
    async with gateway.service.database.read() as session:
        keys = {await key_in(session, gateway, connection_id, one["id"]) for one in (bakery, cafe)}
    assert None not in keys
    assert len(keys) == 2
    said = [event.action for event in await gateway.said(ActionRecorded)]
    assert said == ["vk.consent_identified", "vk.consent_given"]


async def test_the_persons_token_is_gone_at_vk_and_was_never_kept(gateway: Gateway) -> None:
    await app(gateway, "POST", "", {"groups_scope": "granted"})
    browser = Browser(gateway, uuid4())

    page = (await browser.begin())[1]
    address = await says(page)
    code = asked(address)["code"]
    assert await browser.land(address) == "identified"

    sessions = (await app(gateway, "GET", "/sessions"))["items"]
    kept = await everything_kept(gateway)
    assert [one for one in sessions if one["user_id"] == ADMIN and not one.get("ended")] == []
    assert code not in kept
    assert APP_SECRET not in page + kept
    assert "vk2.a." not in kept
    assert "vk1.a." not in kept


async def test_without_the_scope_a_link_names_the_community(gateway: Gateway) -> None:
    await app(gateway, "POST", "", {"groups_scope": "dropped"})
    made = {"name": "Школа", "screen_name": "shkola_tanca"}
    community = await gateway.vk.call("POST", "/communities", json=made)
    browser = Browser(gateway, uuid4())
    connection_id, page = await browser.begin()
    await browser.land(await says(page, person=community["admin_id"]))
    before = await browser.shown(connection_id)
    too_many = {"kind": "api_error", "code": 6, "method": "groups.getById", "times": 1}
    await app(gateway, "POST", "/faults", too_many)

    found = [
        await browser.good("POST", f"/{connection_id}/resolve", {"link": link})
        for link in (
            "https://vk.com/shkola_tanca?from=search",
            "m.vk.ru/shkola_tanca/",
            "@shkola_tanca",
            f"vk.me/club{community['id']}",
            f"https://vk.ru/im?sel=-{community['id']}",
        )
    ]
    consent = await browser.choose(connection_id, community["id"])
    given = await browser.land(await says(consent, person=community["admin_id"]))

    assert (before["lists_communities"], before["communities"]) == (False, [])
    assert {(one["community_id"], one["name"], one["is_admin"]) for one in found} == {
        (community["id"], "Школа", None)
    }
    assert given == "given"
    assert [one["is_admin"] for one in (await browser.shown(connection_id))["communities"]] == [True]


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://vk.com.evil.example/paper_crane", "link_not_understood"),
        ("https://vk.com@evil.example/paper_crane", "link_not_understood"),
        ("javascript:alert(1)//vk.com/x", "link_not_understood"),
        ("https://vk.com/", "link_not_understood"),
        ("бумажный журавль", "link_not_understood"),
        ("vk.com/nobody_has_this_name", "community_not_found"),
        ("vk.com/club999999999", "community_not_found"),
        ("vk.com/id90412", "community_not_found"),
    ],
)
async def test_a_link_that_leads_to_no_community_is_refused(gateway: Gateway, link: str, code: str) -> None:
    await app(gateway, "POST", "", {"groups_scope": "dropped"})
    browser = Browser(gateway, uuid4())
    connection_id = await browser.identified()

    answer = await browser.call("POST", f"/{connection_id}/resolve", {"link": link})

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_what_a_person_does_not_administer_cannot_be_chosen(gateway: Gateway) -> None:
    """VK listed what they administer, so another community's link is positive evidence."""
    await app(gateway, "POST", "", {"groups_scope": "granted"})
    foreign = await gateway.vk.community("Чужое")
    browser = Browser(gateway, uuid4())
    connection_id = await browser.identified()
    found = await browser.good("POST", f"/{connection_id}/resolve", {"link": f"vk.ru/club{foreign['id']}"})

    answer = await browser.call("POST", f"/{connection_id}/communities", {"community_ids": [foreign["id"]]})

    assert found["is_admin"] is False
    assert (answer.status_code, answer.json()["code"]) == (422, "not_community_admin")


async def test_people_go_on_to_the_address_of_the_settings_with_what_came_of_it(
    emulator: Emulator, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), return_url="/cabinet/connected?tab=vk") as gateway:
        browser = Browser(gateway, uuid4())
        connection_id, page = await browser.begin()

        known = await browser.request("GET", await says(page))
        unknown = await browser.request("GET", f"{RETURN}/identity?state=nobodys")

    expected = f"/cabinet/connected?tab=vk&outcome=identified&connection={connection_id}"
    assert known.headers["location"] == expected
    assert unknown.headers["location"] == "/cabinet/connected?tab=vk&outcome=unknown_link"


ACCEPTED = {
    "ru-RU,ru;q=0.9,en;q=0.8": "ru",
    "en-GB,en;q=0.9": "en",
    "de-DE,en;q=0.7,ru;q=0.3": "en",
    "fr,ru;q=0.4,en;q=broken": "ru",
    "": "ru",
}


async def test_every_outcome_has_its_words_in_both_languages(gateway: Gateway) -> None:
    browser = Browser(gateway, uuid4())

    async def page(outcome: str, accepted: str) -> httpx.Response:
        headers = {"Accept-Language": accepted}
        return await browser.request("GET", f"{RETURN}/outcomes/{outcome}", headers=headers)

    spoken = {accepted: (await page("given", accepted)).headers["content-language"] for accepted in ACCEPTED}
    titles = [
        re.findall("<h1>(.+)</h1>", (await page(outcome, language)).text)[0]
        for language in ("ru", "en")
        for outcome in Outcome
    ]

    assert spoken == ACCEPTED
    assert len(set(titles)) == 2 * len(Outcome)
    russian = [re.search("[а-я]", title) is not None for title in titles]
    assert russian == [True] * len(Outcome) + [False] * len(Outcome)


async def test_without_an_application_people_are_told(emulator: Emulator, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), vk_app_id="") as gateway:
        browser = Browser(gateway, uuid4())

        answer = await browser.call("POST", "", {"project_id": str(browser.project_id), "method": "oauth"})

    assert (answer.status_code, answer.json()["code"]) == (422, "oauth_not_configured")


async def test_what_nobody_used_for_a_day_is_over_and_its_keys_are_erased(
    emulator: Emulator, tmp_path: Path
) -> None:
    clock = MovedClock()
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), world=World(clock)) as gateway:
        browser = Browser(gateway, uuid4())
        community = await emulator.community()
        body = {"project_id": str(browser.project_id), "method": "key", "key": community["key"]}
        pasted = (await browser.good("POST", "", body))["id"]
        clock.ahead = timedelta(days=1, seconds=1)
        async with gateway.service.database.write() as session:
            state = (await session.get_one(Connection, UUID(pasted))).state
            await expire_connections(session)
        async with gateway.service.database.read() as session:
            over = (await session.get_one(Connection, UUID(pasted))).state
            keys = (await session.scalars(select(ConnectionCommunity.key_sealed))).all()
        clock.ahead = timedelta()

    assert (state, over, keys) == ("ready", "expired", [None])


async def test_an_address_that_vk_would_not_send_back_to_is_said_at_once(
    emulator: Emulator, tmp_path: Path
) -> None:
    """In the demo pages of `localhost` may call; their cookies would be missing on the way back."""
    url = f"sqlite+aiosqlite:///{tmp_path}/vk-gateway.db"
    async with a_gateway(url, emulator, TestKeys(), demo=True) as gateway:
        browser = Browser(gateway, uuid4())
        body = {"project_id": str(browser.project_id), "method": "oauth"}
        origin = gateway.url.replace("127.0.0.1", "localhost")

        answer = await browser.call("POST", "", body, {"Origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (422, "other_address")
    assert answer.json()["address"] == gateway.url


async def test_the_library_calls_through_the_one_http_client_we_have() -> None:
    """Beside another one it would silently take that, with other errors, time-outs and certificates."""
    assert issubclass(vars(oauth)["AsyncOAuth2Client"], httpx.AsyncClient)
