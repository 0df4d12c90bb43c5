"""Deciding how an integration is: the table of the design, hysteresis, and clocks that nobody trusts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.health.rules import (
    Check,
    Health,
    Limits,
    after_check,
    after_link,
    after_reconnect,
    is_stale,
    look,
    newborn,
)
from integrations.states import State
from shared.events.channel import FailureKind

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LIMITS = Limits()
TRANSIENT, ACCOUNT, SETTING = FailureKind.TRANSIENT, FailureKind.ACCOUNT, FailureKind.SETTING
CODES = {TRANSIENT: "vk_unavailable", ACCOUNT: "key_revoked", SETTING: "messages_disabled"}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Patient:
    """One integration's health, told what a gateway tells, at seconds of a clock that is right."""

    def __init__(self, *, linked: bool = True) -> None:
        self.health: Health = newborn(at(-3600))
        if linked:
            self.health = after_link(self.health, now=at(-3600), limits=LIMITS)
        self.seen: list[tuple[float, Health]] = []

    def hear(
        self, seconds: float, kind: FailureKind | None = None, *, wanted: bool = False, **more: object
    ) -> "Patient":
        problem = CODES[kind] if kind else None
        check = Check(at(seconds), problem, kind, is_probe=kind is not None, is_wanted=wanted)
        check = replace(check, **more)  # type: ignore[arg-type]  # a test's own names
        self.health = after_check(self.health, check, now=at(seconds), limits=LIMITS)
        self.seen.append((seconds, self.health))
        return self

    def fails(self, kind: FailureKind, start: int, end: int, step: int = 30) -> "Patient":
        for second in range(start, end + 1, step):
            self.hear(second, kind)
        return self

    def look(self, seconds: float) -> "Patient":
        self.health = look(self.health, now=at(seconds), limits=LIMITS)
        self.seen.append((seconds, self.health))
        return self

    @property
    def state(self) -> State:
        return self.health.state


def test_what_vk_itself_suffers_from_is_told_after_three_minutes_and_passes() -> None:
    patient = Patient().fails(TRANSIENT, 0, 179, 20)
    assert patient.state is State.ACTIVE
    patient.hear(180, TRANSIENT)
    assert (patient.state, patient.health.reason) == (State.UNAVAILABLE, "vk_unavailable")

    assert patient.hear(200).state is State.UNAVAILABLE
    assert patient.health.next_look_at == at(480)
    assert patient.look(479).state is State.UNAVAILABLE
    assert (patient.look(480).state, patient.health.reason) == (State.ACTIVE, None)


@pytest.mark.parametrize("kind", [None, TRANSIENT, ACCOUNT, SETTING])
def test_a_link_and_a_check_may_be_heard_in_either_order(kind: FailureKind | None) -> None:
    checked_last = Patient(linked=True).hear(0, kind).health
    linked_last = after_link(Patient(linked=False).hear(0, kind).health, now=at(0), limits=LIMITS)
    assert (linked_last.state, linked_last.reason) == (checked_last.state, checked_last.reason)
    assert (linked_last.state is State.ACTIVE) == (kind in {None, TRANSIENT})


@pytest.mark.parametrize("kind", [ACCOUNT, SETTING])
def test_the_loss_of_an_account_or_of_its_messages_is_told_at_once(kind: FailureKind) -> None:
    patient = Patient().hear(0, warnings=("callback_failed",))
    assert patient.state is State.ATTENTION

    assert patient.hear(1, kind).state is State.UNAVAILABLE
    assert patient.health.since == at(1)


def test_a_lost_account_is_given_up_after_three_failed_probes_over_ten_minutes() -> None:
    assert Patient().fails(ACCOUNT, 0, 599).state is State.UNAVAILABLE
    assert Patient().fails(ACCOUNT, 0, 600).state is State.DEACTIVATED
    words = Patient()
    for second in range(0, 1200, 60):
        words.hear(second, ACCOUNT, is_probe=False)
    assert words.state is State.UNAVAILABLE


def test_a_setting_is_given_up_only_after_the_critical_time() -> None:
    patient = Patient().fails(SETTING, 0, 86_399, 60)
    assert patient.state is State.UNAVAILABLE
    assert (patient.hear(86_400, SETTING).state, patient.health.reason) == (
        State.DEACTIVATED,
        "messages_disabled",
    )


def test_vk_that_is_away_for_a_day_is_given_up_a_day_after_it_was_told() -> None:
    patient = Patient().fails(TRANSIENT, 0, 86_400 + 120, 60)
    assert patient.state is State.UNAVAILABLE
    assert patient.fails(TRANSIENT, 86_400 + 180, 86_400 + 180).state is State.DEACTIVATED


def test_one_good_answer_clears_everything_before_it() -> None:
    patient = Patient().fails(ACCOUNT, 0, 590).hear(595).fails(ACCOUNT, 600, 1190)
    assert patient.state is State.UNAVAILABLE
    assert patient.hear(1200, ACCOUNT).state is State.DEACTIVATED


def test_while_vk_is_silent_a_lost_key_is_still_lost() -> None:
    patient = Patient().hear(0, ACCOUNT).fails(TRANSIENT, 30, 900)

    assert (patient.state, patient.health.reason) == (State.UNAVAILABLE, "key_revoked")
    assert patient.fails(ACCOUNT, 930, 960).state is State.UNAVAILABLE


