"""Writes about a community's history as a whole. The caller owns the transaction."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from shared.database.inserts import inserted, inserted_rows
from shared.database.session import Session
from vk_gateway.history.tables import History, Hole, Import, ImportDialog, Peer, Reception, Transport

DIRECT_PEER_MAX = 2_000_000_000


async def open_history(session: Session, community: Any, conversations: list[Mapping[str, Any]]) -> None:
    """Begin an epoch: what VK has now (messages.getConversations, latest first) was there before us."""
    found = [each for each in map(read_conversation, conversations) if each is not None]
    head = max((each[1] for each in found), default=0)
    new = await inserted(
        session,
        History,
        conflict=["integration_id"],
        integration_id=community.integration_id,
        project_id=community.project_id,
        epoch=community.epoch,
        floor_message_id=head,
        ground_message_id=head,
        next_sweep_at=session.now,
        sweep_failures=0,
        checked_until=session.now,
    )
    if not new:
        return
    rows = [
        {
            "integration_id": community.integration_id,
            "peer_id": peer_id,
            "project_id": community.project_id,
            "last_number": number,
            "floor_number": number,
        }
        for peer_id, _, number in found
    ]
    keys = ["integration_id", "peer_id"]
    await inserted_rows(session, Peer, rows, conflict=keys, returning=keys)


def read_conversation(item: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """Return person, message id and number of a dialog's last message; None for what is no dialog.

    Raises KeyError, TypeError, ValueError.
    """
    conversation = item["conversation"]
    peer_id = int(conversation["peer"]["id"])
    if not 0 < peer_id <= DIRECT_PEER_MAX:
        return None
    last = item.get("last_message") or {}
    number = conversation.get("last_conversation_message_id") or last.get("conversation_message_id") or 0
    return peer_id, int(conversation["last_message_id"]), int(number)


async def forget_history(session: Session, integration_id: UUID) -> None:
    """Drop what an epoch that is over has left."""
    for table in (Hole, Peer, History, Reception, ImportDialog, Import):
        of_it = table.integration_id == integration_id
        await session.execute(delete(table).where(of_it).execution_options(synchronize_session=False))


async def want_sweep(session: Session, integration_id: UUID) -> None:
    """Have VK's dialogs compared with ours soon: something may be missing."""
    await session.execute(
        update(History)
        .where(History.integration_id == integration_id)
        .values(next_sweep_at=session.now)
        .execution_options(synchronize_session=False)
    )


async def want_every_sweep(session: Session) -> None:
    """Have every community compared: this process has just started, and may have been away."""
    await session.execute(
        update(History)
        .where(History.next_sweep_at > session.now)
        .values(next_sweep_at=session.now)
        .execution_options(synchronize_session=False)
    )


async def set_transport(
    session: Session,
    community: Any,
    transport: Transport,
    *,
    reason: str | None,
    next_watch: timedelta,
) -> None:
    """Let an epoch's events come this way from now on."""
    values: dict[str, Any] = {
        "transport": transport,
        "reason": reason,
        "changed_at": session.now,
        "next_watch_at": session.now + next_watch,
        "watch_failures": 0,
    }
    new = await inserted(
        session,
        Reception,
        conflict=["integration_id"],
        integration_id=community.integration_id,
        project_id=community.project_id,
        epoch=community.epoch,
        **values,
    )
    if not new:
        same = Reception.integration_id == community.integration_id
        await session.execute(
            update(Reception).where(same).values(**values).execution_options(synchronize_session=False)
        )
