"""Where a person is signed in, and signing out there."""

from uuid import uuid4

from tests.services.accounts.opened import PREFIX, Accounts

SESSIONS = f"{PREFIX}/sessions"
EMAIL = "anna@shop.example"


async def test_the_list_tells_where_and_when(accounts: Accounts) -> None:
    await accounts.owner(EMAIL)
    accounts.clock.forward(minutes=10)
    phone = accounts.browser("10.9.9.9")
    phone.headers["User-Agent"] = "Phone/1.0\x07"
    await phone.sign_in(EMAIL)

    items = (await phone.get(SESSIONS)).json()["items"]

    assert [(item["address"], item["current"]) for item in items] == [("10.9.9.9", True), ("10.1.1.1", False)]
    assert items[0]["user_agent"] == "Phone/1.0"
    assert items[0]["created_at"] > items[1]["created_at"]


async def test_a_session_ended_elsewhere_is_over_at_once(accounts: Accounts) -> None:
    lost = await accounts.owner(EMAIL)
    here = accounts.browser()
    await here.sign_in(EMAIL)
    other = next(one for one in (await here.get(SESSIONS)).json()["items"] if not one["current"])

    assert (await here.delete(f"{SESSIONS}/{other['id']}")).status_code == 204

    assert (await lost.who_am_i()).status_code == 401
    assert (await lost.refresh()).status_code == 401
    # Here too the access token is cut, and comes anew by itself.
    assert (await here.refresh()).status_code == 200
    assert len((await here.get(SESSIONS)).json()["items"]) == 1


async def test_nobody_sees_or_ends_the_sessions_of_others(accounts: Accounts) -> None:
    anna = await accounts.owner(EMAIL)
    boris = await accounts.owner("boris@shop.example", "Борис")
    hers = (await anna.get(SESSIONS)).json()["items"][0]["id"]

    refused = await boris.delete(f"{SESSIONS}/{hers}")
    unknown = await boris.delete(f"{SESSIONS}/{uuid4()}")

    assert refused.json()["code"] == unknown.json()["code"] == "session_not_found"
    assert hers not in (await boris.get(SESSIONS)).text
    assert (await anna.who_am_i()).status_code == 200


async def test_a_sessions_name_is_not_its_key(accounts: Accounts) -> None:
    anna = await accounts.owner(EMAIL)
    name = (await anna.get(SESSIONS)).json()["items"][0]["id"]
    thief = accounts.browser()
    thief.cookies.set("otklik_session", name)

    assert (await thief.refresh()).status_code == 401
