"""`/api/v1/integrations/{id}/imports`: earlier messages."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from integrations.errors import (
    ImportRunning,
    IntegrationIsDeactivated,
    IntegrationIsDeleted,
    IntegrationNotFound,
)
from integrations.imports import actions
from integrations.imports.schemas import HistoryImport, ImportIn
from integrations.registry.access import lock_integration
from shared.http.access import SignedIn
from shared.http.problems import Forbidden, explained
from shared.http.transaction import Transaction

router = APIRouter(tags=["imports"])


@router.post(
    "/{integration_id}/imports",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(
        IntegrationNotFound, Forbidden, IntegrationIsDeleted, IntegrationIsDeactivated, ImportRunning
    ),
)
async def import_history(
    integration_id: UUID, wanted: ImportIn, caller: SignedIn, session: Transaction
) -> HistoryImport:
    """Have messages from before the connection imported; `history_import` shows how far it is."""
    integration = await lock_integration(session, caller, integration_id)
    return await actions.request_import(session, integration, wanted.depth)


@router.delete(
    "/{integration_id}/imports/current",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(IntegrationNotFound, Forbidden),
)
async def cancel_import(integration_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """End the import under way; what has come stays. Also when nothing is under way."""
    integration = await lock_integration(session, caller, integration_id)
    await actions.cancel_import(session, integration)
