"""Writes: sending people to VK and taking them back. The caller owns the transaction."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from shared.database.inserts import inserted
from shared.database.session import Session
from shared.database.vault import Vault, VaultError
from shared.messaging.audit import record_action
from vk_gateway.authorizations.browsers import Browser
from vk_gateway.authorizations.rules import STATE_BYTES, VERIFIER_BYTES, Brought, Outcome, state_after
from vk_gateway.connections.actions import CONNECTION_LASTS, key_place
from vk_gateway.connections.states import ConnectionState, Method, Step
from vk_gateway.connections.tables import (
    Connection,
    ConnectionCommunity,
    ConsentStep,
    SpentStep,
)
from vk_gateway.vk.consent import Administered, Person

STEP_LASTS = timedelta(minutes=10)
CHOICE_LASTS = timedelta(hours=1)
UNDER_WAY = {Step.IDENTITY: ConnectionState.AUTHORIZING, Step.COMMUNITIES: ConnectionState.CONSENTING}


@dataclass(frozen=True)
class Ticket:
    """What a person takes along to VK."""

    state: str = field(repr=False)
    verifier: str = field(repr=False, default="")


@dataclass(frozen=True)
class Taken:
    """A person who came back as they were sent; what they brought is still to be exchanged."""

    connection_id: UUID
    step: Step
    state: str = field(repr=False)
    verifier: str = field(repr=False, default="")
    community_ids: Sequence[int] = ()


@dataclass(frozen=True)
class Granted:
    """A community for which VK gave a key, and what VK says of it."""

    community_id: int
    key: str = field(repr=False)
    permissions: Sequence[str]
    messages_enabled: bool | None
    name: str | None = None
    screen_name: str | None = None
    avatar_url: str | None = None


async def begin_connection(session: Session, *, project_id: UUID, operator_id: UUID) -> Connection:
    """Store that somebody is about to connect through VK."""
    connection = Connection(
        id=session.new_id(),
        project_id=project_id,
        operator_id=operator_id,
        method=Method.OAUTH,
        state=ConnectionState.AUTHORIZING,
        created_at=session.now,
        expires_at=session.now + STEP_LASTS,
    )
    session.add(connection)
    await session.flush()
    return connection


async def send_to_vk(
    session: Session,
    vault: Vault,
    connection: Connection,
    *,
    step: Step,
    operator_id: UUID,
    browser: Browser,
    community_ids: Collection[int] = (),
) -> Ticket:
    """Let a person go to VK with a state of their own, for ten minutes. An earlier one counts no more.

    The connection's row must be locked.
    """
    assert browser.token_hash is not None
    await _spend_steps(session, connection)
    ticket = Ticket(
        session.world.token(STATE_BYTES),
        session.world.token(VERIFIER_BYTES) if step is Step.IDENTITY else "",
    )
    state_hash = _hashed(ticket.state)
    sealed = vault.seal(ticket.verifier, place=_verifier_place(state_hash)) if ticket.verifier else None
    connection.state = UNDER_WAY[step]
    connection.expires_at = session.now + STEP_LASTS
    session.add(
        ConsentStep(
            state_hash=state_hash,
            connection_id=connection.id,
            project_id=connection.project_id,
            operator_id=operator_id,
            step=step,
            browser_hash=browser.token_hash,
            session_hash=browser.session_hash,
            verifier_sealed=sealed,
            community_ids=sorted(community_ids),
            expires_at=connection.expires_at,
        )
    )
    await session.flush()
    return ticket


async def is_known(session: Session, brought: Brought) -> bool:
    """Whether a state was ever given to anybody; reads only, because anybody may ask with any."""
    if brought.state is None:
        return False
    state_hash = _hashed(brought.state)
    return (
        await session.get(ConsentStep, state_hash) is not None
        or await session.get(SpentStep, state_hash) is not None
    )


async def take_back(
    session: Session, vault: Vault, brought: Brought, *, step: Step, browser: Browser
) -> Taken | tuple[Outcome, UUID | None]:
    """Spend the state that a browser brought, whatever comes of it; else say what is wrong with it."""
    if brought.state is None:
        return Outcome.UNKNOWN_LINK, None
    state_hash = _hashed(brought.state)
    found = await session.get(ConsentStep, state_hash)
    # In the order in which everybody locks: the connection first.
    connection = await session.get(Connection, found.connection_id, with_for_update=True) if found else None
    gone = (
        await session.execute(
            delete(ConsentStep).where(ConsentStep.state_hash == state_hash).returning(ConsentStep.state_hash)
        )
    ).first()
    if found is None or connection is None or gone is None:
        return await _unknown(session, state_hash)
    await _note_spent(session, found)
    wrong = _wrong_with(session, found, connection, brought, step=step, browser=browser)
    verifier = ""
    if wrong is None and found.verifier_sealed is not None:
        try:
            verifier = vault.open(found.verifier_sealed, place=_verifier_place(state_hash))
        except VaultError:
            wrong = Outcome.EXPIRED
    if wrong is not None:
        is_theirs = wrong not in {Outcome.OTHER_BROWSER, Outcome.OTHER_OPERATOR}
        operator_id = found.operator_id if is_theirs else None
        await end(session, connection, wrong, step=found.step, operator_id=operator_id)
        return wrong, connection.id
    return Taken(connection.id, step, brought.state, verifier, [int(one) for one in found.community_ids])


def _wrong_with(
    session: Session,
    found: ConsentStep,
    connection: Connection,
    brought: Brought,
    *,
    step: Step,
    browser: Browser,
) -> Outcome | None:
    """Return the first thing that is not as it was when the person left."""
    checks = (
        (found.browser_hash != browser.token_hash, Outcome.OTHER_BROWSER),
        (found.session_hash not in {None, browser.session_hash}, Outcome.OTHER_OPERATOR),
        (found.step is not step, Outcome.OTHER_STEP),
        (found.expires_at <= session.now, Outcome.EXPIRED),
        (connection.state is not UNDER_WAY[step], Outcome.ALREADY_USED),
        (brought.refusal is not None, brought.refusal),
        (not brought.code, Outcome.INCOMPLETE),
        (step is Step.IDENTITY and not brought.device_id, Outcome.INCOMPLETE),
    )
    return next((outcome for is_wrong, outcome in checks if is_wrong), None)


async def end(
    session: Session, connection: Connection, outcome: Outcome, *, step: Step, operator_id: UUID | None
) -> None:
    """End what was under way with nothing kept, and note it down. What is over already stays as it is."""
    if connection.state is UNDER_WAY[step]:
        connection.state = state_after(outcome)
        connection.failure = outcome
        _forget_person(connection)
    await _note_down(session, connection, outcome, operator_id)


async def find_under_way(session: Session, taken: Taken) -> Connection | None:
    """Return the locked connection if it still waits for this step."""
    connection = await session.get(Connection, taken.connection_id, with_for_update=True)
    is_waiting = connection is not None and connection.state is UNDER_WAY[taken.step]
    return connection if is_waiting else None


async def identify(
    session: Session, connection: Connection, person: Person, administered: Sequence[Administered] | None
) -> None:
    """Store who the person is at VK and what they may choose from. The connection's row must be locked."""
    connection.state = ConnectionState.CHOOSING
    connection.expires_at = session.now + CHOICE_LASTS
    connection.person_id = person.id
    connection.person_name = person.name
    connection.person_avatar_url = person.avatar_url
    connection.lists_communities = administered is not None
    for community in {community.id: community for community in administered or ()}.values():
        session.add(
            ConnectionCommunity(
                connection_id=connection.id,
                community_id=community.id,
                project_id=connection.project_id,
                name=community.name,
                screen_name=community.screen_name,
                avatar_url=community.avatar_url,
                is_admin=True,
                role="administrator",
                messages_enabled=community.messages_enabled,
                permissions=[],
            )
        )
    await _note_down(session, connection, Outcome.IDENTIFIED, connection.operator_id)


