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
ACCOUNT_SECONDS = 60
FLOOD_SECONDS = 30


class Verdict(Enum):
    """What an attempt came to."""

    SENT = auto()
    REFUSED = auto()
    NOT_SENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Outcome:
    """A verdict with what belongs to it: VK's number, the reason, how long to wait, the account's problem."""

    verdict: Verdict
    conversation_message_id: int = 0
    reason: str = ""
    delay: timedelta = timedelta()
    account_problem: str | None = None


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
    backoff = timedelta(seconds=min(2 ** min(attempts, 10) / 2, BACKOFF_SECONDS_MAX))
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
            wait = timedelta(seconds=ACCOUNT_SECONDS)
            return Outcome(
                Verdict.NOT_SENT, reason=failure.reason, delay=wait, account_problem=failure.reason
            )
        case _:
            return Outcome(Verdict.REFUSED, reason=failure.reason)
