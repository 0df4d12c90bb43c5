"""Lists of dialogs and messages, and one dialog with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_

from dialogs.errors import DialogNotFound, MessageNotFound
from dialogs.exports.exporters import Exporters
from dialogs.live.queries import get_position
from dialogs.tables import Case, Contact, Dialog, Integration, Message, Project
from dialogs.tags.queries import tags_of
from dialogs.threads.filters import Filters, behind
from dialogs.threads.schemas import CaseOut, CommunityOut, DialogOut, ProjectOut, SourceOut
from dialogs.threads.views import dialog_summary, operators_of
from dialogs.visits.queries import find_visit
from shared.database.session import Session
from shared.http.access import Caller


async def list_dialogs(
    session: Session, filters: Filters, *, after: Sequence[Any] | None, limit: int
) -> list[Dialog]:
    """Return the chosen dialogs, the latest activity first, behind the key `after`."""
    query = select(Dialog).where(*filters.conditions(), *([behind(after)] if after else []))
    query = query.order_by(Dialog.last_activity_at.desc(), Dialog.id.desc()).limit(limit)
    return list(await session.scalars(query))


async def get_own_dialog(session: Session, dialog_id: UUID, caller: Caller) -> Dialog:
    """Return a dialog of the caller's projects. Raises DialogNotFound."""
    dialog = await session.get(Dialog, dialog_id)
    caller.require_for(dialog.project_id if dialog else None, DialogNotFound)
    if dialog is None:
        raise DialogNotFound
    return dialog


async def get_dialog_view(session: Session, dialog: Dialog, exporters: Exporters | None = None) -> DialogOut:
    """Return all that the info panel shows of a dialog."""
    contact = await session.get_one(Contact, dialog.contact_id)
    integration = await session.get(Integration, dialog.integration_id)
    project = await session.get(Project, dialog.project_id)
    case = await session.get(Case, dialog.case_id) if dialog.case_id else None
    last_message = await session.get(Message, dialog.last_message_id) if dialog.last_message_id else None
    operators = await operators_of(session, [dialog])
    tags = (await tags_of(session, [dialog])).get(dialog.id, [])
    return DialogOut(
        **dict(dialog_summary(dialog, contact, integration, operators, last_message, tags=tags)),
        project=ProjectOut(id=dialog.project_id, name=project.name if project else None),
        community=_community(integration),
        case=_case(case),
        case_count=await _count_cases(session, dialog),
        first_message_at=await _began_at(session, dialog),
        source=await _source(session, dialog),
        visit=await find_visit(session, dialog),
        metrica=(exporters or Exporters()).standing(dialog),
        message_count=dialog.message_count,
        position=await get_position(session, dialog.project_id),
    )


def _community(integration: Integration | None) -> CommunityOut:
    if integration is None:
        return CommunityOut(id=None, name=None, screen_name=None, avatar_url=None, state=None, reason=None)
    return CommunityOut(
        id=integration.community_id,
        name=integration.name,
        screen_name=integration.screen_name,
        avatar_url=integration.avatar_url,
        state=integration.state,
        reason=integration.problem,
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


async def _count_cases(session: Session, dialog: Dialog) -> int:
    query = select(func.count()).select_from(Case).where(Case.dialog_id == dialog.id)
    return (await session.execute(query)).scalar_one()


async def _began_at(session: Session, dialog: Dialog) -> datetime | None:
    first = select(Message.sent_at).where(Message.dialog_id == dialog.id)
    return await session.scalar(first.order_by(Message.anchor, Message.sub).limit(1))


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


async def list_messages_after(
    session: Session, dialog_id: UUID, *, after: Sequence[int], limit: int
) -> list[Message]:
    """Return the messages that follow a place, the oldest of them first."""
    place = tuple_(Message.anchor, Message.sub) > tuple_(*(literal(part) for part in after))
    query = select(Message).where(Message.dialog_id == dialog_id, place)
    return list(await session.scalars(query.order_by(Message.anchor, Message.sub).limit(limit)))


@dataclass(frozen=True)
class Stretch:
    """Some messages of a thread that follow each other, and whether there are more on either side."""

    items: list[Message]
    has_earlier: bool
    has_later: bool


async def read_thread(
    session: Session,
    dialog_id: UUID,
    *,
    before: Sequence[int] | None,
    after: Sequence[int] | None,
    around: UUID | None,
    limit: int,
) -> Stretch:
    """Return the end of a thread, or what is before or after a place, or around a message.

    Raises MessageNotFound.
    """
    if after is not None:
        found = await list_messages_after(session, dialog_id, after=after, limit=limit + 1)
        return Stretch(found[:limit], has_earlier=True, has_later=len(found) > limit)
    if around is None:
        found = await list_messages(session, dialog_id, before=before, limit=limit + 1)
        return Stretch(found[:limit][::-1], has_earlier=len(found) > limit, has_later=before is not None)
    middle = await get_message(session, dialog_id, around)
    place = (middle.anchor, middle.sub)
    earlier = await list_messages(session, dialog_id, before=place, limit=limit // 2 + 1)
    later = await list_messages_after(session, dialog_id, after=place, limit=limit - limit // 2)
    items = [*earlier[: limit // 2][::-1], middle, *later[: limit - limit // 2 - 1]]
    return Stretch(items, len(earlier) > limit // 2, len(later) > limit - limit // 2 - 1)
