"""Edits and deletions at VK (messages.edit, messages.delete). Both may be repeated: a crash costs nothing."""

from typing import Any

import structlog
from sqlalchemy import ColumnElement, select
from structlog.contextvars import bound_contextvars

from shared.database.engine import Database
from shared.database.leases import Lease, still_held
from shared.events.dialogs import ChangeKind
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity
from vk_gateway.outgoing.changes import Changed, changes_due, settle_change
from vk_gateway.outgoing.rules import Verdict, backoff_for, judge_failure
from vk_gateway.tables import Community, MessageChange
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

BATCH = 10
GONE = Changed(reason="already_deleted")
DONE = Changed()
NOT_OURS = frozenset({7, 15})
_ATTACHABLE = frozenset({"photo", "video", "audio", "doc", "wall", "market", "poll"})


class Changing:
    """Makes the changes that are due for a community, each message's in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether a change to a message of the community may be made."""
        of_community = changes_due(at.now).where(MessageChange.integration_id == Community.integration_id)
        return of_community.with_only_columns(MessageChange.id).correlate(Community).exists()

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Make some changes. Returns whether more may be due."""
        async with self._database.read() as session:
            query = changes_due(session.now).where(MessageChange.integration_id == community.integration_id)
            query = query.order_by(MessageChange.next_attempt_at, MessageChange.id).limit(BATCH)
            due = (await session.execute(query)).scalars().all()
        for change in due:
            with bound_contextvars(correlation_id=change.correlation_id):
                if await self._is_open(change):
                    await self._make(change, api, lease)
        return bool(due)

    async def _is_open(self, change: MessageChange) -> bool:
        """Whether a change is still to be made: the community may have been deleted meanwhile."""
        async with self._database.read() as session:
            query = select(MessageChange.id).where(
                MessageChange.id == change.id, MessageChange.settled_at.is_(None)
            )
            return await session.scalar(query) is not None

    async def _make(self, change: MessageChange, api: CommunityApi, lease: Lease) -> None:
        try:
            outcome = await (_edit(change, api) if change.kind is ChangeKind.EDIT else _delete(change, api))
        except (VkError, VkUnclear) as error:
            outcome = _judge(error, change.attempts + 1)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            log.warning("change_answer_is_odd", change_id=str(change.id), error=repr(error))
            outcome = Changed(delay=backoff_for(change.attempts + 1))
        async with self._database.write() as session:
            if await still_held(session, lease):
                await settle_change(session, change.id, outcome)


async def _edit(change: MessageChange, api: CommunityApi) -> Changed:
    """Replace the text. VK replaces the attachments too, so those it has are named again."""
    answer = await api.call(
        "messages.getByConversationMessageId",
        peer_id=change.external_id,
        conversation_message_ids=change.conversation_message_id,
    )
    if not answer["items"]:
        return GONE
    message = answer["items"][0]
    if message.get("text") == change.text:
        return DONE
    kept = [name for attachment in message.get("attachments") or [] if (name := _named(attachment))]
    parameters = {"attachment": ",".join(kept)} if kept else {}
    await api.call(
        "messages.edit",
        peer_id=change.external_id,
        cmid=change.conversation_message_id,
        message=change.text or "",
        keep_forward_messages=1,
        keep_snippets=1,
        **parameters,
    )
    return DONE


def _named(attachment: Any) -> str | None:
    kind = attachment["type"]
    content = attachment.get(kind)
    if kind not in _ATTACHABLE or not isinstance(content, dict) or "id" not in content:
        return None
    owner = content.get("owner_id", content.get("to_id"))
    name = f"{kind}{int(owner)}_{int(content['id'])}" if owner is not None else None
    access_key = content.get("access_key")
    return f"{name}_{access_key}" if name and access_key else name


async def _delete(change: MessageChange, api: CommunityApi) -> Changed:
    """Delete for everybody. One that VK does not know any more is deleted."""
    items = await api.call(
        "messages.delete",
        peer_id=change.external_id,
        cmids=change.conversation_message_id,
        delete_for_all=1,
    )
    error = items[0].get("error") if isinstance(items, list) else None
    if error:
        raise VkError("messages.delete", int(error["code"]), str(error.get("description", "")))
    return DONE


def _judge(error: VkError | VkUnclear, attempts: int) -> Changed:
    """Return what to do."""
    if isinstance(error, VkError) and error.code in NOT_OURS:
        return Changed(reason=error.reason)
    outcome = judge_failure(error, attempts=attempts)
    if outcome.verdict is Verdict.REFUSED:
        return Changed(reason=outcome.reason)
    # What may have been carried out is simply asked for again.
    return Changed(delay=outcome.delay or backoff_for(attempts))
