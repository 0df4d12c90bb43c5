"""Reads about integrations and the widgets they are in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from shared.database.session import Session
from widget_config.channels.rules import DELETED
from widget_config.tables import KnownIntegration, Widget, WidgetChannel
from widget_config.widgets.rules import channel_entry


@dataclass(frozen=True)
class Placed:
    """An integration in a widget, with its entry in the widget's setup."""

    integration: KnownIntegration
    entry: dict[str, Any]


@dataclass(frozen=True)
class Held:
    """Integrations that somebody asked for; `living` are those of them that stay alive until the commit."""

    asked: frozenset[UUID]
    living: Sequence[KnownIntegration]

    def epochs(self, project_id: UUID) -> dict[UUID, int]:
        """Return the present epochs of those that are of a project."""
        return {one.id: one.epoch for one in self.living if one.project_id == project_id}


def _is_living() -> ColumnElement[bool]:
    return (KnownIntegration.state != DELETED) & (KnownIntegration.described_version > 0)


async def is_living(session: Session, integration_id: UUID) -> bool:
    """Whether an integration is described and not deleted."""
    query = select(KnownIntegration.id).where(KnownIntegration.id == integration_id, _is_living())
    return (await session.scalar(query)) is not None


async def hold_living(session: Session, integration_ids: Iterable[UUID]) -> Held:
    """Lock those of the integrations that are described and not deleted."""
    asked = frozenset(integration_ids)
    if not asked:
        return Held(asked, [])
    query = select(KnownIntegration).where(KnownIntegration.id.in_(asked), _is_living())
    rows = await session.scalars(query.order_by(KnownIntegration.id).with_for_update())
    return Held(asked, rows.all())


async def versions_of(session: Session, integration_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the version up to which everything is known, for each integration that we have heard of."""
    columns = (KnownIntegration.id, KnownIntegration.version, KnownIntegration.described_version)
    rows = await session.execute(select(*columns).where(KnownIntegration.id.in_(integration_ids)))
    return {row.id: row.version if row.described_version else 0 for row in rows}


async def integration_ids_of(session: Session, widget_id: UUID) -> set[UUID]:
    """Return which integrations a widget offers."""
    query = select(WidgetChannel.integration_id).where(WidgetChannel.widget_id == widget_id)
    return set(await session.scalars(query))


async def channels_of(session: Session, widgets: Sequence[Widget]) -> dict[UUID, list[Placed]]:
    """Return the integrations in each widget, in the order of its setup."""
    query = (
        select(WidgetChannel.widget_id, KnownIntegration)
        .join(KnownIntegration, KnownIntegration.id == WidgetChannel.integration_id)
        .where(WidgetChannel.widget_id.in_([widget.id for widget in widgets]))
        .order_by(WidgetChannel.added_at, WidgetChannel.integration_id)
    )
    found: dict[UUID, dict[str, KnownIntegration]] = defaultdict(dict)
    for widget_id, integration in await session.execute(query):
        found[widget_id][str(integration.id)] = integration
    return {widget.id: _placed(widget, found[widget.id]) for widget in widgets}


def _placed(widget: Widget, integrations: dict[str, KnownIntegration]) -> list[Placed]:
    entries = {entry["integration_id"]: entry for entry in widget.setup["channels"]}
    entries = {key: entry for key, entry in entries.items() if key in integrations}
    for key, integration in integrations.items():
        entries.setdefault(key, channel_entry(integration.id, integration.epoch))
    return [Placed(integrations[key], entry) for key, entry in entries.items()]
