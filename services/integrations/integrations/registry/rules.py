"""Decisions about an integration's state. No database, no clock."""

from enum import StrEnum


class State(StrEnum):
    """How an integration is doing; see the design for what each means to people."""

    CONNECTING = "connecting"
    ACTIVE = "active"
    ATTENTION = "attention"
    UNAVAILABLE = "unavailable"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"


class Kind(StrEnum):
    """What a line of the timeline tells of."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    LINKED = "linked"
    PROBLEM_FOUND = "problem_found"
    PROBLEM_GONE = "problem_gone"
    DELETED = "deleted"


# What the gateway found wrong with an account, and what an administrator can do about it.
_CURES = {
    "captcha_needed": "open_vk_as_administrator",
    "key_revoked": "reconnect",
    "messages_disabled": "turn_messages_on",
    "rights_missing": "reconnect_as_administrator",
    "vk_unavailable": "wait",
}


def cure_of(problem: str) -> str | None:
    """Return what cures a problem; None when nothing that we know of does."""
    return _CURES.get(problem)


def after_link(state: State) -> State:
    """Return the state once the messenger sends us events: what was connecting is active."""
    return State.ACTIVE if state is State.CONNECTING else state


def after_reconnect(state: State) -> State:
    """Return the state of a live integration that got a new connection: one that was down starts anew."""
    return State.CONNECTING if state in {State.UNAVAILABLE, State.DEACTIVATED} else state
