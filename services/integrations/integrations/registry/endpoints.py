"""`/api/v1/integrations`: which community serves which project."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from integrations.errors import (
    CommunityAlreadyConnected,
    CommunityMessagesDisabled,
    CommunityNotOffered,
    ConnectionNotFound,
    ConnectionNotReady,
    GatewayUnavailable,
    IntegrationNotFound,
    NotCommunityAdmin,
)
from integrations.registry import actions, queries
from integrations.registry.access import lock_integration, see_integration
from integrations.registry.gateway import Community, Gateway
from integrations.registry.schemas import (
    IntegrationDetails,
    IntegrationIn,
    IntegrationOut,
    RegistryItem,
)
from integrations.registry.views import integration_details, integration_out
from integrations.tables import Integration
from shared.http.access import AnotherService, ProjectNotFound, Role, SignedIn
from shared.http.pages import CursorText, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction

PREFIX = "/api/v1/integrations"

router = APIRouter(prefix=PREFIX, tags=["integrations"])


async def _approved(request: Request, caller: SignedIn, wanted: IntegrationIn) -> Community:
    """Check the caller's role, then the community with the gateway."""
    caller.require(wanted.project_id, Role.ADMIN)
    gateway: Gateway = request.app.state.gateway
    return await gateway.find_community(
        project_id=wanted.project_id,
        connection_id=wanted.connection_id,
        community_id=wanted.community_id,
        token=caller.token,
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=explained(
        ProjectNotFound,
        Forbidden,
        ConnectionNotFound,
        ConnectionNotReady,
        CommunityAlreadyConnected,
        CommunityNotOffered,
        NotCommunityAdmin,
        CommunityMessagesDisabled,
        GatewayUnavailable,
    ),
)
async def connect_community(
    wanted: IntegrationIn,
    # Stands before the session: the gateway must have answered when the transaction opens.
    community: Annotated[Community, Depends(_approved)],
    caller: SignedIn,
    session: Transaction,
) -> IntegrationOut:
    """Connect a community to a project, or connect it again: the same integration with the new key.

    The same again answers the same integration, and mends one that is not well. With `history` its earlier
    messages are imported. `project_name` of a `community_already_connected` names the other project, if the
    caller works there too.
    """
    wish = actions.Wish(
        project_id=wanted.project_id,
        channel=wanted.channel,
        connection_id=wanted.connection_id,
        community=community,
        history=wanted.history,
        name=caller.name,
        known_projects=caller.roles,
    )
    return integration_out(await actions.connect(session, wish))


@router.get("", responses=explained(ProjectNotFound))
async def list_integrations(
    request: Request,
    caller: SignedIn,
    session: ReadOnly,
    project_id: Annotated[UUID, Query()],
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[IntegrationOut]:
    """List a project's live integrations, first connected first."""
    caller.require(project_id)
    marks = cursors(request, f"integrations:{project_id}")
    key = marks.unpack(cursor)
    rows = await queries.list_live(session, project_id, after=UUID(key[0]) if key else None, limit=limit + 1)
    return Page(
        items=[integration_out(row) for row in rows[:limit]],
        next_cursor=marks.pack(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@router.get("/registry", include_in_schema=False)
async def read_registry(
    request: Request,
    _service: AnotherService,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 100,
) -> Page[RegistryItem]:
    """List all integrations there are or were, for services that reconcile."""
    marks = cursors(request, "registry")
    key = marks.unpack(cursor)
    rows = await queries.list_all(session, after=UUID(key[0]) if key else None, limit=limit + 1)
    return Page(
        items=[_registered(row) for row in rows[:limit]],
        next_cursor=marks.pack(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@router.get("/{integration_id}", responses=explained(IntegrationNotFound))
async def read_integration(integration_id: UUID, caller: SignedIn, session: ReadOnly) -> IntegrationDetails:
    """Return an integration; a deleted one has the state `deleted`."""
    return integration_details(await see_integration(session, caller, integration_id))


@router.delete(
    "/{integration_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(IntegrationNotFound, Forbidden),
)
async def disconnect_community(integration_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Stop an integration's data and free its community. The same again answers the same."""
    integration = await lock_integration(session, caller, integration_id)
    await actions.disconnect(session, integration, cause="deleted_by_admin")


def _registered(row: Integration) -> RegistryItem:
    return RegistryItem(
        integration_id=row.id,
        project_id=row.project_id,
        channel=row.channel,
        community_id=row.community_id,
        name=row.name,
        screen_name=row.screen_name,
        avatar_url=row.avatar_url,
        connection_id=row.connection_id,
        epoch=row.epoch,
        version=row.version,
        state=row.state,
        reason=row.reason,
        deleted=row.state == "deleted",
    )
