"""Switching a community's Long Poll on at VK, and leaving it as it was found."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from shared.database.engine import Database
from shared.database.inserts import inserted
from shared.database.session import Session
from vk_gateway.communities.queries import DueCommunity, lasts
from vk_gateway.history.tables import Reception, Transport
from vk_gateway.vk.client import API_VERSION, CommunityApi


class LongPollRefused(Exception):
    """VK said yes and Long Poll is not on, or does not tell all that we asked for."""


async def switch_on(
    database: Database, community: DueCommunity, api: CommunityApi, events: Sequence[str]
) -> None:
    """Have VK keep events for us, and read back that it does (groups.setLongPollSettings).

    Raises LongPollRefused, VkError, VkUnclear.
    """
    group_id = community.community_id
    found = await api.call("groups.getLongPollSettings", group_id=group_id)
    if _is_on(found, events):
        return
    async with database.write() as session:
        await _remember_found(session, community, found)
    await api.call(
        "groups.setLongPollSettings",
        group_id=group_id,
        enabled=1,
        api_version=API_VERSION,
        **dict.fromkeys(events, 1),
    )
    if not _is_on(await api.call("groups.getLongPollSettings", group_id=group_id), events):
        raise LongPollRefused("long_poll_not_switched_on")


async def leave_as_found(
    database: Database, integration_id: UUID, community_id: int, api: CommunityApi
) -> None:
    """Put VK's Long Poll settings back to what they were before us. Raises VkError, VkUnclear."""
    async with database.read() as session:
        reception = await session.get(Reception, integration_id)
    if reception is None or reception.long_poll_found is None:
        return
    found = reception.long_poll_found
    flags = {str(name): int(bool(value)) for name, value in found["events"].items()}
    await api.call(
        "groups.setLongPollSettings", group_id=community_id, enabled=int(found["is_enabled"]), **flags
    )


def _is_on(settings: dict[str, Any], events: Sequence[str]) -> bool:
    return bool(settings["is_enabled"]) and all(settings["events"].get(event) for event in events)


async def _remember_found(session: Session, community: DueCommunity, found: dict[str, Any]) -> None:
    """Keep what VK had, the first time."""
    if not await lasts(session, community):
        return
    kept = {"is_enabled": bool(found["is_enabled"]), "events": dict(found["events"])}
    new = await inserted(
        session,
        Reception,
        conflict=["integration_id"],
        integration_id=community.integration_id,
        project_id=community.project_id,
        epoch=community.epoch,
        transport=Transport.NONE,
        changed_at=session.now,
        next_watch_at=session.now,
        watch_failures=0,
        long_poll_found=kept,
    )
    if not new:
        first = (Reception.integration_id == community.integration_id) & Reception.long_poll_found.is_(None)
        await session.execute(
            update(Reception)
            .where(first)
            .values(long_poll_found=kept)
            .execution_options(synchronize_session=False)
        )
