"""Access tokens: what accounts signs is what every service's guard reads."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.http.access import ACCESS_SECONDS, Guard, Role
from shared.http.problems import Unauthenticated
from shared.runtime.world import World
from tests.support.signing import TestKeys

OPERATOR = UUID(int=1)
PROJECT = UUID(int=2)
SERVICE_KEY = "0123456789abcdef0123456789abcdef"


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture
def guard(clock: Clock, keys: TestKeys) -> Guard:
    return Guard("dialogs", keys.source, SERVICE_KEY, World(clock))


async def test_a_signed_token_tells_who_is_calling(guard: Guard, keys: TestKeys, clock: Clock) -> None:
    caller = await guard.caller(keys.token(OPERATOR, "Анна", {PROJECT: Role.ADMIN}, clock.at))

    assert (caller.operator_id, caller.name, caller.roles) == (
        OPERATOR,
        "Анна",
        {PROJECT: Role.ADMIN},
    )
    assert caller.issued_at == clock.at


async def test_a_token_ends_after_five_minutes(guard: Guard, keys: TestKeys, clock: Clock) -> None:
    token = keys.token(OPERATOR, issued_at=clock.at)
    await guard.caller(token)

    clock.at += timedelta(seconds=ACCESS_SECONDS + 1)

    with pytest.raises(Unauthenticated):
        await guard.caller(token)


async def test_a_cut_refuses_older_tokens_only(guard: Guard, keys: TestKeys, clock: Clock) -> None:
    older = keys.token(OPERATOR, issued_at=clock.at)
    not_before = clock.at + timedelta(milliseconds=1)

    guard.cut(OPERATOR, not_before)

    with pytest.raises(Unauthenticated):
        await guard.caller(older)
    assert (await guard.caller(keys.token(OPERATOR, issued_at=not_before))).operator_id == OPERATOR


async def test_a_token_of_another_key_is_refused(guard: Guard, clock: Clock) -> None:
    with pytest.raises(Unauthenticated):
        await guard.caller(TestKeys().token(OPERATOR, issued_at=clock.at))


async def test_every_role_in_every_project_is_read_as_it_was_signed(
    guard: Guard, keys: TestKeys, clock: Clock
) -> None:
    roles = {UUID(int=number + 10): role for number, role in enumerate([*Role, *Role])}

    caller = await guard.caller(keys.token(OPERATOR, "Анна", roles, clock.at))

    assert caller.roles == roles