def test_what_was_down_does_not_come_back_while_vk_is_silent_again() -> None:
    patient = Patient().hear(0, ACCOUNT).hear(30).hear(310, TRANSIENT)

    assert (patient.state, patient.health.reason) == (State.UNAVAILABLE, "vk_unavailable")


def test_what_was_given_up_comes_back_by_a_person_only() -> None:
    patient = Patient().fails(ACCOUNT, 0, 600)
    assert patient.hear(630).hear(4000).look(9000).state is State.DEACTIVATED
    assert patient.hear(9001, ACCOUNT, wanted=True).state is State.DEACTIVATED
    assert patient.hear(9002, wanted=True).state is State.ACTIVE

    again = Patient().fails(ACCOUNT, 0, 600)
    again.health = after_reconnect(again.health, at(700))
    assert (again.state, again.health.linked) == (State.CONNECTING, False)
    again.health = after_link(again.health, now=at(710), limits=LIMITS)
    assert again.state is State.ACTIVE


def test_who_turned_the_messages_on_and_asks_need_not_wait_out_the_calm() -> None:
    patient = Patient().hear(0, SETTING)
    assert patient.hear(20).state is State.UNAVAILABLE
    assert patient.hear(25, wanted=True).state is State.ACTIVE


def test_what_is_only_remarked_on_leaves_it_active() -> None:
    patient = Patient().hear(0, warnings=("no_address",))
    assert patient.state is State.ACTIVE
    assert patient.hear(30, warnings=("callback_failed", "no_address")).health.reason == "callback_failed"


def test_what_never_was_linked_comes_back_to_connecting() -> None:
    patient = Patient(linked=False).hear(0, ACCOUNT).hear(400)
    assert patient.state is State.CONNECTING


def test_a_new_key_of_what_is_well_changes_no_state() -> None:
    patient = Patient().hear(0, warnings=("callback_failed",))
    assert after_reconnect(patient.health, at(5)).state is State.ATTENTION


@pytest.mark.parametrize("jump", [3600, -3600, 86_400 * 3650, -86_400 * 3650])
def test_a_clock_that_jumps_is_no_evidence(jump: int) -> None:
    for kind in FailureKind:
        patient = Patient().hear(0, kind).hear(30, kind).hear(60, kind)
        moved = Patient()
        moved.health = patient.health
        for second in (90, 120, 150):
            moved.hear(jump + second, kind)
        for second in (180, 210, 240):
            moved.hear(second, kind)
        assert moved.state is not State.DEACTIVATED
        assert moved.health.bad_seconds <= 240
        recovered = moved.hear(270).look(570 if jump > 0 else 580)
        assert recovered.state is State.ACTIVE


def test_what_was_told_by_a_clock_that_was_years_ahead_holds_nothing_back() -> None:
    years = 86_400 * 3650
    patient = Patient().hear(years, ACCOUNT).hear(30)

    assert patient.state is State.ACTIVE


def test_a_time_in_which_nobody_looked_is_no_evidence() -> None:
    patient = Patient().hear(0, ACCOUNT).hear(30, ACCOUNT).hear(7200, ACCOUNT).hear(7230, ACCOUNT)
    assert patient.state is State.UNAVAILABLE
    assert patient.health.account_seconds == 30
    days = Patient()
    for second in range(0, 86_400 * 3, 3600):
        days.hear(second, SETTING)
    assert days.state is State.UNAVAILABLE


def test_old_news_and_news_of_the_key_before_are_stale() -> None:
    health = Patient().hear(100).health

    def stale(seconds: float, *, connected: float = -3600, now: float = 200) -> bool:
        check = Check(at(seconds), "key_revoked", ACCOUNT)
        return is_stale(health, check, connected_at=at(connected), now=at(now))

    assert stale(100)
    assert stale(99)
    assert not stale(101)
    assert stale(140, connected=150)
    assert not stale(151, connected=150)
    # The stored time is of a clock that was an hour ahead, and so says nothing.
    assert not stale(-3500, now=-3490)


kinds = st.sampled_from([None, None, *FailureKind])
told = st.tuples(st.integers(1, 400), kinds, st.booleans())


@settings(max_examples=100, deadline=None)
@given(st.lists(told, max_size=30))
def test_changes_for_one_side_keep_their_distance(
    history: list[tuple[int, FailureKind | None, bool]],
) -> None:
    patient, second = Patient(), 0
    for pause, kind, is_warned in history:
        for moment in range(second + 10, second + pause, 10):
            patient.look(moment)
        second += pause
        patient.hear(second, kind, warnings=("callback_failed",) if is_warned and not kind else ())

    changes = [
        (moment, _level(before), _level(after))
        for (_, before), (moment, after) in pairwise(patient.seen)
        if (before.state, before.reason) != (after.state, after.reason)
    ]
    better = [moment for moment, before, after in changes if after < before]
    worse = [moment for moment, before, after in changes if after >= before and not after == 3 > before]
    every = [moment for moment, before, after in changes if after >= before]
    assert all(later - earlier >= 300 for side in (better, worse) for earlier, later in pairwise(side))
    assert not any(0 <= up - down < 300 for up in better for down in every)
    for seconds, health in patient.seen:
        if health.problem_kind in {ACCOUNT, SETTING}:
            assert health.state in {State.UNAVAILABLE, State.DEACTIVATED}, seconds


def _level(health: Health) -> int:
    if health.state is State.UNAVAILABLE:
        return 2 if health.reason_kind is TRANSIENT else 3
    return {State.ACTIVE: 0, State.ATTENTION: 1, State.DEACTIVATED: 4}[health.state]
