"""Storing what VK's methods gave as updates, beside those that VK sent. The caller owns the transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.database.inserts import inserted_rows
from shared.database.session import Session
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.history.numbers import HISTORY_ID
from vk_gateway.incoming.translate import HISTORY_MESSAGE
from vk_gateway.tables import RawUpdate

# Identity, kind and body of an update.
Fetched = tuple[str, str, bytes]


async def store_fetched(session: Session, community: DueCommunity, updates: Sequence[Fetched]) -> None:
    """Store updates that were fetched; those that are there stay as they are."""
    rows = [
        {
            "integration_id": community.integration_id,
            "project_id": community.project_id,
            "community_id": community.community_id,
            "epoch": community.epoch,
            "event_id": event_id,
            "kind": kind,
            "body": body,
            "received_at": session.now,
        }
        for event_id, kind, body in updates
    ]
    keys = ["integration_id", "event_id"]
    await inserted_rows(session, RawUpdate, rows, conflict=keys, returning=keys)


def fetched_message(message: Mapping[str, Any], **said: str) -> Fetched:
    """Return a message of VK's history as an update of its own."""
    version = message.get("version", message.get("update_time", 0))
    event_id = f"{HISTORY_ID}{message['peer_id']}:{message['conversation_message_id']}:{version}"
    return event_id, HISTORY_MESSAGE, json.dumps({"object": {**said, "message": message}}).encode()
