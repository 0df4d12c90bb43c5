"""Reads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from shared.database.choices import one_of
from shared.database.session import Session
from vk_gateway.tables import UNSETTLED, Outgoing, OutgoingDialog, OutgoingPart, OutgoingState


async def list_unsettled(session: Session, integration_id: UUID, *, before_epoch: int) -> Sequence[Outgoing]:
    """Return the replies of an integration's earlier epochs whose fate is open, locked, in order."""
    query = (
        select(Outgoing)
        .where(
            Outgoing.integration_id == integration_id,
            Outgoing.settled_at.is_(None),
            Outgoing.epoch < before_epoch,
        )
        .order_by(Outgoing.dialog_id, Outgoing.number)
        .with_for_update()
    )
    return (await session.execute(query)).scalars().all()


def sendable(now: datetime | ColumnElement[datetime]) -> Select[Outgoing]:
    """Select the replies that may be worked on now: of each dialog only the next in its order."""
    return (
        select(Outgoing)
        .outerjoin(OutgoingDialog, OutgoingDialog.dialog_id == Outgoing.dialog_id)
        .where(
            Outgoing.settled_at.is_(None),
            one_of(Outgoing.state, UNSETTLED),
            Outgoing.next_attempt_at <= now,
            Outgoing.number == func.coalesce(OutgoingDialog.settled_number, 0) + 1,
        )
    )


async def list_heads(
    session: Session, integration_id: UUID, *, besides: Collection[UUID], limit: int
) -> Sequence[Outgoing]:
    """Return what may be worked on now for one integration: each dialog's next, but for dialogs `besides`."""
    query = sendable(session.now).where(
        Outgoing.integration_id == integration_id, Outgoing.dialog_id.notin_(besides)
    )
    query = query.order_by(Outgoing.next_attempt_at, Outgoing.id).limit(limit)
    return (await session.execute(query)).scalars().all()


async def list_followers(session: Session, heads: Collection[Outgoing], *, limit: int) -> list[Outgoing]:
    """Return what may follow these replies in the same call, in order: without a gap and without a doubt."""
    numbers = {head.dialog_id: head.number for head in heads}
    query = (
        select(Outgoing)
        .where(
            Outgoing.dialog_id.in_(numbers),
            Outgoing.settled_at.is_(None),
            Outgoing.state == OutgoingState.QUEUED,
            Outgoing.next_attempt_at <= session.now,
            Outgoing.doubted_at.is_(None),
            Outgoing.has_files.is_(False),
        )
        .order_by(Outgoing.dialog_id, Outgoing.number)
        .limit(limit)
    )
    followers = []
    for reply in (await session.execute(query)).scalars():
        if reply.number == numbers[reply.dialog_id] + 1:
            numbers[reply.dialog_id] += 1
            followers.append(reply)
    return followers


async def list_parts(session: Session, reply_ids: Collection[UUID]) -> dict[UUID, list[OutgoingPart]]:
    """Return the files of each of these replies that has some, in order."""
    if not reply_ids:
        return {}
    query = select(OutgoingPart).where(OutgoingPart.reply_id.in_(reply_ids))
    parts: dict[UUID, list[OutgoingPart]] = {}
    for part in (await session.execute(query.order_by(OutgoingPart.position))).scalars():
        parts.setdefault(part.reply_id, []).append(part)
    return parts


async def list_sent_under(
    session: Session, places: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], UUID]:
    """Return which replies VK gave these (dialog, number) to."""
    number = Outgoing.conversation_message_id
    query = select(Outgoing.dialog_id, number, Outgoing.id).where(
        Outgoing.dialog_id.in_({dialog_id for dialog_id, _ in places}),
        number.in_({place for _, place in places}),
        Outgoing.state == OutgoingState.SENT,
    )
    return {(row[0], row[1] or 0): row[2] for row in (await session.execute(query)).all()} if places else {}


async def list_by_random_ids(session: Session, pairs: set[tuple[int, int]]) -> Sequence[Outgoing]:
    """Return our replies with these (community, random_id), locked: an echo of them has arrived."""
    if not pairs:
        return []
    query = (
        select(Outgoing)
        .where(
            Outgoing.community_id.in_({community for community, _ in pairs}),
            Outgoing.random_id.in_({random_id for _, random_id in pairs}),
        )
        .order_by(Outgoing.id)
        .with_for_update()
    )
    found = (await session.execute(query)).scalars().all()
    return [reply for reply in found if (reply.community_id, reply.random_id) in pairs]
