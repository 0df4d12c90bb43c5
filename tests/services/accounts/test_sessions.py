"""Signing in, staying signed in, signing out."""

import asyncio
import itertools
import json

from tests.services.accounts.opened import PASSWORD, PREFIX, Accounts, cookies_of, opened


async def test_signing_in_tells_who_one_is_and_sets_two_cookies(accounts: Accounts) -> None:
    await accounts.owner("anna@shop.example", "Анна")
    browser = accounts.browser()

    answer = await browser.sign_in("  Anna@Shop.Example ")

    assert answer.status_code == 200
    identity = answer.json()
    assert set(identity) == {"operator", "projects"}
    assert (identity["operator"]["name"], identity["operator"]["email"]) == ("Анна", "anna@shop.example")
    assert [set(project) for project in identity["projects"]] == [{"id", "name", "role"}]
    assert identity["projects"][0]["role"] == "owner"
    assert (await browser.who_am_i()).json() == identity


async def test_cookies_are_hidden_from_scripts_and_bound_to_https_when_there_is_one(
    accounts: Accounts, sqlite_url: str
) -> None:
    await accounts.owner()
    plain = cookies_of(await accounts.browser().sign_in("anna@shop.example"))

    assert set(plain) == {"otklik_session", "otklik_access"}
    for attributes in plain.values():
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(attributes)
        assert "Secure" not in attributes
    async with opened(sqlite_url, public_url="https://otklik.example") as public:
        answer = await public.browser().sign_in("anna@shop.example")
        hardened = cookies_of(answer)
    assert set(hardened) == {"__Host-otklik_session", "__Host-otklik_access"}
    for attributes in hardened.values():
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(attributes)
        assert not any(attribute.lower().startswith("domain") for attribute in attributes)


async def test_a_wrong_password_and_an_unknown_person_look_the_same(accounts: Accounts) -> None:
    await accounts.owner()

    wrong = await accounts.browser().sign_in("anna@shop.example", "not the password")
    unknown = await accounts.browser("10.1.1.2").sign_in("nobody@shop.example", "not the password")

    assert wrong.status_code == unknown.status_code == 401
    answers = [answer.json() for answer in (wrong, unknown)]
    for answer in answers:
        answer.pop("correlation_id")
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "invalid_credentials"
    assert wrong.headers.get_list("set-cookie") == unknown.headers.get_list("set-cookie") == []


async def test_a_refresh_renews_the_access_cookie_only(accounts: Accounts) -> None:
    browser = await accounts.owner()
    before = browser.cookie("session"), browser.cookie("access")
    accounts.clock.forward(minutes=6)
    assert (await browser.who_am_i()).status_code == 401

    answer = await browser.refresh()

    assert answer.status_code == 200
    assert set(cookies_of(answer)) == {"otklik_access"}
    assert browser.cookie("session") == before[0]
    assert browser.cookie("access") != before[1]
    assert (await browser.who_am_i()).json() == answer.json()


async def test_many_pages_may_refresh_at_once(accounts: Accounts) -> None:
    browser = await accounts.owner()
    accounts.clock.forward(minutes=6)

    answers = await asyncio.gather(*(browser.refresh() for _ in range(10)))

    assert [answer.status_code for answer in answers] == [200] * 10
    for answer in answers:
        token = answer.cookies["otklik_access"]
        mine = await accounts.browser().get(f"{PREFIX}/session", headers={"Authorization": f"Bearer {token}"})
        assert mine.status_code == 200


async def test_a_session_ends_after_eight_idle_hours(accounts: Accounts) -> None:
    browser = await accounts.owner()
    for _ in range(3):
        accounts.clock.forward(hours=7)
        assert (await browser.refresh()).status_code == 200

    accounts.clock.forward(hours=8, seconds=1)

    assert (await browser.refresh()).status_code == 401


