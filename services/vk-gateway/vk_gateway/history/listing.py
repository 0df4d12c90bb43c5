"""Listing the dialogs that an import is about (messages.getConversations), the latest first.

A dialog that gets a message moves to the top, past the place where we are. So there are passes: each ends
where the one before began, until one needs a single page: during that nothing moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from shared.database.inserts import inserted_rows
from shared.database.session import Session
from vk_gateway.history.actions import read_conversation
from vk_gateway.history.backlog import MESSAGES_OF_A_CALL, Message, is_there
from vk_gateway.history.tables import Import, ImportDialog
from vk_gateway.vk.client import CommunityApi

PAGE = 200


@dataclass(frozen=True)
class Listed:
    """A dialog of the list, and its last message if VK gave it."""

    peer_id: int
    message_id: int
    number: int
    last_message: Message


@dataclass(frozen=True)
class ListPage:
    """A page of the list: `head` and `lowest` are message ids, `is_last` when nothing of use comes after."""

    dialogs: Sequence[Listed]
    head: int
    lowest: int
    is_last: bool
    dialogs_there: int | None


async def read_list(api: CommunityApi, found: Import) -> ListPage:
    """Read the next page of the list. Raises VkError, VkUnclear, KeyError, TypeError, ValueError."""
    parameters: dict[str, str | int] = {"count": PAGE}
    if found.list_below is not None:
        parameters["start_message_id"] = found.list_below
    answer = await api.call_in_background("messages.getConversations", **parameters)
    items: list[Mapping[str, Any]] = answer["items"]
    border = found.since.timestamp() if found.since else 0.0
    dialogs = []
    ids = []
    is_old = False
    for item in items:
        message_id = int(item["conversation"]["last_message_id"])
        last = item.get("last_message") or {}
        ids.append(message_id)
        is_new = found.list_floor < message_id and (found.list_below is None or message_id < found.list_below)
        is_old |= "date" in last and int(last["date"]) < border
        dialog = read_conversation(item)
        if dialog is not None and is_new and int(last.get("date", border)) >= border:
            dialogs.append(Listed(*dialog, last))
    lowest = min(ids, default=0)
    goes_on = len(items) == PAGE and lowest > found.list_floor and not is_old
    is_stuck = found.list_below is not None and lowest >= found.list_below
    there = None if found.since else int(answer["count"])
    return ListPage(dialogs, max(ids, default=0), lowest, not goes_on or is_stuck, there)


async def take_list(session: Session, found: Import, page: ListPage, floor_message_id: int) -> list[Message]:
    """Note the dialogs of a page. Returns the messages of those that have one only: it came with the list."""
    is_first = found.list_below is None
    if is_first:
        found.list_head = page.head
    new = await _insert(session, found, page.dialogs, floor_message_id)
    found.dialogs_listed += len(new)
    if found.dialogs_there is None or found.list_floor == 0:
        found.dialogs_there = page.dialogs_there
    if not page.is_last:
        found.list_below = page.lowest
    else:
        # Where people write all the time, some have always moved by the next pass.
        found.is_listed = is_first
        found.list_floor, found.list_below = max(found.list_floor, found.list_head or 0), None
    whole = [
        each
        for each in page.dialogs
        if each.peer_id in new
        and each.number == 1
        and each.message_id <= floor_message_id
        and is_there(each.last_message)
        and "conversation_message_id" in each.last_message
    ]
    of_them = (ImportDialog.integration_id == found.integration_id) & ImportDialog.peer_id.in_(
        [each.peer_id for each in whole]
    )
    await session.execute(delete(ImportDialog).where(of_them).execution_options(synchronize_session=False))
    return [each.last_message for each in whole]


async def _insert(
    session: Session, found: Import, dialogs: Sequence[Listed], floor_message_id: int
) -> set[int]:
    rows = [
        {
            "integration_id": found.integration_id,
            "peer_id": each.peer_id,
            "project_id": found.project_id,
            "last_message_id": each.message_id,
            "below": floor_message_id + 1,
            "from_id": None if each.message_id > floor_message_id else each.message_id,
            "messages_left": _expected(found, each),
            "failures": 0,
        }
        for each in dialogs
    ]
    new = await inserted_rows(
        session, ImportDialog, rows, conflict=["integration_id", "peer_id"], returning=["peer_id"]
    )
    return {peer_id for (peer_id,) in new}


def _expected(found: Import, dialog: Listed) -> int:
    """Return how many messages there are at most; how far a month goes is a guess."""
    return max(1, min(dialog.number, MESSAGES_OF_A_CALL) if found.since else dialog.number)
