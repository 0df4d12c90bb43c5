"""Operators' work on a dialog: take, transfer, return, close, reopen. The caller owns the transaction."""

from uuid import UUID

from sqlalchemy import select

from dialogs.cases.actions import close_case, open_case, return_case, take_case
from dialogs.errors import DialogHasChanged, DialogIsClosed, DialogNotFound, OperatorNotFound
from dialogs.live.changes import dialog_changed
from dialogs.messages import rules
from dialogs.operators.actions import remember_operator
from dialogs.operators.queries import is_person
from dialogs.states import DialogState
from dialogs.tables import Dialog
from dialogs.threads.standing import settle, standing_of
from shared.database.session import Session
from shared.http.access import Caller
from shared.messaging.outbox import publish_on_commit


async def lock_dialog(session: Session, dialog_id: UUID, *, caller: Caller) -> Dialog:
    """Return a dialog of the caller's projects, locked until the commit. Raises DialogNotFound."""
    query = (
        select(Dialog).where(Dialog.id == dialog_id, Dialog.project_id.in_(caller.roles)).with_for_update()
    )
    dialog = await session.scalar(query)
    if dialog is None:
        raise DialogNotFound
    caller.require_for(dialog.project_id, DialogNotFound)
    return dialog


async def assign(
    session: Session, dialog_id: UUID, *, caller: Caller, operator_id: UUID, expected_version: int | None
) -> Dialog:
    """Give the open case to an operator: to oneself, or to another person of the project.

    Raises DialogNotFound, OperatorNotFound, DialogHasChanged, DialogIsClosed.
    """
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if operator_id != caller.operator_id and not await is_person(session, dialog.project_id, operator_id):
        raise OperatorNotFound
    if expected_version is not None and expected_version != dialog.version:
        raise DialogHasChanged(version=dialog.version)
    if dialog.state is DialogState.CLOSED:
        raise DialogIsClosed
    await remember_operator(session, caller, dialog.project_id)
    if (dialog.state, dialog.operator_id) != (DialogState.TAKEN, operator_id):
        await take_case(session, dialog, operator_id)
        dialog_changed(session, dialog)
    return dialog


async def give_back(session: Session, dialog_id: UUID, *, caller: Caller) -> Dialog:
    """Give the case back to everybody. Raises DialogIsClosed."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if dialog.state is DialogState.CLOSED:
        raise DialogIsClosed
    if dialog.state is DialogState.TAKEN:
        await return_case(session, dialog)
        dialog_changed(session, dialog)
    return dialog


async def close(session: Session, dialog_id: UUID, *, caller: Caller) -> Dialog:
    """Close the case, taken or not. A closed dialog stays as it is."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if dialog.state is not DialogState.CLOSED:
        await remember_operator(session, caller, dialog.project_id)
        await settle(session, dialog, rules.closed(standing_of(dialog)))
        await close_case(session, dialog, caller.operator_id)
        dialog_changed(session, dialog)
    return dialog


async def reopen(session: Session, dialog_id: UUID, *, caller: Caller) -> Dialog:
    """Open a case for the caller in a closed dialog. An open dialog stays as it is."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    if dialog.state is DialogState.CLOSED:
        await remember_operator(session, caller, dialog.project_id)
        await publish_on_commit(session, open_case(session, dialog, dialog.last_number + 1))
        await take_case(session, dialog, caller.operator_id)
        dialog_changed(session, dialog)
    return dialog
