"""Connections: how a person proves the right to a community."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from shared.database.engine import Database
from shared.database.session import Session
from shared.database.walls import lift_confinement
from shared.http.access import Caller, ProjectNotFound, Role, SignedIn
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly
from vk_gateway.connections import actions, queries
from vk_gateway.connections.inspection import inspect_key
from vk_gateway.connections.schemas import (
    ChosenCommunitiesIn,
    ConnectionIn,
    ConnectionMade,
    ConnectionOut,
    Consent,
    OauthConnectionIn,
    OfferedCommunity,
)
from vk_gateway.errors import (
    CommunityNotOffered,
    ConnectionNotFound,
    KeyInvalid,
    KeyLacksRights,
    OauthNotConfigured,
    VkUnavailable,
)
from vk_gateway.tables import Connection

router = APIRouter(prefix="/api/v1/vk/connections", tags=["connections"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=explained(
        ProjectNotFound, OauthNotConfigured, KeyInvalid, KeyLacksRights, VkUnavailable, Forbidden
    ),
)
async def create_connection(connection: ConnectionIn, request: Request, caller: SignedIn) -> ConnectionMade:
    """Begin to connect a community. With a key, VK is asked at once what the key is worth."""
    caller.require(connection.project_id, Role.ADMIN)
    if isinstance(connection, OauthConnectionIn):
        raise OauthNotConfigured
    key = connection.key.get_secret_value().strip()
    # VK is asked before the transaction opens, so this endpoint opens it by itself.
    report = await inspect_key(request.app.state.vk, key)
    database: Database = request.app.state.database
    async with database.write() as session:
        session.actor_id = caller.operator_id
        made = await actions.connect_by_key(
            session,
            request.app.state.vault,
            project_id=connection.project_id,
            operator_id=caller.operator_id,
            key=key,
            report=report,
        )
        return ConnectionMade(id=made.id, state=made.state, authorize_url=None)


@router.get("/{connection_id}", responses=explained(ConnectionNotFound, Forbidden))
async def get_connection(connection_id: UUID, caller: SignedIn, session: ReadOnly) -> ConnectionOut:
    """Show a connection and the communities it covers."""
    connection = await _own_connection(session, connection_id, caller)
    # The one question about all projects: whether any of them has the community.
    await lift_confinement(session)
    claimant = await queries.find_claiming_project(session, connection.community_id)
    mine = claimant == connection.project_id
    offered = OfferedCommunity(
        community_id=connection.community_id,
        name=connection.name,
        screen_name=connection.screen_name,
        avatar_url=connection.avatar_url,
        is_admin=connection.is_admin,
        messages_enabled=connection.messages_enabled,
        claimed_by=None if claimant is None else "this_project" if mine else "other_project",
    )
    return ConnectionOut(
        id=connection.id, project_id=connection.project_id, state=connection.state, communities=[offered]
    )


@router.post(
    "/{connection_id}/communities",
    responses=explained(ConnectionNotFound, CommunityNotOffered, Forbidden),
)
async def choose_communities(
    connection_id: UUID, chosen: ChosenCommunitiesIn, caller: SignedIn, session: ReadOnly
) -> Consent:
    """Choose among the communities covered. A key needs no further consent."""
    connection = await _own_connection(session, connection_id, caller)
    if set(chosen.community_ids) != {connection.community_id}:
        raise CommunityNotOffered
    return Consent(authorize_url=None)


async def _own_connection(session: Session, connection_id: UUID, caller: Caller) -> Connection:
    connection = await queries.find_connection(session, connection_id)
    caller.require_for(connection.project_id if connection else None, ConnectionNotFound, Role.ADMIN)
    assert connection is not None
    return connection
