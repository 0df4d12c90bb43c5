"""Reading VK's earlier messages: what is asked for next, what an answer comes to, how it is written down."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from vk_gateway.history.fetching import CALLS_MAX
from vk_gateway.history.tables import ImportDialog

METHOD = "messages.getHistory"
MESSAGES_OF_A_CALL = 200
# So that an answer stays far below what `execute` may give (5 MB), and does not stop this process for long.
MESSAGES_OF_A_REQUEST = 1_000
# A dialog that VK failed for is asked for by itself, and then for less: messages can be large.
MESSAGES_AFTER_FAILURE = 20
PAGE_MESSAGES = 100
PAGE_BYTES = 96 * 1024
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """The next messages of a dialog, newest first: in `calls` calls of `count` each."""

    peer_id: int
    below: int
    from_id: int | None
    count: int
    calls: int

    def parameters(self) -> list[dict[str, str | int]]:
        """Return the parameters of each call."""
        begin: dict[str, str | int] = {"peer_id": self.peer_id, "count": self.count}
        if self.from_id is not None:
            begin["start_message_id"] = self.from_id
        return [begin | {"offset": self.count * number} for number in range(self.calls)]


@dataclass(frozen=True)
class Piece:
    """Messages of one dialog, newest first, and how the dialog stands once they are stored."""

    peer_id: int
    messages: Sequence[Message]
    below: int
    from_id: int
    messages_left: int


async def next_asks(session: Session, integration_id: UUID, room: int) -> list[Ask]:
    """Choose what to ask for in one request, `room` messages about: dialogs with the latest news first."""
    query = (
        select(ImportDialog)
        .where(ImportDialog.integration_id == integration_id)
        .order_by(ImportDialog.failures, ImportDialog.last_message_id.desc())
        .limit(CALLS_MAX)
    )
    asks: list[Ask] = []
    calls_left = CALLS_MAX
    for dialog in (await session.scalars(query)).all():
        if dialog.failures:
            count = MESSAGES_OF_A_CALL if dialog.failures == 1 else MESSAGES_AFTER_FAILURE
            return asks or [_ask(dialog, count, 1)]
        if not calls_left or room <= 0:
            break
        # Going on, VK tells the last message once more.
        expected = dialog.messages_left + (dialog.from_id is not None)
        wanted = max(1, min(expected, room))
        calls = min(calls_left, -(-wanted // MESSAGES_OF_A_CALL))
        asks.append(_ask(dialog, MESSAGES_OF_A_CALL, calls))
        calls_left -= calls
        room -= wanted
    return asks


def _ask(dialog: ImportDialog, count: int, calls: int) -> Ask:
    return Ask(dialog.peer_id, dialog.below, dialog.from_id, count, calls)


def piece_of(ask: Ask, answers: Sequence[Mapping[str, Any]], since: datetime | None) -> Piece:
    """Read what VK gave of a dialog. Raises KeyError, TypeError, ValueError."""
    items: list[Message] = [item for answer in answers for item in answer["items"]]
    ids = [int(item["id"]) for item in items]
    lowest = min(ids, default=0)
    oldest = min((int(item["date"]) for item in items), default=0)
    border = since.timestamp() if since else 0.0
    wanted = {
        int(item["id"]): item
        for item in items
        if int(item["id"]) < ask.below and int(item["date"]) >= border and is_there(item)
    }
    is_last = len(answers[-1]["items"]) < ask.count or oldest < border or not lowest > 0
    # Without news a dialog would be asked for for ever.
    stands = ask.from_id is not None and lowest >= ask.from_id
    numbers = [int(item["conversation_message_id"]) for item in items]
    left = 0 if is_last or stands else max(0, min(numbers) - 1)
    if since is not None:
        # How far the month goes is not known; one more page mostly.
        left = min(left, MESSAGES_OF_A_CALL)
    newest_first = [wanted[key] for key in sorted(wanted, reverse=True)]
    return Piece(ask.peer_id, newest_first, min(ask.below, lowest), lowest, left)


def is_there(item: Message) -> bool:
    """Whether VK gives the message: it may name a deleted one."""
    return not item.get("deleted") and not item.get("is_unavailable")


def parts(pieces: Sequence[Piece], size: int) -> list[list[Piece]]:
    """Cut pieces into parts of `size` messages, each for one transaction, a dialog once in each."""
    cut: list[list[Piece]] = [[]]
    room = size
    for piece in pieces:
        messages = piece.messages
        while len(messages) > room:
            head, messages = messages[:room], messages[room:]
            if head:
                lowest = int(head[-1]["id"])
                left = max(1, int(head[-1]["conversation_message_id"]) - 1)
                cut[-1].append(Piece(piece.peer_id, head, lowest, lowest, left))
            cut.append([])
            room = size
        cut[-1].append(replace(piece, messages=messages))
        room -= len(messages)
    return cut


def pages(import_id: UUID, messages: Sequence[Message]) -> Iterator[tuple[int, bytes]]:
    """Write messages down as VK gave them, many in an update. Gives how many, and the update's body."""
    head = f'{{"object":{{"import_id":"{import_id}","messages":['.encode()
    page: list[bytes] = []
    size = 0
    for message in messages:
        written = json.dumps(message).encode()
        if page and (len(page) == PAGE_MESSAGES or size + len(written) > PAGE_BYTES):
            yield len(page), head + b",".join(page) + b"]}}"
            page, size = [], 0
        page.append(written)
        size += len(written)
    if page:
        yield len(page), head + b",".join(page) + b"]}}"
