"""Connections: how a person proves the right to communities."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from shared.database.session import Session
from shared.database.walls import lift_confinement
from shared.http.access import Caller, ProjectNotFound, Role, SignedIn
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction, transaction_of
from vk_gateway.authorizations.actions import begin_connection, send_to_vk
from vk_gateway.authorizations.browsers import recognise
from vk_gateway.connections import actions, queries
from vk_gateway.connections.inspection import inspect_key, switch_messages_on
from vk_gateway.connections.links import find_community
from vk_gateway.connections.preflight import Known, look_before_saving
from vk_gateway.connections.schemas import (
    ChecksOut,
    ChosenCommunitiesIn,
    ConnectionIn,
    ConnectionMade,
    ConnectionOut,
    Consent,
    LinkIn,
    MessagesIn,
    OauthConnectionIn,
    OfferedCommunity,
    PersonOut,
)
from vk_gateway.connections.states import ConnectionState, Method, Step
from vk_gateway.connections.tables import Connection, ConnectionCommunity
from vk_gateway.errors import (
    CommunityNotFound,
    CommunityNotOffered,
    ConnectionNotFound,
    ConnectionNotOpen,
    KeyGone,
    KeyInvalid,
    KeyLacksRights,
    LinkNotUnderstood,
    NotCommunityAdmin,
    OauthNotConfigured,
    OtherAddress,
    VkUnavailable,
)
from vk_gateway.settings import GatewaySettings
from vk_gateway.vk.consent import Consents

router = APIRouter(prefix="/api/v1/vk/connections", tags=["connections"])

CommunityId = Annotated[int, Path(ge=1, lt=10**15)]
CHOOSABLE = (ConnectionState.CHOOSING, ConnectionState.CONSENTING)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=explained(
        ProjectNotFound,
        OauthNotConfigured,
        OtherAddress,
        KeyInvalid,
        KeyLacksRights,
        VkUnavailable,
        Forbidden,
    ),
)
async def create_connection(
    connection: ConnectionIn, request: Request, response: Response, caller: SignedIn
) -> ConnectionMade:
    """Begin to connect communities. With a key, VK is asked at once what the key is worth.

    Through VK, the person goes to `authorize_url` in the browser that made this call, within ten minutes.
    """
    caller.require(connection.project_id, Role.ADMIN)
    if isinstance(connection, OauthConnectionIn):
        return await _begin_consent(connection.project_id, request, response, caller)
    key = connection.key.get_secret_value().strip()
    # VK is asked before the transaction opens, so this endpoint opens it by itself.
    report = await inspect_key(request.app.state.vk, key)
    async with transaction_of(request) as session:
        made = await actions.connect_by_key(
            session,
            request.app.state.vault,
            project_id=connection.project_id,
            operator_id=caller.operator_id,
            key=key,
            report=report,
        )
        return ConnectionMade(id=made.id, state=made.state, authorize_url=None)


async def _begin_consent(
    project_id: UUID, request: Request, response: Response, caller: Caller
) -> ConnectionMade:
    settings: GatewaySettings = request.app.state.settings
    if not settings.has_app:
        raise OauthNotConfigured
    # VK sends people back to the public address, where a page of another one has no cookies.
    origin, address = request.headers.get("origin"), settings.public_url.rstrip("/")
    if origin in settings.own_origins and origin != address:
        raise OtherAddress(address=address)
    consents: Consents = request.app.state.consents
    async with transaction_of(request) as session:
        browser = recognise(request, response, session.world)
        made = await begin_connection(session, project_id=project_id, operator_id=caller.operator_id)
        ticket = await send_to_vk(
            session,
            request.app.state.vault,
            made,
            step=Step.IDENTITY,
            operator_id=caller.operator_id,
            browser=browser,
        )
        address = consents.identity.page(ticket.state, ticket.verifier)
        return ConnectionMade(id=made.id, state=made.state, authorize_url=address)


@router.get("/{connection_id}", responses=explained(ConnectionNotFound, Forbidden))
async def get_connection(
    connection_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    q: Annotated[str, Query(max_length=100, description="Part of a name")] = "",
) -> ConnectionOut:
    """Show a connection and the communities it is about; with `q` those whose name has it."""
    connection = await _own_connection(session, connection_id, caller)
    state = actions.state_now(connection, session.now)
    communities = [
        community
        for community in await queries.list_communities(session, connection_id)
        if _folded(q) in _folded(f"{community.name} {community.screen_name}")
    ]
    if state is ConnectionState.READY:
        communities = [community for community in communities if community.key_sealed is not None]
    person = None
    if connection.person_id is not None:
        person = PersonOut(
            id=connection.person_id,
            name=connection.person_name,
            avatar_url=connection.person_avatar_url,
        )
    return ConnectionOut(
        id=connection.id,
        project_id=connection.project_id,
        method=connection.method,
        state=state,
        failure=connection.failure,
        expires_at=connection.expires_at,
        person=person,
        lists_communities=connection.lists_communities,
        communities=await _offered(session, connection.project_id, communities),
    )


@router.post(
    "/{connection_id}/communities",
    responses=explained(
        ConnectionNotFound, ConnectionNotOpen, CommunityNotOffered, NotCommunityAdmin, Forbidden
    ),
)
async def choose_communities(
    connection_id: UUID,
    chosen: ChosenCommunitiesIn,
    request: Request,
    response: Response,
    caller: SignedIn,
    session: Transaction,
) -> Consent:
    """Choose one or several communities. VK's consent for them is next; a key needs none."""
    connection = await _own_connection(session, connection_id, caller, for_update=True)
    offered = {one.community_id: one for one in await queries.list_communities(session, connection_id)}
    wanted = set(chosen.community_ids)
    if not wanted <= set(offered):
        raise CommunityNotOffered
    if connection.method is Method.KEY:
        return Consent(authorize_url=None)
    _require_step(connection, session, caller)
    if any(offered[community_id].is_admin is False for community_id in wanted):
        raise NotCommunityAdmin
    ticket = await send_to_vk(
        session,
        request.app.state.vault,
        connection,
        step=Step.COMMUNITIES,
        operator_id=caller.operator_id,
        browser=recognise(request, response, session.world),
        community_ids=wanted,
    )
    consents: Consents = request.app.state.consents
    return Consent(authorize_url=consents.communities.page(ticket.state, wanted))


