"""Reads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from shared.database.session import Session
from vk_gateway.tables import UNSETTLED, Outgoing, OutgoingDialog, OutgoingState


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


def sendable(now: datetime) -> Select[Outgoing]:
    """Select the replies that may be worked on now: of each dialog only the next in its order."""
    return (
        select(Outgoing)
        .outerjoin(OutgoingDialog, OutgoingDialog.dialog_id == Outgoing.dialog_id)
        .where(
            Outgoing.settled_at.is_(None),
            Outgoing.state.in_(UNSETTLED),
            Outgoing.next_attempt_at <= now,
            Outgoing.number == func.coalesce(OutgoingDialog.settled_number, 0) + 1,
        )
    )


async def list_sendable(session: Session, integration_id: UUID, *, limit: int) -> Sequence[Outgoing]:
    """Return what may be worked on now for one integration."""
    query = sendable(session.now).where(Outgoing.integration_id == integration_id)
    query = query.order_by(Outgoing.next_attempt_at, Outgoing.id).limit(limit)
    return (await session.execute(query)).scalars().all()


async def find_sent_under(session: Session, dialog_id: UUID, conversation_message_id: int) -> UUID | None:
    """Return the id of the reply of a dialog that VK gave this number to, or None."""
    query = select(Outgoing.id).where(
        Outgoing.dialog_id == dialog_id,
        Outgoing.conversation_message_id == conversation_message_id,
        Outgoing.state == OutgoingState.SENT,
    )
    return (await session.execute(query)).scalars().first()


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
