"""Edits and deletions of sent replies: asked for, and what became of them. The caller owns the transaction.

What was asked for and is not carried out stands in the message's `changes`, oldest first. The message itself
says what the customer sees: it changes when the messenger has carried a change out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from structlog.contextvars import bound_contextvars

from dialogs.contents.queries import told_in
from dialogs.contents.rules import content_of
from dialogs.contents.versions import Retold, retell
from dialogs.errors import MessageHasChanged, MessageIsDeleted, MessageNotSent, TooManyChanges
from dialogs.live.changes import message_changed
from dialogs.messages.actions import checked_text, get_own_reply
from dialogs.messages.marks import Marks, put
from dialogs.messages.outcomes import lock_dialogs
from dialogs.messages.permission import lock_dialog_to_write, require_integration
from dialogs.messages.rules import is_sent
from dialogs.operators.actions import remember_operator
from dialogs.registry.epochs import ignored_events
from dialogs.settings import DialogsSettings
from dialogs.states import ChangeState, MessageState
from dialogs.tables import Contact, Dialog, Message
from dialogs.threads.rules import display_name
from shared.database.session import Session
from shared.events.channel import ChangeApplied, ChangeFailed
from shared.events.dialogs import ChangeKind, ChangeRequested
from shared.http.access import Caller
from shared.messaging.audit import record_action
from shared.messaging.outbox import publish_on_commit

# Literal, so that the planners see that the partial index fits.
CHANGING = text("message.changes IS NOT NULL")


async def ask_edit(
    session: Session,
    dialog_id: UUID,
    message_id: UUID,
    *,
    caller: Caller,
    text: str,
    expected_version: int | None,
    settings: DialogsSettings,
) -> Message:
    """Ask for another text of a sent reply. The text it has or will have already changes nothing.

    Raises DialogNotFound, MessageNotFound, MessageNotOurs, MessageHasChanged, MessageNotSent,
    MessageIsDeleted, MessageEmpty, MessageTooLong, TooManyChanges,
    and what `require_integration` raises.
    """
    dialog = await lock_dialog_to_write(session, dialog_id, caller=caller)
    reply = await get_own_reply(session, dialog, message_id)
    has_files = bool(content_of(reply.content).attachments)
    wanted = checked_text(text, settings, may_be_empty=has_files)
    if expected_version is not None and expected_version != reply.version:
        raise MessageHasChanged(version=reply.version)
    _require_sent(reply)
    if reply.deleted_at is not None:
        raise MessageIsDeleted
    pending = _pending(reply)
    if pending and pending[-1]["kind"] == ChangeKind.DELETE:
        raise MessageIsDeleted
    if wanted == (pending[-1]["text"] if pending else reply.text):
        return reply
    await _ask(session, dialog, reply, ChangeKind.EDIT, wanted, caller=caller, settings=settings)
    return reply


async def ask_deletion(
    session: Session, dialog_id: UUID, message_id: UUID, *, caller: Caller, settings: DialogsSettings
) -> Message:
    """Ask for a sent reply to be deleted in the messenger, for everybody. Again: nothing more.

    One that has failed is nowhere else, and so is deleted at once.

    Raises DialogNotFound, MessageNotFound, MessageNotOurs, MessageNotSent, TooManyChanges,
    and what `require_integration` raises.
    """
    dialog = await lock_dialog_to_write(session, dialog_id, caller=caller)
    reply = await get_own_reply(session, dialog, message_id)
    if reply.deleted_at is not None:
        return reply
    if reply.state is MessageState.FAILED:
        reply.deleted_at = session.now
        _store(session, dialog, reply, [])
        return reply
    _require_sent(reply)
    if not any(change["kind"] == ChangeKind.DELETE for change in _pending(reply)):
        await _ask(session, dialog, reply, ChangeKind.DELETE, None, caller=caller, settings=settings)
    return reply


def _require_sent(reply: Message) -> None:
    if not is_sent(reply.state) or reply.conversation_message_id is None:
        raise MessageNotSent


def _pending(reply: Message) -> list[dict[str, Any]]:
    return [change for change in reply.changes or [] if change["state"] == ChangeState.PENDING]


async def _ask(
    session: Session,
    dialog: Dialog,
    reply: Message,
    kind: ChangeKind,
    wanted: str | None,
    *,
    caller: Caller,
    settings: DialogsSettings,
) -> None:
    integration = await require_integration(session, dialog)
    contact = await session.get_one(Contact, dialog.contact_id)
    if len(pending := _pending(reply)) >= settings.waiting_changes_max:
        raise TooManyChanges(waiting_max=settings.waiting_changes_max)
    assert reply.conversation_message_id is not None
    reply.change_count = (reply.change_count or 0) + 1
    request = ChangeRequested(
        project_id=dialog.project_id,
        change_id=session.new_id(),
        kind=kind,
        number=reply.change_count,
        reply_id=reply.id,
        dialog_id=dialog.id,
        integration_id=dialog.integration_id,
        epoch=integration.epoch,
        external_id=contact.external_id,
        conversation_message_id=reply.conversation_message_id,
        text=wanted,
    )
    # Those that failed have been seen by whoever asks for another one.
    _store(session, dialog, reply, [*pending, _begun(request, caller)])
    await remember_operator(session, caller, dialog.project_id)
    action = "dialogs.message_edited" if kind is ChangeKind.EDIT else "dialogs.message_deleted"
    await record_action(
        session,
        action,
        project_id=dialog.project_id,
        subject_id=reply.id,
        subject_name=display_name(contact.name, contact.external_id),
    )
    await publish_on_commit(session, request)


def _begun(request: ChangeRequested, caller: Caller) -> dict[str, Any]:
    return {
        "id": str(request.change_id),
        "number": request.number,
        "epoch": request.epoch,
        "kind": request.kind.value,
        "text": request.text,
        "state": ChangeState.PENDING.value,
        "reason": None,
        "by": {"id": str(caller.operator_id), "name": caller.name},
    }


def _store(session: Session, dialog: Dialog, reply: Message, changes: list[dict[str, Any]]) -> None:
    reply.changes = changes or None
    reply.version += 1
    message_changed(session, dialog, reply.id)


async def learn_changes(session: Session, events: Sequence[ChangeApplied | ChangeFailed]) -> None:
    """Apply what became of changes, in any order, each any number of times."""
    ids = {event.reply_id for event in events}
    found = await session.scalars(select(Message.dialog_id).where(Message.id.in_(ids)).distinct())
    dialogs = await lock_dialogs(session, found.all())
    query = select(Message).where(Message.id.in_(ids), Message.dialog_id.in_(dialogs))
    rows = await session.scalars(query.execution_options(populate_existing=True))
    replies = {reply.id: reply for reply in rows}
    for event in events:
        reply = replies.get(event.reply_id)
        change = _find(reply, event) if reply is not None else None
        if reply is None or change is None:
            ignored_events.labels("unknown_change").inc()
            continue
        with bound_contextvars(correlation_id=event.correlation_id):
            await _learn(session, dialogs[reply.dialog_id], reply, change, event)


def _find(reply: Message, event: ChangeApplied | ChangeFailed) -> dict[str, Any] | None:
    if reply.project_id != event.project_id:
        return None
    wanted = str(event.change_id)
    return next((change for change in reply.changes or [] if change["id"] == wanted), None)


async def _learn(
    session: Session,
    dialog: Dialog,
    reply: Message,
    change: dict[str, Any],
    event: ChangeApplied | ChangeFailed,
) -> None:
    changes = reply.changes or []
    position = changes.index(change)
    if isinstance(event, ChangeFailed):
        if change["state"] == ChangeState.PENDING:
            failed = {**change, "state": ChangeState.FAILED.value, "reason": event.reason}
            shown = [] if change.get("passed") else [failed]
            _store(session, dialog, reply, [*changes[:position], *shown, *changes[position + 1 :]])
        return
    # A change that was carried out makes it old news that one before it failed, whenever we hear of that.
    before = [one | {"passed": True} for one in changes[:position] if one["state"] == ChangeState.PENDING]
    _store(session, dialog, reply, [*before, *changes[position + 1 :]])
    if change["text"] is None:
        put(reply, Marks(deleted_at=event.applied_at))
        return
    by = change.get("by") or {"id": reply.author_id, "name": reply.author_name}
    telling = replace(
        told_in(reply),
        told_at=event.applied_at,
        text=change["text"],
        author_id=UUID(str(by["id"])),
        author_name=by["name"],
    )
    await retell(session, [Retold(dialog, reply, [telling], event.correlation_id)])


async def give_up_changes(session: Session, integration_id: UUID, *, through_epoch: int, reason: str) -> None:
    """Give up the changes that wait since an epoch that has ended."""
    its = select(Message.dialog_id).join(Dialog, Dialog.id == Message.dialog_id)
    concerned = await session.scalars(its.where(Dialog.integration_id == integration_id, CHANGING).distinct())
    dialogs = await lock_dialogs(session, concerned.all())
    query = select(Message).where(Message.dialog_id.in_(dialogs), CHANGING).order_by(Message.id)
    for reply in await session.scalars(query.execution_options(populate_existing=True)):
        over = [one for one in _pending(reply) if one.get("epoch", 0) <= through_epoch]
        if not over:
            continue
        given_up = {"state": ChangeState.FAILED.value, "reason": reason}
        changes = [{**one, **given_up} if one in over else one for one in reply.changes or []]
        _store(session, dialogs[reply.dialog_id], reply, changes)
