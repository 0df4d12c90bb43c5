"""Asking VK for messages by their numbers: a hundred of a dialog in a call, many calls in one request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vk_gateway.vk.client import CommunityApi

METHOD = "messages.getByConversationMessageId"
CALLS_MAX = 25
# An answer that is too large fails as a whole (error 13).
NUMBERS_MAX = 500


@dataclass(frozen=True)
class Wish:
    """Numbers of one dialog, highest first, at most a hundred."""

    peer_id: int
    numbers: tuple[int, ...]


async def fetch_messages(
    api: CommunityApi, wishes: Sequence[Wish]
) -> list[Mapping[int, Mapping[str, Any]] | None]:
    """Return for each wish what VK has, by number; None where VK failed. At most CALLS_MAX wishes.

    One wish is asked for by itself and raises what VK says; several go through `execute`.
    Raises VkError, VkUnclear, and KeyError, TypeError, ValueError for what cannot be read.
    """
    if len(wishes) == 1:
        (wish,) = wishes
        answer = await api.call_in_background(METHOD, **_parameters(wish))
        return [_by_number(answer)]
    answers = await call_many(api, METHOD, [_parameters(wish) for wish in wishes])
    return [_by_number(answer) if answer is not None else None for answer in answers]


async def call_many(
    api: CommunityApi, method: str, calls: Sequence[Mapping[str, str | int]]
) -> list[Mapping[str, Any] | None]:
    """Call a method many times in one request. Returns the answers, None where VK failed.

    Raises VkError, VkUnclear, ValueError.
    """
    made = ",".join(f"API.{method}({json.dumps(call)})" for call in calls)
    answers = await api.call_in_background("execute", code=f"return [{made}];")
    if not isinstance(answers, list) or len(answers) != len(calls):
        raise ValueError("execute answered for others")
    return [answer if isinstance(answer, dict) else None for answer in answers]


def _parameters(wish: Wish) -> dict[str, str | int]:
    numbers = ",".join(map(str, wish.numbers))
    return {"peer_id": wish.peer_id, "conversation_message_ids": numbers}


def _by_number(answer: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return what is really there: VK may name a deleted message without giving it."""
    return {
        int(item["conversation_message_id"]): item
        for item in answer["items"]
        if not item.get("deleted") and not item.get("is_unavailable")
    }
