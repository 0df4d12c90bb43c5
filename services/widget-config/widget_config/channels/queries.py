"""Reads about integrations and the widgets they are in."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from shared.database.session import Session
from widget_config.channels.rules import DELETED
from widget_config.tables import KnownIntegration, WidgetChannel


async def find_living(
    session: Session, integration_id: UUID, *, lock: bool = False
) -> KnownIntegration | None:
    """Return an integration that is described and not deleted; `lock` keeps it so until the commit."""
    query = select(KnownIntegration).where(
        KnownIntegration.id == integration_id,
        KnownIntegration.state != DELETED,
        KnownIntegration.described_version > 0,
    )
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def versions_of(session: Session, integration_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the version up to which everything is known, for each integration that we have heard of."""
    columns = (KnownIntegration.id, KnownIntegration.version, KnownIntegration.described_version)
    rows = await session.execute(select(*columns).where(KnownIntegration.id.in_(integration_ids)))
    return {row.id: row.version if row.described_version else 0 for row in rows}


async def channels_of(session: Session, widget_ids: Sequence[UUID]) -> dict[UUID, list[KnownIntegration]]:
    """Return the integrations in each widget, first added first."""
    query = (
        select(WidgetChannel.widget_id, KnownIntegration)
        .join(KnownIntegration, KnownIntegration.id == WidgetChannel.integration_id)
        .where(WidgetChannel.widget_id.in_(widget_ids))
        .order_by(WidgetChannel.added_at, WidgetChannel.integration_id)
    )
    found: dict[UUID, list[KnownIntegration]] = defaultdict(list)
    for widget_id, integration in await session.execute(query):
        found[widget_id].append(integration)
    return found
