"""Sorting a gateway's events to the actions that apply them."""

from collections.abc import Sequence
from uuid import UUID

from dialogs.messages.earlier import receive_earlier
from dialogs.messages.incoming import receive
from dialogs.messages.outcomes import learn_outcomes
from dialogs.messages.people import Incoming
from dialogs.messages.wishes import learn_changes
from dialogs.registry.epochs import list_releasable, release
from shared.database.engine import Database
from shared.database.session import Session
from shared.events.channel import (
    ChangeApplied,
    ChangeFailed,
    ChannelEvent,
    MessagesImported,
    ReplyFailed,
    ReplySent,
    ReplyUnconfirmed,
)

STEP = 10


async def apply_channel_events(session: Session, events: Sequence[ChannelEvent]) -> None:
    """Apply a gateway's events, whatever their order."""
    incoming = [event for event in events if isinstance(event, Incoming)]
    outcomes = [event for event in events if isinstance(event, ReplySent | ReplyFailed | ReplyUnconfirmed)]
    wishes = [event for event in events if isinstance(event, ChangeApplied | ChangeFailed)]
    imported = [event for event in events if isinstance(event, MessagesImported)]
    if incoming:
        await receive(session, incoming)
    if imported:
        await receive_earlier(session, imported)
    if outcomes:
        await learn_outcomes(session, outcomes)
    if wishes:
        await learn_changes(session, wishes)


async def apply_held_events(session: Session, integration_id: UUID, epoch: int) -> None:
    """Apply what came before its integration did; the rest of very many is left to the loop."""
    await apply_channel_events(session, await release(session, integration_id, epoch))


async def release_held_events(database: Database) -> bool:
    """Apply held events that can be by now, a batch in a transaction. Returns whether there were any."""
    async with database.read() as session:
        due = await list_releasable(session, limit=STEP)
    for integration_id, epoch in due:
        async with database.write() as session:
            await apply_held_events(session, integration_id, epoch)
    return bool(due)
