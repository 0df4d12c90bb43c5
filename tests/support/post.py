"""What a service hears and says: letters for its bus, and the events in its outbox."""

from sqlalchemy import select

from shared.database.engine import Database
from shared.events.catalogue import EVENTS
from shared.events.envelope import Envelope, Event
from shared.messaging.bus import Letter
from shared.messaging.tables import outbox_table
from shared.runtime.world import World

_world = World()


def letter_of(event: Event) -> Letter:
    """Put an event into an envelope of its own, as another service's relay would."""
    envelope = Envelope(
        id=_world.new_id(),
        type=event.type,
        occurred_at=_world.now(),
        payload=event.model_dump(mode="json"),
    )
    return Letter(envelope.id, envelope.type, envelope.model_dump_json().encode())


async def announced(database: Database) -> list[Event]:
    """Everything a service has said, in order, whether published yet or not."""
    async with database.read() as session:
        bodies = (await session.scalars(select(outbox_table.c.body).order_by(outbox_table.c.position))).all()
    envelopes = [Envelope.from_bytes(body) for body in bodies]
    return [EVENTS[envelope.type].model_validate(envelope.payload) for envelope in envelopes]
