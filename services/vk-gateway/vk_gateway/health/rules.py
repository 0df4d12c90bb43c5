"""Pure decisions about an account's health."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.events.channel import FailureKind
from vk_gateway.vk.failures import MESSAGES_OFF

VK_UNAVAILABLE = "vk_unavailable"
KEY_MISSING = "key_missing"
KEY_UNREADABLE = "key_unreadable"
RIGHTS_MISSING = "rights_missing"
MESSAGES_DISABLED = "messages_disabled"
DOCUMENTS_ARE_OFF = "documents_are_off"
CONNECTOR_LOST_ADMIN = "connector_lost_admin"
# An unreadable key is our own operator's mistake and passes when the sealing key is back.
_TRANSIENT = frozenset({VK_UNAVAILABLE, KEY_UNREADABLE})
_SETTING = frozenset({MESSAGES_DISABLED, "captcha_needed"})
_OF_COMMUNITY = {"deleted": "community_is_gone", "banned": "community_banned"}
# Why Long Poll stands in, as a warning; anything else is a callback that fails.
_OF_TRANSPORT = {
    "no_address": "no_address",
    "callback_silent": "callback_silent",
    "callback_servers_full": "callback_servers_full",
    "events_not_switched_on": "events_switched_off",
}
CALLBACK_FAILED = "callback_failed"
OPTIONAL_RIGHTS = ("photos", "docs")
# A failed probe is repeated sooner than one that went well; while VK itself is in trouble ever later.
FAILING_FACTOR = 2 / 3
FAILING_FACTOR_MAX = 4 / 3


@dataclass(frozen=True)
class Finding:
    """What a probe found. `messages_off` is None when nothing proves it either way."""

    problem: str | None = None
    warnings: tuple[str, ...] = ()
    messages_off: bool | None = None


WELL = Finding()


def kind_of(problem: str | None) -> FailureKind | None:
    """Return how a problem is to be taken."""
    if problem is None:
        return None
    if problem in _TRANSIENT:
        return FailureKind.TRANSIENT
    return FailureKind.SETTING if problem in _SETTING else FailureKind.ACCOUNT


def parks(problem: str | None) -> bool:
    """Whether nothing but probes makes sense while there is this problem."""
    return problem is not None and problem != VK_UNAVAILABLE


def problem_of_state(deactivated: object) -> str | None:
    """Return what VK's `deactivated` of a community means."""
    return None if not deactivated else _OF_COMMUNITY.get(str(deactivated), "community_is_gone")


def judge_rights(rights: Collection[str], *, by_callback: bool) -> Finding:
    """Judge what a key may do. Without `manage` a callback that was set up before goes on working."""
    if "messages" not in rights or ("manage" not in rights and not by_callback):
        return Finding(RIGHTS_MISSING)
    missing = [right for right in ("manage", *OPTIONAL_RIGHTS) if right not in rights]
    return Finding(warnings=tuple(f"{RIGHTS_MISSING}:{right}" for right in missing))


def are_messages_off(conversations: Iterable[Mapping[str, Any]]) -> bool | None:
    """Return whether messages are off, by what VK says of single dialogs; None without any evidence."""
    verdicts = [item["conversation"].get("can_write") or {} for item in conversations]
    if any(verdict.get("allowed") for verdict in verdicts):
        return False
    return True if any(verdict.get("reason") in MESSAGES_OFF for verdict in verdicts) else None


def warning_of_transport(reason: str | None) -> str | None:
    """Return the warning for why Long Poll stands in, None when it does not."""
    return None if reason is None else _OF_TRANSPORT.get(reason, CALLBACK_FAILED)


def next_probe_in(period: timedelta, problem: str | None, failures: int) -> timedelta:
    """Return when to probe again; `failures` counts probes that failed one after the other."""
    if problem is None:
        return period
    if problem != VK_UNAVAILABLE:
        return period * FAILING_FACTOR
    return period * min(FAILING_FACTOR * 1.2 ** max(failures - 1, 0), FAILING_FACTOR_MAX)
