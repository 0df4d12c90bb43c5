"""Issuing and cutting access tokens. Both move the person's logical clock (`Operator.token_ms`) forward.

Whoever moves it holds the person's row until the end of the transaction. So a token is signed with the
roles from before a cut and is refused after it, or is signed after the cut with the roles as they are now.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from accounts.keys.signing import SigningKeys
from accounts.sessions.identity import Identity, OwnProject
from accounts.tables import Membership, Operator, Project
from shared.database.session import Session
from shared.events.accounts import AccessChanged
from shared.http.access import ACCESS_SECONDS, Guard, obey_cut, sign_access
from shared.http.problems import Unauthenticated
from shared.messaging.outbox import publish_on_commit


@dataclass(frozen=True)
class Access:
    """A person, their projects by name, and a token that says so for five minutes."""

    operator: Identity
    projects: list[OwnProject]
    token: str


async def issue_access(session: Session, keys: SigningKeys, operator_id: UUID) -> Access:
    """Sign an access token with the roles of this moment."""
    issued_at = await _move_clock(session, operator_id, next_moment(session, Operator.token_ms))
    operator = await get_identity(session, operator_id)
    projects = await list_own_projects(session, operator_id)
    token = sign_access(
        keys.current,
        operator_id=operator_id,
        name=operator.name,
        roles={project.id: project.role for project in projects},
        issued_at=issued_at,
        expires_at=session.now + timedelta(seconds=ACCESS_SECONDS),
    )
    return Access(operator, projects, token)


async def cut_access(session: Session, guard: Guard, operator_id: UUID) -> None:
    """Refuse every access token a person has now, here and in every other service."""
    now_ms = this_moment(session)
    next_ms = case((Operator.token_ms >= now_ms, Operator.token_ms + 1), else_=now_ms)
    not_before = await _move_clock(session, operator_id, next_ms)
    await announce_cut(session, guard, operator_id, not_before)


async def announce_cut(session: Session, guard: Guard, operator_id: UUID, not_before: datetime) -> None:
    """Refuse a person's or an API key's tokens issued before a moment, here and in every other service."""
    await obey_cut(session, guard, operator_id, not_before)
    await publish_on_commit(session, AccessChanged(operator_id=operator_id, not_before=not_before))


def this_moment(session: Session) -> int:
    """Return the time of the transaction in Unix milliseconds."""
    return int(session.now.timestamp() * 1000)


def next_moment(session: Session, token_ms: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return when a token is issued now, which is never before the last one."""
    now_ms = this_moment(session)
    return case((token_ms > now_ms, token_ms), else_=now_ms)


async def _move_clock(session: Session, operator_id: UUID, token_ms: ColumnElement[int]) -> datetime:
    statement = (
        update(Operator)
        .where(Operator.id == operator_id)
        .values(token_ms=token_ms)
        .returning(Operator.token_ms)
        .execution_options(synchronize_session=False)
    )
    moved: int = (await session.execute(statement)).scalar_one()
    return datetime.fromtimestamp(moved / 1000, UTC)


async def get_identity(session: Session, operator_id: UUID) -> Identity:
    """Return who a person is. Raises Unauthenticated when there is no such person."""
    query = select(Operator.id, Operator.email, Operator.name).where(Operator.id == operator_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise Unauthenticated
    return Identity(*row)


async def list_own_projects(session: Session, operator_id: UUID) -> list[OwnProject]:
    """Return a person's projects with their role in each, ordered by name."""
    query = (
        select(Project.id, Project.name, Membership.role)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.operator_id == operator_id)
        .order_by(Project.name, Project.id)
    )
    return [OwnProject(*row) for row in (await session.execute(query)).all()]
