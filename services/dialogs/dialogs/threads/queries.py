"""Lists of dialogs and messages, and one dialog with everything about it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, literal, select, text, tuple_

from dialogs.errors import DialogNotFound, MessageNotFound
from dialogs.live.queries import get_position
from dialogs.tables import Case, Contact, Dialog, Integration, Message, Project
from dialogs.threads.schemas import CaseOut, CommunityOut, DialogOut, ProjectOut, SourceOut
from dialogs.threads.views import dialog_summary, operators_of
from shared.database.columns import UtcDateTime
from shared.database.session import Session
from shared.http.access import Caller


class Tab(StrEnum):
    """A list of dialogs: waiting for anybody, the caller's own, all open ones, or closed ones."""

    NEW = "new"
    MINE = "mine"
    ALL = "all"
    CLOSED = "closed"


# Literal, so that the planners see that the partial index of the tab fits.
STATES = {
    Tab.NEW: text("dialog.state IN ('new')"),
    Tab.MINE: text("dialog.state IN ('taken')"),
    Tab.ALL: text("dialog.state IN ('new', 'taken')"),
    Tab.CLOSED: text("dialog.state IN ('closed')"),
}


async def list_dialogs(
    session: Session,
    project_id: UUID,
    tab: Tab,
    *,
    operator_id: UUID,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Dialog]:
    """Return the dialogs of a tab, the latest activity first, behind the key `after`."""
    query = select(Dialog).where(Dialog.project_id == project_id, STATES[tab])
    if tab is Tab.MINE:
        query = query.where(Dialog.operator_id == operator_id)
    if after is not None:
        last = tuple_(
            literal(datetime.fromisoformat(after[0]), UtcDateTime()), literal(UUID(after[1]), Uuid())
        )
        query = query.where(tuple_(Dialog.last_activity_at, Dialog.id) < last)
    query = query.order_by(Dialog.last_activity_at.desc(), Dialog.id.desc()).limit(limit)
    return list(await session.scalars(query))


async def get_own_dialog(session: Session, dialog_id: UUID, caller: Caller) -> Dialog:
    """Return a dialog of the caller's projects. Raises DialogNotFound."""
    dialog = await session.get(Dialog, dialog_id)
    caller.require_for(dialog.project_id if dialog else None, DialogNotFound)
    if dialog is None:
        raise DialogNotFound
    return dialog


async def get_dialog_view(session: Session, dialog: Dialog) -> DialogOut:
    """Return all that the info panel shows of a dialog."""
    contact = await session.get_one(Contact, dialog.contact_id)
    integration = await session.get(Integration, dialog.integration_id)
    project = await session.get(Project, dialog.project_id)
    case = await session.get(Case, dialog.case_id) if dialog.case_id else None
    last_message = await session.get(Message, dialog.last_message_id) if dialog.last_message_id else None
    operators = await operators_of(session, [dialog])
    return DialogOut(
        **dict(dialog_summary(dialog, contact, integration, operators, last_message)),
        project=ProjectOut(id=dialog.project_id, name=project.name if project else None),
        community=_community(integration),
        case=_case(case),
        source=await _source(session, dialog),
        message_count=dialog.message_count,
        position=await get_position(session, dialog.project_id),
    )


def _community(integration: Integration | None) -> CommunityOut:
    if integration is None:
        return CommunityOut(id=None, name=None, screen_name=None, avatar_url=None, state=None)
    return CommunityOut(
        id=integration.community_id,
        name=integration.name,
        screen_name=integration.screen_name,
        avatar_url=integration.avatar_url,
        state=integration.state,
    )


async def _source(session: Session, dialog: Dialog) -> SourceOut | None:
    if dialog.ref_number is None:
        return None
    said_it = select(Message.id).where(
        Message.dialog_id == dialog.id, Message.conversation_message_id == dialog.ref_number
    )
    message_id = await session.scalar(said_it)
    return SourceOut(ref=dialog.ref, ref_source=dialog.ref_source, message_id=message_id)


def _case(case: Case | None) -> CaseOut | None:
    if case is None:
        return None
    return CaseOut(id=case.id, opened_at=case.opened_at, taken_at=case.taken_at, closed_at=case.closed_at)


async def list_messages(
    session: Session, dialog_id: UUID, *, before: Sequence[int] | None, limit: int
) -> list[Message]:
    """Return the newest messages, or those before a place; the last of them is the newest."""
    query = select(Message).where(Message.dialog_id == dialog_id)
    if before is not None:
        query = query.where(tuple_(Message.anchor, Message.sub) < tuple_(*(literal(part) for part in before)))
    query = query.order_by(Message.anchor.desc(), Message.sub.desc()).limit(limit)
    return list(await session.scalars(query))


async def get_message(session: Session, dialog_id: UUID, message_id: UUID) -> Message:
    """Return a message of a dialog. Raises MessageNotFound."""
    message = await session.get(Message, message_id)
    if message is None or message.dialog_id != dialog_id:
        raise MessageNotFound
    return message
