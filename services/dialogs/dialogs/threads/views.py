"""How dialogs and messages look to callers, read for many at once."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_

from dialogs.contents.rules import content_of, kinds_of
from dialogs.states import Author, MessageState
from dialogs.tables import Base, Contact, Dialog, Integration, Message, Operator
from dialogs.tags.queries import tags_of
from dialogs.tags.schemas import TagMark
from dialogs.threads.rules import DELETED, Permission, Writing, can_reply, display_name, refusal_of
from dialogs.threads.schemas import (
    CanReply,
    ContactOut,
    DialogSummary,
    LastMessageOut,
    OperatorOut,
)
from shared.database.choices import among
from shared.database.session import Session

PREVIEW_CHARACTERS = 200

DialogViews = dict[UUID, DialogSummary]
# By project and operator.
Operators = dict[tuple[UUID, UUID], Operator]
T = TypeVar("T", bound=Base)


async def found_by_id(session: Session, kind: type[T], ids: Iterable[UUID | None]) -> dict[UUID, T]:
    """Return the rows with these ids; those that the session holds already cost nothing."""
    known: dict[UUID, T] = {}
    missing: set[UUID] = set()
    for row_id in ids:
        if row_id is None or row_id in known:
            continue
        held = session.held(kind, row_id)
        if held is None:
            missing.add(row_id)
        else:
            known[row_id] = held
    if missing:
        key: Any = kind.__table__.c.id
        rows = (await session.scalars(select(kind).where(among(key, missing)))).all()
        session.keep(rows)
        known |= {key_of(row): row for row in rows}
    return known


def key_of(row: Any) -> UUID:
    """Return a row's id."""
    row_id: UUID = row.id
    return row_id


async def operators_of(session: Session, dialogs: Sequence[Dialog]) -> Operators:
    """Return who answers for these dialogs; those that the session holds already cost nothing."""
    wanted = {(dialog.project_id, dialog.operator_id) for dialog in dialogs if dialog.operator_id}
    held = {key: session.identity_map.get(session.identity_key(Operator, key)) for key in wanted}
    known: Operators = {key: row for key, row in held.items() if isinstance(row, Operator)}
    if missing := wanted - known.keys():
        key_columns = tuple_(Operator.project_id, Operator.id)
        rows = await session.scalars(select(Operator).where(key_columns.in_(missing)))
        known |= {(row.project_id, row.id): row for row in rows}
    return known


async def dialog_views(session: Session, dialogs: Sequence[Dialog]) -> DialogViews:
    """Render dialogs for lists and the live feed, in three to five queries for all of them."""
    contacts = await found_by_id(session, Contact, [dialog.contact_id for dialog in dialogs])
    integrations = await found_by_id(session, Integration, [dialog.integration_id for dialog in dialogs])
    operators = await operators_of(session, dialogs)
    last_messages = await found_by_id(session, Message, [dialog.last_message_id for dialog in dialogs])
    tags = await tags_of(session, dialogs)
    return {
        dialog.id: dialog_summary(
            dialog,
            contacts[dialog.contact_id],
            integrations.get(dialog.integration_id),
            operators,
            last_messages.get(dialog.last_message_id) if dialog.last_message_id else None,
            tags=tags.get(dialog.id, []),
        )
        for dialog in dialogs
    }


def dialog_summary(
    dialog: Dialog,
    contact: Contact,
    integration: Integration | None,
    operators: Operators,
    last_message: Message | None,
    *,
    tags: list[TagMark],
) -> DialogSummary:
    """Render one dialog."""
    return DialogSummary(
        id=dialog.id,
        project_id=dialog.project_id,
        contact=ContactOut(
            name=display_name(contact.name, contact.external_id),
            external_id=contact.external_id,
            screen_name=contact.screen_name,
            profile_url=contact.profile_url,
            avatar_url=contact.avatar_url,
        ),
        channel=integration.channel if integration else "",
        integration_id=dialog.integration_id,
        community_name=integration.name if integration else None,
        last_message=_preview(last_message, contact),
        state=dialog.state,
        operator=_operator(dialog, operators),
        unanswered_since=dialog.unanswered_since,
        unread_count=dialog.unread_count,
        seen_through=max(dialog.seen_through, dialog.answered_through),
        important=dialog.important,
        tags=tags,
        read_through=contact.read_through,
        last_activity_at=dialog.last_activity_at,
        can_reply=_can_reply(permission_of(dialog, contact, integration)),
        version=dialog.version,
    )


def permission_of(dialog: Dialog, contact: Contact, integration: Integration | None) -> Permission:
    """Return whether one may reply in a dialog."""
    writing = Writing(contact.writing_allowed, contact.writing_reason, contact.writing_checked_at)
    return can_reply(
        state=DELETED if integration is None or integration.deleted else integration.state,
        problem=integration.problem if integration else None,
        refusal=refusal_of(writing, dialog.customer_wrote_at),
    )


def _can_reply(permission: Permission) -> CanReply:
    return CanReply(allowed=permission.allowed, reason=permission.reason)


def _operator(dialog: Dialog, operators: Operators) -> OperatorOut | None:
    if dialog.operator_id is None:
        return None
    known = operators.get((dialog.project_id, dialog.operator_id))
    return OperatorOut(id=dialog.operator_id, name=known.name if known else None)


def _preview(message: Message | None, contact: Contact) -> LastMessageOut | None:
    if message is None:
        return None
    return LastMessageOut(
        id=message.id,
        author=message.author,
        author_id=message.author_id,
        author_name=message.author_name,
        text=message.text[:PREVIEW_CHARACTERS],
        kinds=kinds_of(content_of(message.content), unsupported=message.unsupported),
        deleted_at=message.deleted_at,
        state=shown_state(message, contact),
        sent_at=message.sent_at,
    )


def shown_state(message: Message, contact: Contact) -> MessageState:
    """Return how far a message is, as people see it: a sent one may have been read."""
    number = message.conversation_message_id
    ours = message.author is not Author.CUSTOMER and message.state is MessageState.SENT
    return MessageState.READ if ours and number and number <= contact.read_through else message.state
