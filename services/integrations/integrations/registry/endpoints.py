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
from integrations.registry.gateway import Community, Gateway
from integrations.registry.schemas import (
    IntegrationDetails,
    IntegrationIn,
    IntegrationOut,
    RegistryItem,
    TimelineEntryOut,
)
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
    response_model=IntegrationOut,
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
    session: Transaction,
) -> Integration:
    """Connect a community to a project. The same again answers the same integration."""
    return await actions.connect(
        session,
        project_id=wanted.project_id,
        channel=wanted.channel,
        connection_id=wanted.connection_id,
        community=community,
    )


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
        items=[IntegrationOut.model_validate(row) for row in rows[:limit]],
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


@router.get("/{integration_id}", response_model=IntegrationDetails, responses=explained(IntegrationNotFound))
async def read_integration(integration_id: UUID, caller: SignedIn, session: ReadOnly) -> Integration:
    """Return an integration; a deleted one has the state `deleted`."""
    return await _own(session, caller, integration_id)


@router.delete(
    "/{integration_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=explained(IntegrationNotFound, Forbidden),
)
async def disconnect_community(integration_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Stop an integration's data and free its community. The same again answers the same."""
    integration = await queries.find_integration(session, integration_id, lock=True)
    caller.require_for(integration.project_id if integration else None, IntegrationNotFound, Role.ADMIN)
    assert integration is not None
    await actions.disconnect(session, integration, cause="deleted_by_admin")


@router.get(
    "/{integration_id}/timeline",
    responses=explained(IntegrationNotFound),
)
async def read_timeline(
    request: Request,
    integration_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[TimelineEntryOut]:
    """Tell what happened to an integration, newest first."""
    await _own(session, caller, integration_id)
    marks = cursors(request, f"timeline:{integration_id}")
    key = marks.unpack(cursor)
    rows = await queries.list_timeline(
        session, integration_id, before=key[0] if key else None, limit=limit + 1
    )
    return Page(
        items=[TimelineEntryOut.model_validate(row) for row in rows[:limit]],
        next_cursor=marks.pack(rows[limit - 1].position) if len(rows) > limit else None,
    )


async def _own(session: ReadOnly, caller: SignedIn, integration_id: UUID) -> Integration:
    integration = await queries.find_integration(session, integration_id)
    caller.require_for(integration.project_id if integration else None, IntegrationNotFound)
    assert integration is not None
    return integration


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
        deleted=row.state == "deleted",
    )
