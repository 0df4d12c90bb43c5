"""Writing the timeline. The caller owns the transaction and has locked the integration."""

from integrations.states import Kind
from integrations.tables import Integration, TimelineEntry
from shared.database.session import Session


def note(
    session: Session,
    integration: Integration,
    kind: Kind,
    *,
    cause: str | None = None,
    action: str | None = None,
    cure: str | None = None,
) -> None:
    """Add a line: what was seen, what we did, what cures it."""
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