@router.post(
    "/{connection_id}/resolve",
    responses=explained(
        ConnectionNotFound,
        ConnectionNotOpen,
        LinkNotUnderstood,
        CommunityNotFound,
        OauthNotConfigured,
        VkUnavailable,
        Forbidden,
    ),
)
async def resolve_link(
    connection_id: UUID, given: LinkIn, request: Request, caller: SignedIn
) -> OfferedCommunity:
    """Find the community that a link leads to, so that it can be chosen: VK did not list it."""
    async with transaction_of(request) as session:
        _require_step(await _own_connection(session, connection_id, caller), session, caller)
    found = await find_community(request.app.state.finder, given.link)
    async with transaction_of(request) as session:
        connection = await _own_connection(session, connection_id, caller, for_update=True)
        _require_step(connection, session, caller)
        community = await actions.offer_community(session, connection, found)
        return (await _offered(session, connection.project_id, [community]))[0]


@router.post(
    "/{connection_id}/communities/{community_id}/checks",
    responses=explained(ConnectionNotFound, CommunityNotOffered, KeyGone, Forbidden),
)
async def check_community(
    connection_id: UUID, community_id: CommunityId, request: Request, caller: SignedIn
) -> ChecksOut:
    """Look before saving what will work: administrator, messages, rights, callback slot, address, upload."""
    known = await _known(request, connection_id, community_id, caller)
    settings: GatewaySettings = request.app.state.settings
    found = await look_before_saving(request.app.state.vk, known, settings.callback_base)
    async with transaction_of(request) as session:
        await actions.note_findings(
            session,
            connection_id,
            community_id,
            messages_enabled=found.messages_enabled,
            permissions=found.permissions,
        )
    return ChecksOut.model_validate({"items": found.lines}, from_attributes=True)


@router.put(
    "/{connection_id}/communities/{community_id}/messages",
    responses=explained(
        ConnectionNotFound, CommunityNotOffered, KeyGone, KeyInvalid, KeyLacksRights, VkUnavailable, Forbidden
    ),
)
async def switch_on_messages(
    connection_id: UUID, community_id: CommunityId, _wish: MessagesIn, request: Request, caller: SignedIn
) -> OfferedCommunity:
    """Switch the community's messages on in VK: the administrator says so."""
    known = await _known(request, connection_id, community_id, caller)
    await switch_messages_on(request.app.state.vk, known.key, community_id)
    async with transaction_of(request) as session:
        connection = await _own_connection(session, connection_id, caller)
        community = await actions.note_messages_on(session, connection, community_id)
        return (await _offered(session, connection.project_id, [community]))[0]


async def _known(request: Request, connection_id: UUID, community_id: int, caller: Caller) -> Known:
    """Return a community of an own connection with its key. Raises CommunityNotOffered, KeyGone."""
    async with transaction_of(request) as session:
        connection = await _own_connection(session, connection_id, caller)
        community = await session.get(ConnectionCommunity, (connection_id, community_id))
        if community is None:
            raise CommunityNotOffered
        key = await actions.key_of(session, request.app.state.vault, connection_id, community_id)
        if key is None or actions.state_now(connection, session.now) is not ConnectionState.READY:
            raise KeyGone
        return Known(community_id, community.is_admin, community.messages_enabled, key)


async def _offered(session: Session, project_id: UUID, communities: Any) -> list[OfferedCommunity]:
    """Describe communities, and whose they are already."""
    # The one question about all projects: whether any of them has a community.
    await lift_confinement(session)
    claims = await queries.find_claims(session, {community.community_id for community in communities})
    return [_described(one, claims.get(one.community_id), project_id) for one in communities]


def _described(community: ConnectionCommunity, claimant: UUID | None, project_id: UUID) -> OfferedCommunity:
    mine = claimant == project_id
    return OfferedCommunity(
        community_id=community.community_id,
        name=community.name,
        screen_name=community.screen_name,
        avatar_url=community.avatar_url,
        is_admin=community.is_admin,
        role=community.role,
        messages_enabled=community.messages_enabled,
        claimed_by=None if claimant is None else "this_project" if mine else "other_project",
    )


def _folded(text: str) -> str:
    """Write a name as people look for it: in small letters, ё as е."""
    return text.strip().casefold().replace("ё", "е")


def _require_step(connection: Connection, session: Session, caller: Caller) -> None:
    """Raise unless the caller themselves is choosing. Raises ConnectionNotFound, ConnectionNotOpen."""
    state = actions.state_now(connection, session.now)
    if state not in CHOOSABLE:
        raise ConnectionNotOpen(state=state)
    if connection.operator_id != caller.operator_id:
        raise ConnectionNotFound


async def _own_connection(
    session: Session, connection_id: UUID, caller: Caller, *, for_update: bool = False
) -> Connection:
    connection = await queries.find_connection(session, connection_id, for_update=for_update)
    caller.require_for(connection.project_id if connection else None, ConnectionNotFound, Role.ADMIN)
    assert connection is not None
    return connection
