"""Writes: what the registry's events do to our communities. The caller owns the transaction."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from shared.database.session import Session
from shared.database.vault import Vault
from shared.events.channel import AccountLinked
from shared.messaging.outbox import publish_on_commit
from vk_gateway.communities.addresses import make_address
from vk_gateway.connections.actions import forget_key, key_of
from vk_gateway.connections.queries import find_connection
from vk_gateway.health.actions import begin_health, settle_probe
from vk_gateway.health.rules import VK_UNAVAILABLE, WELL, Finding
from vk_gateway.history.actions import forget_history
from vk_gateway.outgoing.actions import cancel_replies
from vk_gateway.outgoing.changes import cancel_changes
from vk_gateway.tables import Community, LinkState

CONFIRMING = timedelta(minutes=10)
RETRY_SECONDS = (2, 5, 15, 60)


async def follow_created(
    session: Session,
    vault: Vault,
    *,
    integration_id: UUID,
    project_id: UUID,
    community_id: int,
    connection_id: UUID,
    epoch: int,
    version: int,
) -> None:
    """Take over a community, its key, or a new epoch of it; older news change nothing."""
    community = await session.get(Community, integration_id, with_for_update=True)
    if community is not None and community.version >= version:
        return
    if community is not None and community.connection_id != connection_id:
        await forget_key(session, community.connection_id, community.community_id)
    key = await key_of(session, vault, connection_id, community_id)
    key_sealed = None if key is None else vault.seal(key, place=community_key_place(integration_id))
    is_new = community is None or community.epoch < epoch
    if community is None or is_new:
        await cancel_replies(session, integration_id, before_epoch=epoch)
        await cancel_changes(session, integration_id, before_epoch=epoch)
        if community is not None:
            await session.delete(community)
            await session.flush()
            await forget_history(session, integration_id)
        community = Community(integration_id=integration_id, epoch=epoch, failures=0)
    elif community.connection_id == connection_id:
        # The connection's own copy may have been erased since.
        key_sealed = key_sealed or community.key_sealed
    community.project_id = project_id
    community.community_id = community_id
    community.connection_id = connection_id
    community.version = version
    community.key_sealed = key_sealed
    community.link_state = LinkState.LINKING
    community.next_duty_at = session.now
    session.add(community)
    await session.flush()
    if is_new:
        await make_address(session, vault, community)
    connection = await find_connection(session, connection_id)
    await begin_health(session, community, connection.person_id if connection else None)


def community_key_place(integration_id: UUID) -> str:
    """Return what a community's key is bound to in the vault."""
    return f"community-key:{integration_id}"


async def follow_deleted(session: Session, *, integration_id: UUID, epoch: int, version: int) -> None:
    """End an epoch: nothing is accepted or sent any more; the server at VK goes next, then the key."""
    community = await session.get(Community, integration_id, with_for_update=True)
    if community is None or community.version >= version or community.epoch > epoch:
        return
    community.version = version
    community.link_state = LinkState.UNLINKING
    community.confirmation_code = None
    community.next_duty_at = session.now
    await cancel_replies(session, integration_id, before_epoch=community.epoch + 1)
    await cancel_changes(session, integration_id, before_epoch=community.epoch + 1)
    await session.flush()


async def expect_confirmation(session: Session, integration_id: UUID, epoch: int, code: str) -> None:
    """Let VK ask for this confirmation string during the next ten minutes."""
    await session.execute(
        update(Community)
        .where(Community.integration_id == integration_id, Community.epoch == epoch)
        .values(confirmation_code=code, confirming_until=session.now + CONFIRMING)
    )


async def finish_linking(session: Session, integration_id: UUID, epoch: int) -> None:
    """Announce that events flow, unless the epoch has ended meanwhile."""
    community = await _in_state(session, integration_id, epoch, LinkState.LINKING)
    if community is None:
        return
    community.link_state = LinkState.LINKED
    community.confirmation_code = None
    community.confirming_until = None
    community.next_duty_at = None
    community.failures = 0
    linked = AccountLinked(project_id=community.project_id, integration_id=integration_id, epoch=epoch)
    await publish_on_commit(session, linked)
    # The first probe comes at once: there is more to look at than what the link needed.
    await settle_probe(session, community, WELL, period=timedelta())


async def finish_unlinking(session: Session, integration_id: UUID, epoch: int) -> None:
    """Erase the key of an epoch that is over, and what was kept of its dialogs at VK."""
    community = await _in_state(session, integration_id, epoch, LinkState.UNLINKING)
    if community is not None:
        community.link_state = LinkState.GONE
        community.key_sealed = None
        community.next_duty_at = None
        await forget_key(session, community.connection_id, community.community_id)
        await forget_history(session, integration_id)


async def put_off_duty(session: Session, integration_id: UUID, epoch: int, problem: str | None) -> None:
    """Try linking or unlinking again later, and say what is wrong."""
    community = await session.get(Community, integration_id, with_for_update=True)
    if community is None or community.epoch != epoch or community.next_duty_at is None:
        return
    delay = RETRY_SECONDS[min(community.failures, len(RETRY_SECONDS) - 1)]
    community.failures += 1
    community.next_duty_at = session.now + timedelta(seconds=delay)
    if community.link_state is LinkState.LINKING:
        await settle_probe(session, community, Finding(problem or VK_UNAVAILABLE), is_sure=True)


async def _in_state(session: Session, integration_id: UUID, epoch: int, state: LinkState) -> Community | None:
    query = (
        select(Community)
        .where(
            Community.integration_id == integration_id,
            Community.epoch == epoch,
            Community.link_state == state,
        )
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def is_known(session: Session, integration_id: UUID) -> bool:
    """Whether we have heard of an integration at all."""
    return await session.get(Community, integration_id) is not None


async def is_current(session: Session, integration_id: UUID, epoch: int, connection_id: UUID) -> bool:
    """Whether we know this epoch of an integration with this key already."""
    community = await session.get(Community, integration_id)
    if community is None or community.epoch < epoch:
        return False
    return community.epoch > epoch or community.connection_id == connection_id
