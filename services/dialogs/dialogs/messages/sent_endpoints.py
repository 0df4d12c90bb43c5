"""Replies over REST once they are written: cancel, try again, edit, delete; and typing."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from dialogs.contents.views import message_view
from dialogs.errors import (
    DialogNotFound,
    FileNotFound,
    IntegrationIsDeactivated,
    IntegrationIsDeleted,
    MessageEmpty,
    MessageHasChanged,
    MessageIsDeleted,
    MessageNotFailed,
    MessageNotFound,
    MessageNotOurs,
    MessageNotSent,
    MessageTooLong,
    TooLateToCancel,
    TooManyChanges,
    TooManyWaiting,
)
from dialogs.messages.actions import cancel_reply, retry_reply
from dialogs.messages.permission import REFUSALS
from dialogs.messages.schemas import EditIn
from dialogs.messages.wishes import ask_deletion, ask_edit
from dialogs.tables import Contact
from dialogs.threads.queries import get_own_dialog
from dialogs.threads.schemas import MessageOut
from shared.http.access import SignedIn
from shared.http.problems import Problem, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["messages"])
MISSING: tuple[type[Problem], ...] = (DialogNotFound, MessageNotFound, MessageNotOurs)
CHANGE: tuple[type[Problem], ...] = (
    *MISSING,
    MessageNotSent,
    TooManyChanges,
    IntegrationIsDeleted,
    IntegrationIsDeactivated,
)
RETRY: tuple[type[Problem], ...] = (MessageIsDeleted, MessageNotFailed, FileNotFound, TooManyWaiting)


@router.post(
    "/{dialog_id}/messages/{message_id}/cancel",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(*MISSING, TooLateToCancel),
)
async def cancel(dialog_id: UUID, message_id: UUID, caller: SignedIn, session: Transaction) -> MessageOut:
    """Take a waiting reply back. It fails with `cancelled`, or is sent because that was too late."""
    return await message_view(session, await cancel_reply(session, dialog_id, message_id, caller=caller))


@router.post(
    "/{dialog_id}/messages/{message_id}/retry",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(
        *MISSING, MessageIsDeleted, MessageNotFailed, FileNotFound, TooManyWaiting, *REFUSALS.values()
    ),
)
async def try_again(
    request: Request, dialog_id: UUID, message_id: UUID, caller: SignedIn, session: Transaction
) -> MessageOut:
    """Try a failed reply again: the same message with a higher `attempt`, at the end of the thread."""
    settings = request.app.state.settings
    message = await retry_reply(session, dialog_id, message_id, caller=caller, settings=settings)
    return await message_view(session, message)


@router.patch(
    "/{dialog_id}/messages/{message_id}",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(*CHANGE, MessageIsDeleted, MessageHasChanged, MessageEmpty, MessageTooLong),
)
async def edit(
    *,
    request: Request,
    dialog_id: UUID,
    message_id: UUID,
    wanted: EditIn,
    caller: SignedIn,
    session: Transaction,
) -> MessageOut:
    """Edit a sent reply in the messenger. `text` stays what it is until that is done; see `change`."""
    message = await ask_edit(
        session,
        dialog_id,
        message_id,
        caller=caller,
        text=wanted.text,
        expected_version=wanted.expected_version,
        settings=request.app.state.settings,
    )
    return await message_view(session, message)


@router.delete(
    "/{dialog_id}/messages/{message_id}", status_code=HTTPStatus.ACCEPTED, responses=explained(*CHANGE)
)
async def delete(
    request: Request, dialog_id: UUID, message_id: UUID, caller: SignedIn, session: Transaction
) -> MessageOut:
    """Delete a sent reply in the messenger, for everybody; see `change` until that is done."""
    settings = request.app.state.settings
    message = await ask_deletion(session, dialog_id, message_id, caller=caller, settings=settings)
    return await message_view(session, message)


@router.post("/{dialog_id}/typing", status_code=HTTPStatus.NO_CONTENT, responses=explained(DialogNotFound))
async def tell_typing(request: Request, dialog_id: UUID, caller: SignedIn, session: ReadOnly) -> None:
    """Show the customer that somebody types. Call it as often as you like; it may be lost."""
    dialog = await get_own_dialog(session, dialog_id, caller)
    await request.app.state.typing.tell(dialog, await session.get_one(Contact, dialog.contact_id))
