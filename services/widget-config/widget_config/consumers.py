"""What this service reacts to."""

from shared.database.session import Session
from shared.events.accounts import AccessChanged, ProjectDeleted
from shared.events.integrations import (
    IntegrationCreated,
    IntegrationDeleted,
    IntegrationEvent,
    IntegrationStateChanged,
)
from shared.http.access import Guard, obey_cut
from shared.messaging.consumer import Consumer
from widget_config.channels.actions import learn
from widget_config.channels.rules import DELETED, Description, Snapshot
from widget_config.widgets.actions import forget_project


def consumer_for(guard: Guard) -> Consumer:
    """Make the list of this service's reactions."""
    consumer = Consumer("widget-config")

    @consumer.on(AccessChanged)
    async def refuse_older_tokens(event: AccessChanged, session: Session) -> None:
        await obey_cut(session, guard, event.operator_id, event.not_before)

    @consumer.on(ProjectDeleted)
    async def delete_its_widgets(event: ProjectDeleted, session: Session) -> None:
        await forget_project(session, event.project_id)

    @consumer.on(IntegrationCreated)
    async def learn_of_integration(event: IntegrationCreated, session: Session) -> None:
        description = Description(event.name, event.screen_name, event.avatar_url)
        await learn(session, _snapshot(event, event.state, description))

    @consumer.on(IntegrationStateChanged)
    async def show_or_hide(event: IntegrationStateChanged, session: Session) -> None:
        await learn(session, _snapshot(event, event.state))

    @consumer.on(IntegrationDeleted)
    async def take_out_of_widgets(event: IntegrationDeleted, session: Session) -> None:
        await learn(session, _snapshot(event, DELETED))

    return consumer


def _snapshot(event: IntegrationEvent, state: str, description: Description | None = None) -> Snapshot:
    return Snapshot(
        integration_id=event.integration_id,
        project_id=event.project_id,
        channel=event.channel,
        community_id=event.community_id,
        epoch=event.epoch,
        version=event.version,
        state=state,
        description=description,
    )
