"""Announcing visits. Nothing of a visitor is kept here but the announcement itself."""

from datetime import timedelta

from shared.database.session import Session
from shared.events.widgets import VisitMarked
from shared.messaging.outbox import publish_on_commit
from widget_config.channels.queries import Placed
from widget_config.tables import Widget
from widget_config.visits.rules import NoAddress, page_address
from widget_config.visits.schemas import Click


async def announce_visit(
    session: Session, widget: Widget, placed: Placed, *, click: Click, mark: str, lives: timedelta
) -> None:
    """Tell that a visitor went to a channel with a mark. Raises NoAddress."""
    page = page_address(click.page_url)
    event = VisitMarked(
        project_id=widget.project_id,
        widget_id=widget.id,
        integration_id=placed.integration.id,
        mark=mark,
        page_url=page.address,
        page_title=click.page_title or None,
        referrer=_referrer(click),
        campaign=page.campaign,
        marked_at=session.now,
        expires_at=session.now + lives,
    )
    await publish_on_commit(session, event)


def _referrer(click: Click) -> str | None:
    """Return where the visitor came to the page from; what is no address is no news."""
    try:
        return page_address(click.referrer).address if click.referrer else None
    except NoAddress:
        return None
