"""Writes. The caller owns the transaction.

Locks are taken in the order project, integration, claim, so that two writers never wait for each other.
"""

from collections.abc import Container
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, select

from integrations.errors import CommunityAlreadyConnected
from integrations.health.actions import health_of, keep_health
from integrations.health.rules import after_reconnect, newborn
from integrations.imports.actions import expect_import, import_with_reconnect
from integrations.registry.gateway import Community
from integrations.registry.projects import hold_project
from integrations.registry.queries import find_living, find_owner, is_claimed_elsewhere
from integrations.states import Kind, State
from integrations.tables import Claim, Integration
from integrations.timeline.actions import note
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.channel import HistoryChecked
from shared.events.integrations import HistoryDepth, IntegrationCreated, IntegrationDeleted
from shared.http.access import ProjectNotFound
from shared.messaging.audit import record_action
from shared.messaging.outbox import publish_on_commit


@dataclass(frozen=True)
class Wish:
    """What somebody wants to connect: a community to a project, by a connection, with so much of its history.

    `name` is that of the person; `known_projects` are those whose names they may be told.
    """

    project_id: UUID
    channel: str
    connection_id: UUID
    community: Community
    history: HistoryDepth | None = None
    name: str | None = None
    known_projects: Container[UUID] = ()


async def connect(session: Session, wish: Wish) -> Integration:
    """Let a community serve a project. Doing it again mends what is not well, and else changes nothing.

    Raises CommunityAlreadyConnected while another project has it, ProjectNotFound for a deleted project.
    """
    if (await hold_project(session, wish.project_id)).deleted_at is not None:
        raise ProjectNotFound
    if await is_claimed_elsewhere(session, wish.project_id, wish.channel, wish.community.community_id):
        raise await _refusal(session, wish)
    integration = await _own_row(session, wish)
    if integration.state is not State.DELETED:
        return await _reconnect(session, integration, wish)
    claimed = await inserted(
        session,
        Claim,
        conflict=["channel", "community_id"],
        channel=wish.channel,
        community_id=wish.community.community_id,
        integration_id=integration.id,
    )
    if not claimed:
        raise await _refusal(session, wish)
    integration.epoch += 1
    integration.check_id = integration.check_requested_at = None
    integration.last_event_at = integration.replies_queued = integration.history_import = None
    _forget_history(integration)
    keep_health(integration, newborn(session.now))
    _describe(session, integration, wish)
    expect_import(session, integration, wish.history)
    note(session, integration, Kind.CONNECTED, cause="connected_by_admin", action="checks_started")
    await publish_on_commit(session, _created(integration, wish.history))
    await _record(session, "integrations.connected", integration)
    return integration


async def _refusal(session: Session, wish: Wish) -> CommunityAlreadyConnected:
    """Say that another project has the community; which one, only to who works there too."""
    owner = await find_owner(session, wish.channel, wish.community.community_id)
    if owner is None or owner.name is None or owner.id not in wish.known_projects:
        return CommunityAlreadyConnected()
    return CommunityAlreadyConnected(project_name=owner.name)


async def disconnect(session: Session, integration: Integration, *, cause: str) -> None:
    """End an integration's epoch and free its community, unless done before. Its row must be locked."""
    if integration.state is State.DELETED:
        return
    await session.execute(delete(Claim).where(Claim.integration_id == integration.id))
    integration.problem = integration.reason = integration.reason_kind = integration.next_look_at = None
    integration.check_id = integration.check_requested_at = None
    integration.state, integration.since = State.DELETED, session.now
    _grow(session, integration)
    note(session, integration, Kind.DELETED, cause=cause, action="data_stopped")
    await publish_on_commit(
        session,
        IntegrationDeleted(
            project_id=integration.project_id,
            integration_id=integration.id,
            channel=integration.channel,
            community_id=integration.community_id,
            epoch=integration.epoch,
            version=integration.version,
        ),
    )
    await _record(session, "integrations.deleted", integration)


