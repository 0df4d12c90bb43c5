"""Integrations as callers may have them: of their projects, for what their role allows."""

from uuid import UUID

from integrations.errors import IntegrationNotFound
from integrations.registry.queries import find_integration
from integrations.tables import Integration
from shared.database.session import Session
from shared.http.access import Caller, Role


async def see_integration(session: Session, caller: Caller, integration_id: UUID) -> Integration:
    """Return an integration for an operator to look at. Raises IntegrationNotFound."""
    return await _permitted(session, caller, integration_id, Role.OPERATOR, lock=False)


async def lock_integration(session: Session, caller: Caller, integration_id: UUID) -> Integration:
    """Return an integration, locked, for an administrator. Raises IntegrationNotFound, Forbidden."""
    return await _permitted(session, caller, integration_id, Role.ADMIN, lock=True)


async def _permitted(
    session: Session, caller: Caller, integration_id: UUID, role: Role, *, lock: bool
) -> Integration:
    integration = await find_integration(session, integration_id, lock=lock)
    caller.require_for(integration.project_id if integration else None, IntegrationNotFound, role)
    assert integration is not None
    return integration