async def test_a_session_ends_after_seven_days_however_busy(accounts: Accounts) -> None:
    browser = await accounts.owner()
    for _ in range(23):
        accounts.clock.forward(hours=7)
        assert (await browser.refresh()).status_code == 200

    accounts.clock.forward(hours=7, seconds=1)

    assert (await browser.refresh()).status_code == 401


async def test_each_sign_in_opens_a_new_session_and_ends_the_browsers_former_one(accounts: Accounts) -> None:
    browser = await accounts.owner()
    former = browser.cookie("session")

    await browser.sign_in("anna@shop.example")

    assert browser.cookie("session") != former
    thief = accounts.browser()
    thief.cookies.set("otklik_session", former)
    assert (await thief.refresh()).status_code == 401


async def test_a_session_that_somebody_chose_beforehand_is_not_taken_over(accounts: Accounts) -> None:
    await accounts.owner()
    browser = accounts.browser()
    browser.cookies.set("otklik_session", "chosen-by-somebody-else", domain="127.0.0.1")

    answer = await browser.sign_in("anna@shop.example")

    assert answer.cookies["otklik_session"] != "chosen-by-somebody-else"


async def test_signing_out_ends_session_and_tokens_at_once(accounts: Accounts) -> None:
    browser = await accounts.owner()
    person, session, access = await browser.own_id(), browser.cookie("session"), browser.cookie("access")

    answer = await browser.delete(f"{PREFIX}/session")

    assert answer.status_code == 204
    assert all("Max-Age=0" in attributes for attributes in cookies_of(answer).values())
    assert [str(cut) for cut in await accounts.cuts()] == [person]
    thief = accounts.browser()
    bearer = {"Authorization": f"Bearer {access}"}
    assert (await thief.get(f"{PREFIX}/session", headers=bearer)).status_code == 401
    thief.cookies.set("otklik_session", session)
    assert (await thief.refresh()).status_code == 401
    assert (await browser.delete(f"{PREFIX}/session")).status_code == 204


async def test_one_may_sign_in_again_in_the_same_moment_as_one_signed_out(accounts: Accounts) -> None:
    browser = await accounts.owner()
    for _ in range(3):
        await browser.delete(f"{PREFIX}/session")
        await browser.sign_in("anna@shop.example")
        assert (await browser.who_am_i()).status_code == 200


async def test_a_page_of_somebody_elses_can_sign_nobody_in(accounts: Accounts) -> None:
    await accounts.owner()
    body = {"email": "anna@shop.example", "password": PASSWORD}
    foreign = await accounts.browser().post(
        f"{PREFIX}/session", json=body, headers={"Origin": "https://evil.example"}
    )
    nobody = accounts.browser()
    del nobody.headers["Origin"]
    del nobody.headers["X-Otklik-Request"]

    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert (await nobody.post(f"{PREFIX}/session", json=body)).status_code == 200


CHANGING_CALLS = [("POST", "/session/refresh"), ("DELETE", "/session"), ("POST", "/projects")]
FOREIGN_HEADERS = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"X-Otklik-Request": "0"}]


async def test_changing_calls_with_a_cookie_come_from_our_own_pages(accounts: Accounts) -> None:
    browser = await accounts.owner()

    for (method, path), headers in itertools.product(CHANGING_CALLS, FOREIGN_HEADERS):
        answer = await browser.request(method, PREFIX + path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (path, headers)


async def test_a_malformed_sign_in_is_refused(accounts: Accounts) -> None:
    bodies: list[dict[str, object]] = [
        {"email": "anna@shop.example", "password": "x", "remember": True},
        {"email": "anna@shop.example"},
        {"email": "anna", "password": "x"},
        {"email": "a\u0000@shop.example", "password": "x"},
        {"email": "anna@shop.example", "password": "x" * 129},
        {"email": "anna@shop.example", "password": "\ud800"},
        {"email": ["anna@shop.example"], "password": "x"},
    ]
    for body in bodies:
        answer = await accounts.browser().post(f"{PREFIX}/session", content=json.dumps(body))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert answer.headers["content-type"] == "application/problem+json"
