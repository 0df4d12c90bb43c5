"""Passwords: how they are hashed, and which are good enough."""

import asyncio
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from accounts.errors import WeakPassword
from accounts.passwords.hashing import AT_ONCE_MAX, WAITING_MAX, PasswordHasher
from accounts.passwords.rules import require_strong
from accounts.tables import Operator
from shared.http.problems import TooMany
from shared.runtime.world import World
from tests.services.accounts.opened import PASSWORD, Accounts, opened

EMAIL = "konstantin@shop.example"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("короткий-11", "too_short"),
        ("password1234", "too_common"),
        ("P@ssw0rd2026!", "too_common"),
        ("Password123Password", "too_common"),
        ("qwertyuiop123", "too_common"),
        ("1qaz2wsx3edc", "too_common"),
        ("123456789012", "too_common"),
        ("987654321098", "too_common"),
        ("aaaaaaaaaaaaaa", "too_common"),
        ("абвгдабвгдабвгд", "too_common"),
        ("пароль123456", "too_common"),
        ("ghbdtn2026!!", "too_common"),
        ("Administrator1", "too_common"),
        ("correcthorsebatterystaple", "too_common"),
        ("iloveyou2025!", "too_common"),
        ("konstantin1990", "too_common"),
        ("otklik-demo-1", "too_common"),
    ],
)
def test_easily_guessed_passwords_are_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        require_strong(password, email=EMAIL)

    assert refusal.value.facts == {"reason": reason}


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "gR7!kq29vLmPz",
        "dragon monkey shadow winter",
        "мой кот ест огурцы",
        "74019385562017",
        "x" * 100 + "Aq7!zР",
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
    ],
)
def test_long_and_unusual_passwords_are_good(password: str) -> None:
    require_strong(password, email=EMAIL)


async def test_a_full_queue_tells_people_to_come_back(accounts: Accounts) -> None:
    await accounts.owner()
    with ExitStack() as places:
        for _ in range(AT_ONCE_MAX + WAITING_MAX):
            places.enter_context(accounts.service.api.state.accounts.hasher.place())

        answer = await accounts.browser().sign_in("anna@shop.example")

        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 0
    assert (await accounts.browser().sign_in("anna@shop.example")).status_code == 200


async def test_places_come_back_whatever_happens() -> None:
    hasher = PasswordHasher(World(), memory_kib=8, passes=1)
    for _ in range(100):
        with pytest.raises(ValueError, match="anything"), hasher.place():
            raise ValueError("anything")

    with ExitStack() as places:
        for _ in range(AT_ONCE_MAX + WAITING_MAX):
            places.enter_context(hasher.place())
        with pytest.raises(TooMany), hasher.place():
            pass
    await hasher.close()


async def test_many_may_sign_in_at_once(accounts: Accounts) -> None:
    await accounts.owner()

    answers = await asyncio.gather(*(accounts.browser().sign_in("anna@shop.example") for _ in range(20)))

    # Three tries may be under way for one account; the others are told to wait, and nobody is let in wrongly.
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert 200 in {answer.status_code for answer in answers}


async def test_the_same_password_typed_on_another_system_fits() -> None:
    hasher = PasswordHasher(World(), memory_kib=8, passes=1)

    stored = await hasher.hash("ёлка и ёж вместе")

    assert await hasher.verify("е\u0308лка и е\u0308ж вместе", stored) == (True, None)
    await hasher.close()


async def test_hashes_get_stronger_at_the_next_sign_in(accounts: Accounts, sqlite_url: str) -> None:
    async def stored(target: Accounts) -> str:
        async with target.service.database.read() as session:
            return str((await session.execute(select(Operator.password_hash))).scalar_one())

    await accounts.owner()
    assert (await stored(accounts)).startswith("$argon2id$v=19$m=8,t=1,p=1$")

    async with opened(sqlite_url, hash_memory_kib=64, hash_passes=2) as stronger:
        assert (await stronger.browser().sign_in("anna@shop.example")).status_code == 200
        assert (await stored(stronger)).startswith("$argon2id$v=19$m=64,t=2,p=1$")
        assert (await stronger.browser().sign_in("anna@shop.example")).status_code == 200
