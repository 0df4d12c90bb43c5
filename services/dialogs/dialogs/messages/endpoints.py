"""Messages over REST: reading a thread and replying."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from dialogs.contents.schemas import VersionOut
from dialogs.contents.views import message_view, message_views, version_views
from dialogs.errors import (
    ClientIdReused,
    DialogNotFound,
    MessageEmpty,
    MessageNotFound,
    MessageTooLong,
    TooManyWaiting,
)
from dialogs.live.queries import get_position
from dialogs.messages.actions import write_reply
from dialogs.messages.colleagues import REFUSALS as COLLEAGUES
from dialogs.messages.composing import REFUSALS as COMPOSING
from dialogs.messages.composing import Wanted
from dialogs.messages.permission import REFUSALS
from dialogs.messages.schemas import ReplyIn
from dialogs.threads.endpoints import POSITION_HEADER
from dialogs.threads.queries import get_message, get_own_dialog, read_thread
from dialogs.threads.schemas import MessageOut, Thread
from shared.http.access import SignedIn
from shared.http.pages import InvalidCursor, Limit, Page, cursors
from shared.http.problems import explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["messages"])
Before = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the later page")]
After = Annotated[str | None, Query(max_length=500, description="`later_cursor` of the earlier page")]
Around = Annotated[UUID | None, Query(description="A message that shall be in the middle")]


@router.get("/{dialog_id}/messages", responses=explained(DialogNotFound, MessageNotFound, InvalidCursor))
async def list_messages_of_a_dialog(
    request: Request,
    response: Response,
    dialog_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    before: Before = None,
    after: After = None,
    around: Around = None,
    limit: Limit = 50,
) -> Thread:
    """List a thread, the newest message last: its end, or what is before, after or around something.

    `next_cursor` given as `before` leads to earlier messages, `later_cursor` as `after` to later ones.
    """
    dialog = await get_own_dialog(session, dialog_id, caller)
    if sum(given is not None for given in (before, after, around)) > 1:
        raise InvalidCursor
    pages = cursors(request, f"messages:{dialog_id}")
    found = await read_thread(
        session,
        dialog_id,
        before=pages.unpack(before),
        after=pages.unpack(after),
        around=around,
        limit=limit,
    )
    response.headers[POSITION_HEADER] = str(await get_position(session, dialog.project_id))
    first, last = (found.items[0], found.items[-1]) if found.items else (None, None)
    return Thread(
        items=await message_views(session, found.items),
        next_cursor=pages.pack(first.anchor, first.sub) if first and found.has_earlier else None,
        later_cursor=pages.pack(last.anchor, last.sub) if last and found.has_later else None,
    )


@router.get(
    "/{dialog_id}/messages/{message_id}/versions", responses=explained(DialogNotFound, MessageNotFound)
)
async def list_versions_of_a_message(
    dialog_id: UUID, message_id: UUID, caller: SignedIn, session: ReadOnly
) -> Page[VersionOut]:
    """List what a message was, the oldest first and the newest as it is now; at most the last 200."""
    await get_own_dialog(session, dialog_id, caller)
    message = await get_message(session, dialog_id, message_id)
    return Page(items=await version_views(session, message), next_cursor=None)


@router.post(
    "/{dialog_id}/messages",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(
        DialogNotFound,
        MessageEmpty,
        MessageTooLong,
        ClientIdReused,
        TooManyWaiting,
        *COLLEAGUES,
        *COMPOSING,
        *REFUSALS.values(),
    ),
)
async def reply(
    request: Request, dialog_id: UUID, wanted: ReplyIn, caller: SignedIn, session: Transaction
) -> MessageOut:
    """Queue a reply. Its outcome comes by the live feed."""
    message = await write_reply(
        session,
        dialog_id,
        Wanted(
            wanted.client_id,
            wanted.text,
            wanted.quoted_message_id,
            tuple(wanted.attachments),
            take_over=wanted.take_over,
            seen_number=wanted.seen_number,
        ),
        caller=caller,
        settings=request.app.state.settings,
    )
    return await message_view(session, message)
