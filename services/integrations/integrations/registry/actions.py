"""Writes. The caller owns the transaction.

Locks are taken in the order project, integration, claim, so that two writers never wait for each other.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from integrations.errors import CommunityAlreadyConnected
from integrations.registry.gateway import Community
from integrations.registry.queries import find_integration
from integrations.registry.rules import Kind, State, after_link, after_reconnect, cure_of
from integrations.tables import Claim, Integration, Project, TimelineEntry
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.channel import HistoryChecked
from shared.events.integrations import IntegrationCreated, IntegrationDeleted, IntegrationStateChanged
from shared.http.access import ProjectNotFound
from shared.messaging.audit import record_action
from shared.messaging.outbox import publish_on_commit


async def connect(
    session: Session, *, project_id: UUID, channel: str, connection_id: UUID, community: Community
) -> Integration:
    """Let a community serve a project. Doing it again changes nothing but the connection used.

    Raises CommunityAlreadyConnected while another project has it, ProjectNotFound for a deleted project.
    """
    if (await _hold_project(session, project_id)).deleted_at is not None:
        raise ProjectNotFound
    integration = await _own_row(session, project_id, channel, connection_id, community)
    if integration.state is not State.DELETED:
        return await _reconnect(session, integration, connection_id, community)
    claimed = await inserted(
        session,
        Claim,
        conflict=["channel", "community_id"],
        channel=channel,
        community_id=community.community_id,
        integration_id=integration.id,
    )
    if not claimed:
        raise CommunityAlreadyConnected
    _describe(integration, connection_id, community)
    integration.epoch += 1
    integration.problem = integration.last_checked_at = None
    _forget_history(integration)
    _change(session, integration, State.CONNECTING)
    _note(session, integration, Kind.CONNECTED, cause="connected_by_admin", action="checks_started")
    await publish_on_commit(session, _created(integration))
    await _record(session, "integrations.connected", integration)
    return integration


async def disconnect(session: Session, integration: Integration, *, cause: str) -> None:
    """End an integration's epoch and free its community, unless done before. Its row must be locked."""
    if integration.state is State.DELETED:
        return
    await session.execute(delete(Claim).where(Claim.integration_id == integration.id))
    integration.problem = None
    _change(session, integration, State.DELETED)
    _note(session, integration, Kind.DELETED, cause=cause, action="data_stopped")
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
    project = await _hold_project(session, project_id)
    project.deleted_at = project.deleted_at or session.now
    query = select(Integration).where(
        Integration.project_id == project_id, Integration.state != State.DELETED
    )
    for integration in await session.scalars(query.order_by(Integration.id).with_for_update()):
        await disconnect(session, integration, cause="project_deleted")


async def record_link(session: Session, integration_id: UUID, *, epoch: int) -> None:
    """Events flow: a connecting integration becomes active. Repeats and earlier epochs change nothing."""
    integration = await _living(session, integration_id, epoch)
    if integration is None or after_link(integration.state) is integration.state:
        return
    _change(session, integration, after_link(integration.state))
    _note(session, integration, Kind.LINKED, cause="events_flow", action="activated")
    await publish_on_commit(
        session,
        IntegrationStateChanged(
            project_id=integration.project_id,
            integration_id=integration.id,
            channel=integration.channel,
            community_id=integration.community_id,
            epoch=integration.epoch,
            version=integration.version,
            state=integration.state,
        ),
    )


async def record_check(
    session: Session, integration_id: UUID, *, epoch: int, problem: str | None, checked_at: datetime
) -> None:
    """Remember the newest check of an account; a change of its problem goes on the timeline."""
    integration = await _living(session, integration_id, epoch)
    if integration is None or (integration.last_checked_at and checked_at <= integration.last_checked_at):
        return
    integration.last_checked_at = checked_at
    if problem == integration.problem:
        return
    kind, cause = (Kind.PROBLEM_FOUND, problem) if problem else (Kind.PROBLEM_GONE, integration.problem)
    integration.problem = problem
    integration.last_changed_at = session.now
    _note(session, integration, kind, cause=cause, cure=cure_of(problem) if problem else None)


async def record_history(session: Session, told: HistoryChecked) -> None:
    """Remember the newest that the gateway says of an integration's history."""
    integration = await _living(session, told.integration_id, told.epoch)
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


async def _hold_project(session: Session, project_id: UUID) -> Project:
    await inserted(session, Project, conflict=["id"], id=project_id)
    return (await session.scalars(select(Project).where(Project.id == project_id).with_for_update())).one()


async def _own_row(
    session: Session, project_id: UUID, channel: str, connection_id: UUID, community: Community
) -> Integration:
    """Return the project's locked row for a community: made as an ended epoch 0 the first time."""
    await inserted(
        session,
        Integration,
        conflict=["project_id", "channel", "community_id"],
        id=session.new_id(),
        project_id=project_id,
        channel=channel,
        community_id=community.community_id,
        connection_id=connection_id,
        name=community.name,
        screen_name=community.screen_name,
        state=State.DELETED,
        epoch=0,
        version=0,
        created_at=session.now,
        last_changed_at=session.now,
    )
    query = select(Integration).where(
        Integration.project_id == project_id,
        Integration.channel == channel,
        Integration.community_id == community.community_id,
    )
    return (await session.scalars(query.with_for_update())).one()


async def _reconnect(
    session: Session, integration: Integration, connection_id: UUID, community: Community
) -> Integration:
    if integration.connection_id == connection_id:
        return integration
    _describe(integration, connection_id, community)
    _change(session, integration, after_reconnect(integration.state))
    _note(session, integration, Kind.RECONNECTED, cause="connected_by_admin", action="key_replaced")
    await publish_on_commit(session, _created(integration))
    await _record(session, "integrations.reconnected", integration)
    return integration


async def _record(session: Session, action: str, integration: Integration) -> None:
    await record_action(
        session,
        action,
        project_id=integration.project_id,
        subject_id=integration.id,
        subject_name=integration.name,
    )


async def _living(session: Session, integration_id: UUID, epoch: int) -> Integration | None:
    """Return the locked integration if this epoch of it is alive."""
    integration = await find_integration(session, integration_id, lock=True)
    if integration is None or integration.state is State.DELETED or integration.epoch != epoch:
        return None
    return integration


def _describe(integration: Integration, connection_id: UUID, community: Community) -> None:
    integration.connection_id = connection_id
    integration.name = community.name
    integration.screen_name = community.screen_name
    integration.avatar_url = community.avatar_url


def _change(session: Session, integration: Integration, state: State) -> None:
    integration.state = state
    integration.version += 1
    integration.last_changed_at = session.now


def _note(
    session: Session,
    integration: Integration,
    kind: Kind,
    *,
    cause: str | None,
    action: str | None = None,
    cure: str | None = None,
) -> None:
    entry = TimelineEntry(
        integration_id=integration.id,
        at=session.now,
        kind=kind,
        state=integration.state,
        cause=cause,
        action=action,
        cure=cure,
    )
    session.add(entry)


def _created(integration: Integration) -> IntegrationCreated:
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
    )