async def forget_project(session: Session, project_id: UUID) -> None:
    """Delete every integration of a project that is gone; nothing can be connected to it any more."""
    project = await hold_project(session, project_id)
    project.deleted_at = project.deleted_at or session.now
    query = select(Integration).where(
        Integration.project_id == project_id, Integration.state != State.DELETED
    )
    for integration in await session.scalars(query.order_by(Integration.id).with_for_update()):
        await disconnect(session, integration, cause="project_deleted")


async def record_history(session: Session, told: HistoryChecked) -> None:
    """Remember the newest that the gateway says of an integration's history."""
    integration = await find_living(session, told.integration_id, told.epoch)
    if integration is None:
        return
    if integration.history_checked_at and told.checked_at <= integration.history_checked_at:
        return
    integration.history_checked_at = told.checked_at
    integration.transport = told.transport
    integration.checked_until = told.checked_until
    integration.gaps_open = told.gaps_open
    integration.gaps_confirmed = told.gaps_confirmed
    integration.gaps = [gap.model_dump(mode="json") for gap in told.gaps]


def _forget_history(integration: Integration) -> None:
    integration.transport = integration.checked_until = integration.history_checked_at = None
    integration.gaps_open = integration.gaps_confirmed = integration.gaps = None


async def _own_row(session: Session, wish: Wish) -> Integration:
    """Return the project's locked row for a community: made as an ended epoch 0 the first time."""
    begun = newborn(session.now)
    await inserted(
        session,
        Integration,
        conflict=["project_id", "channel", "community_id"],
        id=session.new_id(),
        project_id=wish.project_id,
        channel=wish.channel,
        community_id=wish.community.community_id,
        connection_id=wish.connection_id,
        name=wish.community.name,
        screen_name=wish.community.screen_name,
        epoch=0,
        version=0,
        created_at=session.now,
        connected_at=session.now,
        last_changed_at=session.now,
        **asdict(begun) | {"state": State.DELETED, "warnings": []},
    )
    query = select(Integration).where(
        Integration.project_id == wish.project_id,
        Integration.channel == wish.channel,
        Integration.community_id == wish.community.community_id,
    )
    return (await session.scalars(query.with_for_update())).one()


async def _reconnect(session: Session, integration: Integration, wish: Wish) -> Integration:
    """Give a live integration a new key, or the same one again; its epoch and threads go on."""
    same_key = integration.connection_id == wish.connection_id
    if not same_key or integration.state not in {State.CONNECTING, State.ACTIVE}:
        keep_health(integration, after_reconnect(health_of(integration), session.now))
        _describe(session, integration, wish)
        action = "linked_again" if same_key else "key_replaced"
        note(session, integration, Kind.RECONNECTED, cause="connected_by_admin", action=action)
        await _record(session, "integrations.reconnected", integration)
    # Whoever has heard it takes no notice; whoever has not, hears it now.
    await publish_on_commit(session, _created(integration, None))
    if wish.history is not None:
        await import_with_reconnect(session, integration, wish.history)
    return integration


async def _record(session: Session, action: str, integration: Integration) -> None:
    await record_action(
        session,
        action,
        project_id=integration.project_id,
        subject_id=integration.id,
        subject_name=integration.name,
    )


def _describe(session: Session, integration: Integration, wish: Wish) -> None:
    integration.connection_id = wish.connection_id
    integration.name = wish.community.name
    integration.screen_name = wish.community.screen_name
    integration.avatar_url = wish.community.avatar_url
    integration.connected_at = session.now
    integration.connected_by, integration.connected_by_name = session.actor_id, wish.name
    _grow(session, integration)


def _grow(session: Session, integration: Integration) -> None:
    integration.version += 1
    integration.last_changed_at = session.now


def _created(integration: Integration, history: HistoryDepth | None) -> IntegrationCreated:
    return IntegrationCreated(
        project_id=integration.project_id,
        integration_id=integration.id,
        channel=integration.channel,
        community_id=integration.community_id,
        epoch=integration.epoch,
        version=integration.version,
        connection_id=integration.connection_id,
        name=integration.name,
        screen_name=integration.screen_name,
        avatar_url=integration.avatar_url,
        state=integration.state,
        history=history,
    )
