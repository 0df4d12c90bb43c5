"""Pure decisions about a dialog as a whole."""

from dataclasses import dataclass
from datetime import datetime

INTEGRATION_DELETED = "integration_deleted"
INTEGRATION_DEACTIVATED = "integration_deactivated"
INTEGRATION_UNAVAILABLE = "integration_unavailable"
MESSAGES_OFF = "messages_off"
PERSON_UNREACHABLE = "person_unreachable"
# Why a person takes no messages, as gateways say it; what they may say one day is `person_unreachable`.
PERSONAL_REASONS = frozenset(
    {
        "writing_not_allowed",
        "blocked_by_community",
        "privacy_settings",
        "person_is_gone",
        "reply_window_over",
        "no_conversation",
        PERSON_UNREACHABLE,
    }
)
# The registry's words: for states, and for a community whose messages are switched off.
DELETED = "deleted"
DEACTIVATED = "deactivated"
UNAVAILABLE = "unavailable"
MESSAGES_DISABLED = "messages_disabled"


@dataclass(frozen=True)
class Permission:
    """Whether one may reply, and the stable code of why not, or of what delays the reply."""

    allowed: bool
    reason: str | None


@dataclass(frozen=True)
class Writing:
    """What the messenger said last of whether a person takes our messages; null is "never said"."""

    allowed: bool | None
    reason: str | None
    checked_at: datetime | None


def can_reply(*, state: str, problem: str | None = None, refusal: str | None = None) -> Permission:
    """Decide whether a dialog takes replies; of what refuses, that which concerns more people is named.

    Through an integration that is unavailable a reply goes once it is back: that is a delay, no refusal.
    """
    if state == DELETED:
        return Permission(allowed=False, reason=INTEGRATION_DELETED)
    if state == DEACTIVATED:
        return Permission(allowed=False, reason=INTEGRATION_DEACTIVATED)
    if problem == MESSAGES_DISABLED:
        return Permission(allowed=False, reason=MESSAGES_OFF)
    if refusal is not None:
        return Permission(allowed=False, reason=refusal)
    return Permission(allowed=True, reason=INTEGRATION_UNAVAILABLE if state == UNAVAILABLE else None)


def refusal_of(writing: Writing, customer_wrote_at: datetime | None) -> str | None:
    """Return why a person takes no messages; None when they do.

    Who writes to us takes our answer, so a message sent after the last look says more than that look.
    """
    if writing.allowed is not False or writing.checked_at is None:
        return None
    if customer_wrote_at is not None and customer_wrote_at > writing.checked_at:
        return None
    return writing.reason if writing.reason in PERSONAL_REASONS else PERSON_UNREACHABLE


def display_name(name: str | None, external_id: str) -> str:
    """Return the name to show; as long as the messenger has told us none, the person's id."""
    return name or f"id{external_id}"