async def keep_keys(
    session: Session, vault: Vault, connection: Connection, granted: Sequence[Granted]
) -> None:
    """Store the keys that VK gave, sealed. VK gives them to administrators only. The row must be locked."""
    connection.state = ConnectionState.READY
    connection.expires_at = session.now + CONNECTION_LASTS
    communities = await _communities(session, connection.id)
    for given in granted:
        community = communities[given.community_id]
        community.is_admin = True
        community.role = "administrator"
        community.permissions = list(given.permissions)
        community.key_sealed = vault.seal(given.key, place=key_place(connection.id, given.community_id))
        community.name = given.name or community.name
        community.screen_name = given.screen_name or community.screen_name
        community.avatar_url = given.avatar_url or community.avatar_url
        if given.messages_enabled is not None:
            community.messages_enabled = given.messages_enabled
    names = ", ".join(communities[given.community_id].name for given in granted)
    await _note_down(session, connection, Outcome.GIVEN, connection.operator_id, names)


async def _communities(session: Session, connection_id: UUID) -> Mapping[int, ConnectionCommunity]:
    query = select(ConnectionCommunity).where(ConnectionCommunity.connection_id == connection_id)
    return {one.community_id: one for one in (await session.execute(query)).scalars()}


async def _unknown(session: Session, state_hash: bytes) -> tuple[Outcome, UUID | None]:
    """Tell a state that was used from one that never was, and note down that it came again."""
    spent = await session.get(SpentStep, state_hash)
    if spent is None:
        return Outcome.UNKNOWN_LINK, None
    connection = await session.get(Connection, spent.connection_id)
    if connection is not None:
        await _note_down(session, connection, Outcome.ALREADY_USED, None)
    return Outcome.ALREADY_USED, spent.connection_id


async def _spend_steps(session: Session, connection: Connection) -> None:
    query = select(ConsentStep).where(ConsentStep.connection_id == connection.id)
    for earlier in (await session.execute(query)).scalars().all():
        await _note_spent(session, earlier)
        await session.delete(earlier)
    await session.flush()


async def _note_spent(session: Session, step: ConsentStep) -> None:
    await inserted(
        session,
        SpentStep,
        conflict=["state_hash"],
        state_hash=step.state_hash,
        connection_id=step.connection_id,
        project_id=step.project_id,
        spent_at=session.now,
    )


async def _note_down(
    session: Session, connection: Connection, outcome: Outcome, operator_id: UUID | None, names: str = ""
) -> None:
    session.actor_id = operator_id
    await record_action(
        session,
        f"vk.consent_{outcome}",
        project_id=connection.project_id,
        subject_id=connection.id,
        subject_name=names or connection.person_name or "",
    )


def _forget_person(connection: Connection) -> None:
    connection.person_id = connection.person_name = connection.person_avatar_url = None


def _hashed(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _verifier_place(state_hash: bytes) -> str:
    return f"verifier:{state_hash.hex()}"
