"""A `dialogs` with one community that is connected, and what its customers write."""

from collections.abc import Iterable
from uuid import UUID

from dialogs.consumers import snapshot_of
from dialogs.registry.actions import Names
from dialogs.registry.follow import learn_and_release
from shared.events.channel import MessageReceived
from shared.events.envelope import Envelope
from shared.events.integrations import IntegrationCreated
from shared.messaging.bus import Letter
from shared.runtime.service import Service
from shared.runtime.world import World

COMMUNITY = 218450917


async def connect(service: Service, *, project_id: UUID, integration_id: UUID) -> None:
    """Let `dialogs` know the community, as the registry would tell it."""
    event = IntegrationCreated(
        project_id=project_id,
        integration_id=integration_id,
        channel="vk",
        community_id=COMMUNITY,
        epoch=1,
        version=1,
        connection_id=service.world.new_id(),
        name="Бумажный журавль",
        screen_name="paper_crane",
        state="active",
    )
    async with service.database.write() as session:
        names = Names(event.name, event.screen_name, event.avatar_url)
        await learn_and_release(session, snapshot_of(event, event.state, names=names))


def letters(
    world: World, numbers: Iterable[int], *, project_id: UUID, integration_id: UUID, people: int
) -> list[Letter]:
    """Return one message for each number, by the next of so many customers, as the gateway announces it."""
    made = []
    for number in numbers:
        event = MessageReceived(
            project_id=project_id,
            integration_id=integration_id,
            epoch=1,
            external_id=str(1 + number % people),
            conversation_message_id=number,
            text=f"Здравствуйте! Где мой заказ №{number}?",
            sent_at=world.now(),
        )
        envelope = Envelope(
            id=world.new_id(),
            type=event.type,
            occurred_at=world.now(),
            correlation_id=f"bench-{number}",
            payload=event.model_dump(mode="json"),
        )
        made.append(Letter(envelope.id, event.type, envelope.model_dump_json().encode()))
    return made
