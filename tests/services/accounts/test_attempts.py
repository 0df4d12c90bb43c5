"""Guessing passwords: slowed down per account and per address, never shut out for good."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.attempts.rules import ACCOUNT, ADDRESS, DELAY_MS_MAX, Limit, waits_until_ms
from tests.services.accounts.opened import Accounts, Browser, opened

NOW = 1_800_000_000_000


async def fail_until_throttled(browser: Browser, email: str, times: int) -> int:
    """Guess at most so many times; returns how many guesses were checked."""
    for checked in range(times):
        answer = await browser.sign_in(email, "a wrong guess")
        if answer.status_code == 429:
            return checked
        assert answer.status_code == 401
    return times


async def test_after_three_wrong_passwords_one_waits_known_or_not(accounts: Accounts) -> None:
    await accounts.owner()

    for email in ("anna@shop.example", "nobody@shop.example"):
        checked = await fail_until_throttled(accounts.browser(), email, 10)
        answer = await accounts.browser("10.9.9.9").sign_in(email)

        assert (checked, answer.status_code) == (3, 429)
        problem = answer.json()
        assert (problem["code"], problem["retry_after_seconds"]) == ("too_many_attempts", 1)
        assert answer.headers["retry-after"] == "1"


async def test_no_more_than_ten_guesses_in_a_quarter_of_an_hour(accounts: Accounts) -> None:
    await accounts.owner()
    checked = 0
    started = accounts.clock.at
    waits = []

    while (accounts.clock.at - started).total_seconds() < 14 * 60:
        answer = await accounts.browser(f"10.2.0.{checked}").sign_in("anna@shop.example", "a wrong guess")
        if answer.status_code == 429:
            waits.append(answer.json()["retry_after_seconds"])
            accounts.clock.forward(seconds=waits[-1])
        else:
            checked += 1

    assert checked == 10
    assert waits[:6] == [1, 2, 4, 8, 16, 32]


async def test_nobody_is_shut_out_for_good(accounts: Accounts) -> None:
    await accounts.owner()
    browser = accounts.browser()
    while (answer := await browser.sign_in("anna@shop.example", "a wrong guess")).status_code == 401:
        accounts.clock.forward(seconds=61)
    accounts.clock.forward(seconds=answer.json()["retry_after_seconds"])

    assert (await browser.sign_in("anna@shop.example")).status_code == 200


async def test_a_right_password_clears_the_accounts_failures(accounts: Accounts) -> None:
    await accounts.owner()
    for _ in range(4):
        assert await fail_until_throttled(accounts.browser(), "anna@shop.example", 2) == 2
        assert (await accounts.browser().sign_in("anna@shop.example")).status_code == 200


async def test_many_guesses_at_once_are_no_way_round(accounts: Accounts) -> None:
    await accounts.owner()
    guesses = [accounts.browser().sign_in("anna@shop.example", f"a wrong guess {n}") for n in range(20)]

    answers = await asyncio.gather(*guesses)

    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [429] * 17


def test_one_address_may_fail_fifty_times_an_hour_whatever_the_account() -> None:
    now, failures = NOW, list[int]()
    while (now := max(now + 1, waits_until_ms(failures, ADDRESS, now))) < NOW + 59 * 60_000:
        failures.append(now)

    assert len(failures) == 50


async def test_the_proxys_word_on_addresses_counts_only_when_it_is_trusted(
    accounts: Accounts, sqlite_url: str
) -> None:
    async def checked(target: Accounts, header: str) -> int:
        count = 0
        for number in range(22):
            browser = target.browser("10.5.5.5")
            browser.headers["X-Forwarded-For"] = header.format(number)
            answer = await browser.sign_in(f"p{number}@shop.example", "a wrong guess")
            count += answer.status_code == 401
        return count

    assert await checked(accounts, "192.0.2.{}") == 20
    async with opened(sqlite_url, trusted_proxy=True) as behind_proxy:
        behind_proxy.clock.forward(hours=2)
        assert await checked(behind_proxy, "203.0.113.{}, 192.0.2.1") == 20
        assert await checked(behind_proxy, "192.0.2.1, 203.0.113.{}") == 22


async def test_a_whole_ipv6_network_counts_as_one_address(accounts: Accounts) -> None:
    statuses = [
        (await accounts.browser(f"2001:db8::{n:x}").sign_in(f"p{n}@shop.example", "wrong")).status_code
        for n in range(1, 23)
    ]

    assert statuses == [401] * 20 + [429] * 2


@settings(max_examples=50, deadline=None)
@given(
    limit=st.sampled_from([ACCOUNT, ADDRESS]),
    gaps=st.lists(st.integers(min_value=0, max_value=20 * 60_000), max_size=120),
)
def test_a_window_never_holds_more_than_its_limit(limit: Limit, gaps: list[int]) -> None:
    now, failures = NOW, list[int]()
    for gap in gaps:
        now += gap
        until = waits_until_ms(failures, limit, now)
        if until <= now:
            failures.append(now)
        else:
            assert until - now <= max(limit.window_ms, DELAY_MS_MAX)
        assert sum(moment > now - limit.window_ms for moment in failures) <= limit.failures
