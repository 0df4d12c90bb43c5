"""Taking over the registry's news, together with the events that waited for them."""

from dialogs.messages.dispatch import apply_held_events
from dialogs.registry.actions import Snapshot, learn_integration
from shared.database.session import Session


async def learn_and_release(session: Session, news: Snapshot) -> None:
    """Take over the registry's news, then apply the events that came before them."""
    if await learn_integration(session, news):
        await session.flush()
        await apply_held_events(session, news.integration_id, news.epoch)
