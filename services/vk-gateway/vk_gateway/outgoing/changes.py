"""Writes: edits and deletions of messages of ours, from wish to end. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.channel import ChangeApplied, ChangeFailed
from shared.events.dialogs import ChangeRequested
from shared.runtime.logging import current_correlation_id
from vk_gateway.communities.queries import find_community
from vk_gateway.outgoing.actions import INTEGRATION_DELETED, EpochUnknown, is_over
from vk_gateway.outgoing.order import announce
from vk_gateway.tables import MessageChange


@dataclass(frozen=True)
class Changed:
    """What came of an attempt: done (neither is set), never (`reason`), or once more after `delay`."""

    reason: str | None = None
    delay: timedelta | None = None


async def accept_change(session: Session, event: ChangeRequested) -> None:
    """Queue a change; one of an epoch that is over fails at once.

    Raises EpochUnknown when the registry's news of its epoch have not arrived yet.
    """
    community = await find_community(session, event.integration_id)
    if community is None or community.epoch < event.epoch:
        raise EpochUnknown(str(event.integration_id))
    new = await inserted(
        session,
        MessageChange,
        conflict=["id"],
        id=event.change_id,
        project_id=event.project_id,
        integration_id=event.integration_id,
        epoch=event.epoch,
        reply_id=event.reply_id,
        number=event.number,
        external_id=event.external_id,
        conversation_message_id=event.conversation_message_id,
        kind=event.kind,
        text=event.text,
        attempts=0,
        next_attempt_at=session.now,
        correlation_id=current_correlation_id(),
    )
    if new and is_over(community, event.epoch):
        await settle_change(session, event.change_id, Changed(reason=INTEGRATION_DELETED))


def changes_due(now: datetime | ColumnElement[datetime]) -> Select[MessageChange]:
    """Select the changes that may be made now: of each message only the next in its order."""
    before = aliased(MessageChange)
    is_next = exists().where(
        before.reply_id == MessageChange.reply_id,
        before.number == MessageChange.number - 1,
        before.settled_at.is_not(None),
    )
    return select(MessageChange).where(
        MessageChange.settled_at.is_(None),
        MessageChange.next_attempt_at <= now,
        or_(MessageChange.number == 1, is_next),
    )


async def settle_change(session: Session, change_id: UUID, outcome: Changed) -> None:
    """Store what came of an attempt; an end is announced and lets the message's next change go."""
    query = select(MessageChange).where(MessageChange.id == change_id).with_for_update()
    change = (await session.execute(query)).scalar_one_or_none()
    if change is None or change.settled_at is not None:
        return
    change.attempts += 1
    if outcome.delay is not None:
        change.next_attempt_at = session.now + outcome.delay
        return
    change.settled_at = session.now
    change.reason = outcome.reason
    identity = {
        "project_id": change.project_id,
        "integration_id": change.integration_id,
        "epoch": change.epoch,
        "change_id": change.id,
        "reply_id": change.reply_id,
    }
    event = (
        ChangeApplied.model_validate(identity | {"applied_at": session.now})
        if outcome.reason is None
        else ChangeFailed.model_validate(identity | {"reason": outcome.reason})
    )
    announce(session, event, correlation_id=change.correlation_id)


async def cancel_changes(session: Session, integration_id: UUID, *, before_epoch: int) -> None:
    """Give up every open change of epochs that are over."""
    query = select(MessageChange.id).where(
        MessageChange.integration_id == integration_id,
        MessageChange.settled_at.is_(None),
        MessageChange.epoch < before_epoch,
    )
    open_changes: Sequence[UUID] = (await session.execute(query.order_by(MessageChange.id))).scalars().all()
    for change_id in open_changes:
        await settle_change(session, change_id, Changed(reason=INTEGRATION_DELETED))
