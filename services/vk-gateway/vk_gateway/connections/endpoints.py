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
from vk_gateway.connections.tables import Connection, ConnectionCommunity
from vk_gateway.errors import (
    CommunityNotOffered,
    ConnectionNotFound,
    KeyInvalid,
    KeyLacksRights,
    OauthNotConfigured,
    VkUnavailable,
)

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
    communities = await queries.list_communities(session, connection_id)
    # The one question about all projects: whether any of them has the community.
    await lift_confinement(session)
    claims = await queries.find_claims(session, {community.community_id for community in communities})
    return ConnectionOut(
        id=connection.id,
        project_id=connection.project_id,
        state=connection.state,
        communities=[
            _offered(community, claims.get(community.community_id), connection.project_id)
            for community in communities
        ],
    )


def _offered(community: ConnectionCommunity, claimant: UUID | None, project_id: UUID) -> OfferedCommunity:
    mine = claimant == project_id
    return OfferedCommunity(
        community_id=community.community_id,
        name=community.name,
        screen_name=community.screen_name,
        avatar_url=community.avatar_url,
        is_admin=community.is_admin,
        messages_enabled=community.messages_enabled,
        claimed_by=None if claimant is None else "this_project" if mine else "other_project",
    )


@router.post(
    "/{connection_id}/communities",
    responses=explained(ConnectionNotFound, CommunityNotOffered, Forbidden),
)
async def choose_communities(
    connection_id: UUID, chosen: ChosenCommunitiesIn, caller: SignedIn, session: ReadOnly
) -> Consent:
    """Choose among the communities covered. A key needs no further consent."""
    await _own_connection(session, connection_id, caller)
    offered = {community.community_id for community in await queries.list_communities(session, connection_id)}
    if not set(chosen.community_ids) <= offered:
        raise CommunityNotOffered
    return Consent(authorize_url=None)


async def _own_connection(session: Session, connection_id: UUID, caller: Caller) -> Connection:
    connection = await queries.find_connection(session, connection_id)
    caller.require_for(connection.project_id if connection else None, ConnectionNotFound, Role.ADMIN)
    assert connection is not None
    return connection
