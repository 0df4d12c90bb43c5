"""Pure decisions about one attempt to send."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear

RANDOM_ID_MAX = 2_147_483_647
FIRST_RANDOM_ID_MAX = 1_000_000_000
LIMIT_REACHED = 6
FLOOD = 9
BACKOFF_SECONDS_MAX = 300
FLOOD_SECONDS = 30
UPLOADS_MAX = 3


class Verdict(Enum):
    """What an attempt came to."""

    SENT = auto()
    REFUSED = auto()
    NOT_SENT = auto()
    UNKNOWN = auto()
    NOT_TRIED = auto()


@dataclass(frozen=True)
class Outcome:
    """A verdict with what belongs to it: VK's number, the reason, how long to wait, the account's problem."""

    verdict: Verdict
    conversation_message_id: int = 0
    reason: str = ""
    delay: timedelta = timedelta()
    account_problem: str | None = None
    is_personal: bool = False


NOT_TRIED = Outcome(Verdict.NOT_TRIED)


def read_answer(response: Any, *, attempts: int) -> Outcome:
    """Judge the answer of messages.send with `peer_ids` (one recipient). Success needs both numbers."""
    item = response[0] if isinstance(response, list) and response else None
    if not isinstance(item, dict):
        return Outcome(Verdict.UNKNOWN)
    if error := item.get("error"):
        failure = VkError("messages.send", int(error.get("code", 0)), str(error.get("description", "")))
        return judge_failure(failure, attempts=attempts)
    number = item.get("conversation_message_id")
    if not item.get("message_id") or not isinstance(number, int) or number <= 0:
        return Outcome(Verdict.UNKNOWN)
    return Outcome(Verdict.SENT, conversation_message_id=number)


def judge_failure(failure: VkError | VkUnclear, *, attempts: int) -> Outcome:
    """Judge what VK or the network answered instead."""
    backoff = backoff_for(attempts)
    if isinstance(failure, VkUnclear):
        if failure.sent:
            return Outcome(Verdict.UNKNOWN)
        return Outcome(Verdict.NOT_SENT, reason="vk_unavailable", delay=backoff)
    if failure.was_carried_out is None:
        return Outcome(Verdict.UNKNOWN)
    if failure.code == FLOOD:
        flood = timedelta(seconds=min(FLOOD_SECONDS * 2 ** min(attempts - 1, 5), 900))
        return Outcome(Verdict.NOT_SENT, reason=failure.reason, delay=flood)
    match failure.failure_class:
        case FailureClass.TRANSIENT:
            delay = timedelta(seconds=1) if failure.code == LIMIT_REACHED else backoff
            return Outcome(Verdict.NOT_SENT, reason=failure.reason, delay=delay)
        case FailureClass.ACCOUNT:
            # It waits for a probe, with all others.
            return Outcome(Verdict.NOT_SENT, reason=failure.reason, account_problem=failure.reason)
        case failure_class:
            is_personal = failure_class is FailureClass.PEER
            return Outcome(Verdict.REFUSED, reason=failure.reason, is_personal=is_personal)


def judge_upload(reason: str | None, *, attempts: int, is_final: bool = False) -> Outcome:
    """Judge an upload that failed; `reason` is why VK's upload server does not take the file, if it says so.

    It says so for no reason too: only after some tries it is believed.
    """
    if is_final or (reason is not None and attempts >= UPLOADS_MAX):
        return Outcome(Verdict.REFUSED, reason=reason or "file_not_taken")
    return Outcome(Verdict.NOT_SENT, reason=reason or "vk_unavailable", delay=backoff_for(attempts))


def backoff_for(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: a second, doubling to five minutes."""
    return timedelta(seconds=min(2 ** min(attempts, 10) / 2, BACKOFF_SECONDS_MAX))
