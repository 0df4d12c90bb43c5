"""Writing a decision of the rules back into a dialog's row."""

from dataclasses import fields
from uuid import UUID

from sqlalchemy import func, select

from dialogs.live.changes import recount_unread
from dialogs.messages.rules import Standing, is_stale
from dialogs.states import Author, MessageState
from dialogs.tables import Dialog, Message
from shared.database.session import Session
from shared.events.channel import Source

NAMES = tuple(field.name for field in fields(Standing))


def standing_of(dialog: Dialog) -> Standing:
    """Return how a dialog stands."""
    return Standing(**{name: getattr(dialog, name) for name in NAMES})


async def settle(session: Session, dialog: Dialog, standing: Standing) -> None:
    """Store a new standing; looks up the first unanswered message if the known one has been answered."""
    if standing.read_through != standing_of(dialog).read_through:
        recount_unread(session, dialog)
    for name in NAMES:
        setattr(dialog, name, getattr(standing, name))
    if standing.read_through >= standing.last_number:
        dialog.unread_count = 0
    if is_stale(standing):
        await _find_unanswered(session, dialog)


async def recount_answers(session: Session, dialog: Dialog) -> None:
    """Find out anew what is answered, after a reply turned out to be none."""
    query = select(func.max(Message.answers_through)).where(
        Message.dialog_id == dialog.id, Message.state != MessageState.FAILED
    )
    through = (await session.execute(query)).scalar_one() or 0
    recount_unread(session, dialog)
    dialog.answered_through = max(dialog.closed_through, through)
    await _find_unanswered(session, dialog)


async def _find_unanswered(session: Session, dialog: Dialog) -> None:
    first = (
        select(Message.conversation_message_id, Message.sent_at)
        .where(
            Message.dialog_id == dialog.id,
            Message.anchor > dialog.answered_through,
            Message.author == Author.CUSTOMER,
            Message.source != Source.HISTORY.value,
        )
        .order_by(Message.anchor)
        .limit(1)
    )
    row = (await session.execute(first)).one_or_none()
    dialog.unanswered_from, dialog.unanswered_since = (None, None) if row is None else (row[0], row[1])


def stand_last(dialog: Dialog, message_id: UUID, anchor: int, sub: int) -> None:
    """Note a new message as the newest one, if its place is behind the newest so far."""
    if dialog.last_message_id is None or (anchor, sub) > (dialog.last_anchor, dialog.last_sub):
        dialog.last_message_id, dialog.last_anchor, dialog.last_sub = message_id, anchor, sub


async def recount_last(session: Session, dialog: Dialog) -> None:
    """Find the newest message anew, after one has moved or gone."""
    newest = (
        select(Message.id, Message.anchor, Message.sub)
        .where(Message.dialog_id == dialog.id)
        .order_by(Message.anchor.desc(), Message.sub.desc())
        .limit(1)
    )
    dialog.last_message_id, dialog.last_anchor, dialog.last_sub = (await session.execute(newest)).one()
