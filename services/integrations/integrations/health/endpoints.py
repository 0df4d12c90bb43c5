"""`/api/v1/integrations/{id}/checks`: looking now."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from integrations.errors import IntegrationIsDeleted, IntegrationNotFound
from integrations.health.actions import request_check
from integrations.health.schemas import CheckOut
from integrations.registry.access import lock_integration
from shared.http.access import SignedIn
from shared.http.problems import Forbidden, explained
from shared.http.transaction import Transaction

router = APIRouter(tags=["health"])


@router.post(
    "/{integration_id}/checks",
    status_code=HTTPStatus.ACCEPTED,
    responses=explained(IntegrationNotFound, Forbidden, IntegrationIsDeleted),
)
async def check_now(integration_id: UUID, caller: SignedIn, session: Transaction) -> CheckOut:
    """Have the community checked at VK now; a good answer ends waiting, and a deactivation.

    The answer is on the timeline and in the integration, usually within seconds. While one is awaited, the
    same request is answered.
    """
    integration = await lock_integration(session, caller, integration_id)
    request_id = await request_check(session, integration)
    return CheckOut(request_id=request_id, requested_at=integration.check_requested_at or session.now)
