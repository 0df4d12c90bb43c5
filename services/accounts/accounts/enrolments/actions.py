"""One-time links with which people choose their password. The caller owns the transaction."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.enrolments.links import FoundEnrolment, NewEnrolment
from accounts.errors import AlreadyEnrolled, EmailNotInvited, EmailRequired, EmailTaken, EnrolmentInvalid
from accounts.projects.actions import create_project
from accounts.sessions.actions import hashed
from accounts.settings import AccountsSettings
from accounts.tables import Enrolment, Operator, Project
from shared.database.inserts import inserted
from shared.database.session import Session

FIRST_ADMINISTRATOR = "first-administrator"
FIRST_ADMINISTRATOR_HOURS = 24
FIRST_PROJECT = "Мой проект"


async def invite(
    session: Session, settings: AccountsSettings, *, operator_id: UUID, project_id: UUID
) -> NewEnrolment:
    """Make a link for a person without an account; the project's earlier one for them stops working."""
    await session.execute(
        delete(Enrolment).where(Enrolment.operator_id == operator_id, Enrolment.project_id == project_id)
    )
    token = session.world.token()
    expires_at = session.now + timedelta(hours=settings.enrolment_hours)
    session.add(
        Enrolment(
            token_hash=hashed(token),
            slot=None,
            operator_id=operator_id,
            project_id=project_id,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return NewEnrolment(_url(settings, token), expires_at)


async def invite_first_administrator(session: Session, settings: AccountsSettings) -> NewEnrolment | None:
    """Make the link of a first administrator. Returns None when another one, made before, still works."""
    slot = Enrolment.slot == FIRST_ADMINISTRATOR
    await session.execute(delete(Enrolment).where(slot, Enrolment.expires_at <= session.now))
    token = session.world.token()
    expires_at = session.now + timedelta(hours=FIRST_ADMINISTRATOR_HOURS)
    new = await inserted(
        session,
        Enrolment,
        conflict=["slot"],
        token_hash=hashed(token),
        slot=FIRST_ADMINISTRATOR,
        expires_at=expires_at,
    )
    if not new:
        return None
    await record(session, AuditKind.FIRST_ADMINISTRATOR_INVITED, actor_id=None)
    return NewEnrolment(_url(settings, token), expires_at)


async def withdraw_first_administrator(session: Session) -> None:
    """Make the link of a first administrator stop working, if there is one."""
    await session.execute(delete(Enrolment).where(Enrolment.slot == FIRST_ADMINISTRATOR))


def _url(settings: AccountsSettings, token: str) -> str:
    return f"{settings.public_url.rstrip('/')}/api/v1/accounts/enrolments/{token}"


async def get_enrolment(session: Session, token: str) -> FoundEnrolment:
    """Return a link that works. Raises EnrolmentInvalid."""
    query = (
        select(Enrolment.operator_id, Operator.email, Project.name, Enrolment.expires_at)
        .outerjoin(Operator, Operator.id == Enrolment.operator_id)
        .outerjoin(Project, Project.id == Enrolment.project_id)
        .where(Enrolment.token_hash == hashed(token), Enrolment.expires_at > session.now)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise EnrolmentInvalid
    return FoundEnrolment(*row)


def email_for(enrolment: FoundEnrolment, given: str | None) -> str:
    """Return whose account it will be. Raises EmailRequired, EmailNotInvited."""
    if enrolment.email is None:
        if given is None:
            raise EmailRequired
        return given
    if given not in {None, enrolment.email}:
        raise EmailNotInvited
    return enrolment.email


async def use_enrolment(session: Session, token: str, *, email: str, name: str, password_hash: str) -> UUID:
    """Use a link up and return the person. Raises EnrolmentInvalid, AlreadyEnrolled, EmailTaken.

    The link's row goes first: of two people at once one finds nothing any more.
    """
    used = delete(Enrolment).where(Enrolment.token_hash == hashed(token), Enrolment.expires_at > session.now)
    row = (await session.execute(used.returning(Enrolment.slot, Enrolment.operator_id))).one_or_none()
    if row is None:
        raise EnrolmentInvalid
    if row.operator_id is None:
        operator_id = await _make_first_owner(session, email=email, name=name, password_hash=password_hash)
    else:
        operator_id = row.operator_id
        await _complete(session, operator_id, name=name, password_hash=password_hash)
    await record(session, AuditKind.ENROLLED, actor_id=operator_id)
    return operator_id


async def _make_first_owner(session: Session, *, email: str, name: str, password_hash: str) -> UUID:
    operator_id = session.new_id()
    new = await inserted(
        session,
        Operator,
        conflict=["email"],
        id=operator_id,
        email=email,
        name=name,
        password_hash=password_hash,
        is_demo=False,
        token_ms=0,
        created_at=session.now,
    )
    if not new:
        raise EmailTaken
    await create_project(session, operator_id, name=FIRST_PROJECT)
    return operator_id


async def _complete(session: Session, operator_id: UUID, *, name: str, password_hash: str) -> None:
    waiting = (Operator.id == operator_id) & Operator.password_hash.is_(None)
    done = update(Operator).where(waiting).values(name=name, password_hash=password_hash)
    if (await session.execute(done.returning(Operator.id))).scalar_one_or_none() is None:
        raise AlreadyEnrolled
    await session.execute(delete(Enrolment).where(Enrolment.operator_id == operator_id))
