"""Decisions about an integration's health. Pure: they are told the time and trust no clock far.

How long something has been wrong is summed up from the times between failed checks that follow each other.
A gap too long to have been watched counts nothing: we were not running, or a clock jumped, and neither is
evidence. Between a worsening and the recovery from it, and between two changes for the same side, lie five
minutes; only the loss of the account, or of its messages, is told at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from integrations.states import State
from shared.events.channel import FailureKind

BROKEN = frozenset({FailureKind.ACCOUNT, FailureKind.SETTING})
# Shown among the warnings and nothing that is off: without a public address events come another way.
REMARKS = frozenset({"no_address"})
# A stored time so far ahead of the clock was written by a clock that was wrong.
LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class Limits:
    """When what is wrong becomes what; durations in seconds."""

    transient_seconds: float = 180.0
    account_probes: int = 3
    account_seconds: float = 600.0
    critical_seconds: float = 86_400.0
    hold_seconds: float = 300.0
    watched_seconds: float = 180.0


@dataclass(frozen=True)
class Check:
    """What a gateway has found. `is_wanted` tells that an administrator waits for it."""

    checked_at: datetime
    problem: str | None = None
    kind: FailureKind | None = None
    is_probe: bool = False
    warnings: tuple[str, ...] = ()
    is_wanted: bool = False


@dataclass(frozen=True)
class Health:
    """How an integration is doing, and what speaks for it.

    `problem` is what the newest check found; `trouble` is what counts of all failed checks since the last
    good one: while VK does not answer, nobody knows that a lost key is found. `bad_seconds` were watched
    since the last good check, or since the change to unavailable; `account_…` count the account's failures.
    """

    state: State
    reason: str | None
    reason_kind: FailureKind | None
    since: datetime
    linked: bool
    problem: str | None
    problem_kind: FailureKind | None
    warnings: tuple[str, ...]
    trouble: str | None
    trouble_kind: FailureKind | None
    last_checked_at: datetime | None
    bad_seconds: float
    account_seconds: float
    account_failures: int
    worsened_at: datetime | None
    bettered_at: datetime | None
    next_look_at: datetime | None


class Level(IntEnum):
    """States by how bad they are."""

    WELL = 0
    MARKED = 1
    INTERRUPTED = 2
    BROKEN = 3
    ENDED = 4


@dataclass(frozen=True)
class _Standing:
    state: State
    reason: str | None = None
    kind: FailureKind | None = None

    @property
    def level(self) -> Level:
        match self.state:
            case State.CONNECTING | State.ACTIVE:
                return Level.WELL
            case State.ATTENTION:
                return Level.MARKED
            case State.UNAVAILABLE:
                return Level.BROKEN if self.kind in BROKEN else Level.INTERRUPTED
            case _:
                return Level.ENDED


def newborn(now: datetime) -> Health:
    """Return the health of an integration that begins to connect: nothing is known of it."""
    return Health(
        state=State.CONNECTING,
        reason=None,
        reason_kind=None,
        since=now,
        linked=False,
        problem=None,
        problem_kind=None,
        warnings=(),
        trouble=None,
        trouble_kind=None,
        last_checked_at=None,
        bad_seconds=0.0,
        account_seconds=0.0,
        account_failures=0,
        worsened_at=None,
        bettered_at=None,
        next_look_at=None,
    )


def after_reconnect(health: Health, now: datetime) -> Health:
    """Return the health with a new key: nothing speaks against it, and what was down begins anew."""
    if health.state in {State.UNAVAILABLE, State.DEACTIVATED}:
        return replace(newborn(now), last_checked_at=health.last_checked_at)
    return replace(
        newborn(now),
        state=health.state,
        reason=health.reason,
        reason_kind=health.reason_kind,
        since=health.since,
        linked=health.linked,
        warnings=health.warnings,
        last_checked_at=health.last_checked_at,
    )


def is_stale(health: Health, check: Check, *, connected_at: datetime, now: datetime) -> bool:
    """Tell whether a newer check is known, or this one was of the key before."""
    last = health.last_checked_at
    if last is not None and last <= now + LEEWAY and check.checked_at <= last:
        return True
    # Further back than the leeway it is a clock that differs, not a check that came late.
    return timedelta(0) < connected_at - check.checked_at < LEEWAY


def after_check(health: Health, check: Check, *, now: datetime, limits: Limits) -> Health:
    """Return the health after a check that is not stale.

    A good one that an administrator asked for changes the state at once, and ends a deactivation.
    """
    learned = _learned(health, check, now, limits)
    asked_and_well = check.is_wanted and check.problem is None
    if asked_and_well:
        return _changed(learned, _good_standing(learned), now)
    return look(learned, now=now, limits=limits)


def after_link(health: Health, *, now: datetime, limits: Limits) -> Health:
    """Return the health once events flow."""
    return look(replace(health, linked=True), now=now, limits=limits)


def look(health: Health, *, now: datetime, limits: Limits) -> Health:
    """Return the health as it should be by now; `next_look_at` is when a change held back is due."""
    wanted = _wanted(health, limits)
    ends = _held_until(health, wanted, now, limits)
    if ends is not None:
        return replace(health, next_look_at=ends)
    return _changed(health, wanted, now)


def _learned(health: Health, check: Check, now: datetime, limits: Limits) -> Health:
    learned = replace(
        health,
        # A clock ahead of ours must not make what comes after look old.
        last_checked_at=min(check.checked_at, now),
        problem=check.problem,
        problem_kind=check.kind if check.problem else None,
        warnings=check.warnings,
    )
    if check.problem is None:
        return replace(
            learned, trouble=None, trouble_kind=None, bad_seconds=0.0, account_seconds=0.0, account_failures=0
        )
    if check.kind is None:
        return learned
    watched = _watched_seconds(health, check, now, limits)
    if watched is None:
        # What lies between may have been well; only the long count to the critical time goes on.
        counts_on = health.state is State.UNAVAILABLE
        bad_seconds = health.bad_seconds if counts_on else 0.0
        health = replace(health, bad_seconds=bad_seconds, account_seconds=0.0, account_failures=0)
        watched = 0.0
    is_account = check.kind is FailureKind.ACCOUNT
    if check.kind is not FailureKind.TRANSIENT or health.trouble_kind not in BROKEN:
        learned = replace(learned, trouble=check.problem, trouble_kind=check.kind)
    return replace(
        learned,
        bad_seconds=health.bad_seconds + watched,
        account_seconds=health.account_seconds
        + (watched if is_account and health.problem_kind is FailureKind.ACCOUNT else 0.0),
        account_failures=health.account_failures + (is_account and check.is_probe),
    )


def _watched_seconds(health: Health, check: Check, now: datetime, limits: Limits) -> float | None:
    """Return the time since the failed check before this one, None when it was not watched."""
    if health.problem_kind is None or health.last_checked_at is None:
        return 0.0
    passed = (min(check.checked_at, now) - health.last_checked_at).total_seconds()
    return passed if 0 <= passed <= limits.watched_seconds else None


def _wanted(health: Health, limits: Limits) -> _Standing:
    """Return the standing that the evidence calls for, whenever it may be told."""
    present = _Standing(health.state, health.reason, health.reason_kind)
    if health.state in {State.DEACTIVATED, State.DELETED}:
        return present
    if health.trouble_kind is None:
        return _good_standing(health)
    trouble = _Standing(State.UNAVAILABLE, health.trouble, health.trouble_kind)
    if health.state is State.UNAVAILABLE and _is_hopeless(health, limits):
        return replace(trouble, state=State.DEACTIVATED)
    # What was down comes back with a good check, not with a trouble that is still young.
    if health.trouble_kind in BROKEN or health.state is State.UNAVAILABLE:
        return trouble
    if health.bad_seconds >= limits.transient_seconds:
        return trouble
    # A trouble still young changes nothing, and so holds up nobody whose link has just been told.
    return _good_standing(health) if health.state is State.CONNECTING else present


def _good_standing(health: Health) -> _Standing:
    if not health.linked:
        return _Standing(State.CONNECTING)
    off = [warning for warning in health.warnings if warning not in REMARKS]
    return _Standing(State.ATTENTION, off[0]) if off else _Standing(State.ACTIVE)


def _is_hopeless(health: Health, limits: Limits) -> bool:
    lost = (
        health.account_failures >= limits.account_probes and health.account_seconds >= limits.account_seconds
    )
    return lost or health.bad_seconds >= limits.critical_seconds


def _held_until(health: Health, wanted: _Standing, now: datetime, limits: Limits) -> datetime | None:
    """Return until when a change must wait, None when it need not (or there is none)."""
    present = _Standing(health.state, health.reason, health.reason_kind)
    if wanted == present or wanted.level == present.level == Level.WELL:
        return None
    if wanted.level is Level.BROKEN and present.level < Level.BROKEN:
        return None
    is_recovery = wanted.level < present.level
    marks = [health.worsened_at, health.bettered_at] if is_recovery else [health.worsened_at]
    hold = timedelta(seconds=limits.hold_seconds)
    ends = [mark + hold for mark in marks if mark is not None and timedelta(0) <= now - mark < hold]
    return max(ends, default=None)


def _changed(health: Health, wanted: _Standing, now: datetime) -> Health:
    present = _Standing(health.state, health.reason, health.reason_kind)
    if wanted == present:
        return replace(health, next_look_at=None)
    moved = wanted.state is not present.state
    is_recovery = wanted.level < present.level
    is_ours = wanted.level != present.level or wanted.level is not Level.WELL
    return replace(
        health,
        state=wanted.state,
        reason=wanted.reason,
        reason_kind=wanted.kind,
        since=now if moved else health.since,
        bad_seconds=0.0 if moved and wanted.state is State.UNAVAILABLE else health.bad_seconds,
        worsened_at=now if is_ours and not is_recovery else health.worsened_at,
        bettered_at=now if is_recovery else health.bettered_at,
        next_look_at=None,
    )
