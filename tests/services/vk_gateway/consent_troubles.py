"""More that can be tried or can happen: addresses, downgrades, time, several at once, troubles of VK."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from tests.services.vk_gateway.consent_attacks import COFFEE, CRANE, Came, Stage, ends
from tests.services.vk_gateway.consenting import BORIS, RETURN, Browser, asked, changed, says

EVIL = "evil.example"


# ---- addresses: nothing that a request says decides where people are sent ----


async def _begun_with(stage: Stage, headers: dict[str, str]) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin(headers)
    expected = f"{stage.gateway.url}{RETURN}/identity"
    assert asked(page)["redirect_uri"] == expected
    assert EVIL not in page
    return connection_id, await browser.land(await says(page))


@ends("identified", "choosing")
async def foreign_host(stage: Stage) -> Came:
    return await _begun_with(stage, {"Host": EVIL})


@ends("identified", "choosing")
async def foreign_forwarded_host(stage: Stage) -> Came:
    return await _begun_with(stage, {"X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"})


@ends("identified", "choosing")
async def foreign_origin_and_referrer(stage: Stage) -> Came:
    return await _begun_with(stage, {"Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/"})


@ends("identified", "choosing")
async def foreign_host_on_the_way_back(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    headers = {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"}
    answer = await browser.request("GET", await says(page), headers=headers)
    assert answer.headers["location"].startswith(f"{RETURN}/outcomes/")
    return connection_id, answer.headers["location"].rpartition("/")[2]


@ends("identified", "choosing")
async def open_redirects(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    address = await says(page)
    for name in ("next", "return_to", "return_url", "redirect", "redirect_uri", "url", "continue", "to"):
        for where in (f"https://{EVIL}", f"//{EVIL}", f"\\\\{EVIL}", "javascript:alert(1)"):
            address = f"{address}&{name}={where}"
    answer = await browser.request("GET", address)
    assert urlsplit(answer.headers["location"]).netloc == ""
    return connection_id, answer.headers["location"].rpartition("/")[2]


@ends("unknown_link", "authorizing")
async def address_to_return_to_in_the_body(stage: Stage) -> Came:
    browser = stage.browser()
    body = {"project_id": str(browser.project_id), "method": "oauth", "redirect_uri": f"https://{EVIL}"}
    refused = await browser.call("POST", "", body)
    assert refused.status_code == 422
    connection_id, _ = await browser.begin()
    return connection_id, await browser.land(f"{RETURN}/identity")


@ends("identified", "choosing")
async def nothing_but_get(stage: Stage) -> Came:
    """A form of another page, or a look ahead, does not spend the state."""
    browser = stage.browser()
    connection_id, page = await browser.begin()
    address = await says(page)
    for method in ("POST", "PUT", "HEAD", "DELETE"):
        assert (await browser.request(method, address)).status_code == 405
    return connection_id, await browser.land(address)


@ends("identified", "choosing")
async def code_in_no_address_bar(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    answer = await browser.request("GET", await says(page))
    shown = await browser.request("GET", answer.headers["location"])
    assert "?" not in answer.headers["location"]
    for one in (answer, shown):
        assert one.headers["referrer-policy"] == "no-referrer"
        assert one.headers["cache-control"] == "no-store"
    assert "script-src" not in shown.headers["content-security-policy"]
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    return connection_id, answer.headers["location"].rpartition("/")[2]


# ---- downgrade ----


@ends("app_refused", "failed")
async def plain_challenge(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await browser.land(await says(changed(page, code_challenge_method="plain")))


@ends("code_refused", "failed")
async def challenge_of_the_attackers(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    return connection_id, await browser.land(await says(changed(page, code_challenge="A" * 43)))


@ends("identified", "choosing")
async def strong_and_fresh_each_time(stage: Stage) -> Came:
    browser = stage.browser()
    pages = [asked((await browser.begin())[1]) for _ in range(3)]
    connection_id, page = await browser.begin()
    pages.append(asked(page))
    for name in ("state", "code_challenge"):
        assert len({one[name] for one in pages}) == len(pages)
        assert {len(one[name]) for one in pages} == {43}
    assert {(one["response_type"], one["code_challenge_method"]) for one in pages} == {("code", "S256")}
    return connection_id, await browser.land(await says(page))


# ---- time ----


@ends("expired", "expired")
async def identity_too_late(stage: Stage) -> Came:
    return await _late(stage, *await (browser := stage.browser()).begin(), browser)


@ends("expired", "expired")
async def communities_too_late(stage: Stage) -> Came:
    browser = stage.browser()
    return await _late(stage, *await stage.consenting(browser), browser)


async def _late(stage: Stage, connection_id: str, page: str, browser: Browser) -> Came:
    address = await says(page)
    stage.clock.ahead = timedelta(minutes=10, seconds=1)
    return connection_id, await browser.land(address)


@ends("identified", "choosing")
async def just_in_time(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    address = await says(page)
    stage.clock.ahead = timedelta(minutes=9)
    return connection_id, await browser.land(address)


# ---- several at once ----


@ends("given", "ready")
async def two_tabs_and_two_projects(stage: Stage) -> Came:
    """One browser, two projects, two tabs in each: each way ends where it began, with what it asked for."""
    mine, other = stage.browser(), stage.browser()
    other.cookies = mine.cookies
    begun = [await one.begin() for one in (mine, mine, other, other)]
    ways = [
        (browser, connection_id, community)
        for (connection_id, _), browser, community in zip(
            begun, (mine, mine, other, other), (CRANE, COFFEE) * 2, strict=True
        )
    ]
    tabs = [await says(page) for _, page in begun]
    assert len(mine.cookies) == 1
    came = [await browser.land(tab) for (browser, _, _), tab in zip(ways, tabs, strict=True)]
    assert came == ["identified"] * 4
    consents = [await browser.choose(one, community) for browser, one, community in ways]
    back = [await says(page) for page in reversed(consents)]
    given = await asyncio.gather(
        *(browser.land(address) for (browser, _, _), address in zip(reversed(ways), back, strict=True))
    )
    assert set(given) == {"given"}
    for browser, connection_id, community in ways:
        shown = await browser.shown(connection_id)
        assert shown["project_id"] == str(browser.project_id)
        assert [one["community_id"] for one in shown["communities"]] == [community]
    return ways[0][1], "given"


@ends("identified", "choosing")
async def colleague_chooses_in_my_place(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id = await browser.identified()
    colleague = stage.browser(browser.project_id, operator_id=BORIS, session="session-of-boris")
    stranger = stage.browser(uuid4(), operator_id=BORIS)
    for somebody in (colleague, stranger):
        for path, body in (
            ("communities", {"community_ids": [CRANE]}),
            ("resolve", {"link": "vk.ru/paper_crane"}),
        ):
            answer = await somebody.call("POST", f"/{connection_id}/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")
    return connection_id, "identified"


@ends("given", "ready")
async def steps_out_of_turn(stage: Stage) -> Came:
    browser = stage.browser()
    connection_id, page = await browser.begin()
    body = {"community_ids": [CRANE]}
    early = await browser.call("POST", f"/{connection_id}/communities", body)
    assert early.json()["code"] == "community_not_offered"
    await browser.land(await says(page))
    checks = await browser.call("POST", f"/{connection_id}/communities/{CRANE}/checks")
    assert checks.json()["code"] == "key_gone"
    came = await browser.land(await says(await browser.choose(connection_id, CRANE)))
    late = await browser.call("POST", f"/{connection_id}/communities", body)
    assert late.json()["code"] == "connection_not_open"
    return connection_id, came


# ---- VK in trouble ----


async def _identity_while(stage: Stage, kind: str, **options: object) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    address = await says(page)
    await stage.trouble(kind, flow="identity", **options)
    return connection_id, await browser.land(address)


async def _communities_while(stage: Stage, kind: str, **options: object) -> Came:
    browser = stage.browser()
    connection_id, page = await stage.consenting(browser)
    address = await says(page)
    await stage.trouble(kind, **options)
    return connection_id, await browser.land(address)


@ends("exchange_unknown", "failed")
async def answer_about_the_person_lost(stage: Stage) -> Came:
    return await _identity_while(stage, "oauth_timeout", when="after", seconds=0)


@ends("exchange_unknown", "failed")
async def answer_with_the_keys_lost(stage: Stage) -> Came:
    """VK has spent the code and given keys away; we have none, and say to repeat it."""
    return await _communities_while(stage, "oauth_timeout", when="after", seconds=0)


@ends("exchange_unknown", "failed")
async def silence_until_our_patience_ends(stage: Stage) -> Came:
    return await _communities_while(stage, "oauth_timeout", when="before", seconds=4)


@ends("exchange_unknown", "failed")
async def page_instead_of_an_answer(stage: Stage) -> Came:
    return await _communities_while(stage, "oauth_html")


@ends("exchange_unknown", "failed")
async def bad_gateway(stage: Stage) -> Came:
    return await _identity_while(stage, "oauth_down")


@ends("app_refused", "failed")
async def wrong_secret(stage: Stage) -> Came:
    return await _communities_while(stage, "oauth_error", error="invalid_client", status=401)


@ends("code_refused", "failed")
async def refusal_with_status_200(stage: Stage) -> Came:
    return await _communities_while(stage, "oauth_error", error="invalid_grant", status=200)


@ends("rights_missing", "failed")
async def key_without_the_management(stage: Stage) -> Came:
    return await _communities_while(stage, "oauth_fewer_rights", right="manage")


@ends("identified", "choosing")
async def answer_as_payload(stage: Stage) -> Came:
    connection_id, page = await (browser := stage.browser()).begin()
    await stage.trouble("oauth_payload")
    return connection_id, await browser.land(await says(page))


@ends("identified", "choosing")
async def silence_about_the_communities(stage: Stage) -> Came:
    """VK says who it is, and not what they administer: a link will do."""
    connection_id, page = await (browser := stage.browser()).begin()
    address = await says(page)
    await stage.trouble("api_error", code=10, method="groups.get")
    came = await browser.land(address)
    assert (await browser.shown(connection_id))["lists_communities"] is False
    return connection_id, came
