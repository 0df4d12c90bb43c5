"""Adding people to a project, changing their roles, removing them. The caller owns the transaction.

Each of these holds the project's row, so that they happen one after another: two owners cannot remove
each other at once.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.enrolments.actions import invite
from accounts.enrolments.links import NewEnrolment
from accounts.errors import AlreadyEnrolled, LastOwner, PersonAlreadyAdded, TooManyPeople
from accounts.parts import Parts
from accounts.people.person import Person
from accounts.people.queries import count_people, get_person, has_other_owner
from accounts.people.rules import may_change, may_grant
from accounts.projects.actions import require_room
from accounts.projects.queries import get_persons_role, lock_project
from accounts.sessions.access import cut_access
from accounts.tables import Enrolment, Membership, Operator
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.events.accounts import PersonJoined, PersonLeft
from shared.http.access import Caller, Role
from shared.http.problems import Forbidden
from shared.messaging.outbox import publish_on_commit

PEOPLE_PER_PROJECT_MAX = 500


async def add_person(
    session: Session, parts: Parts, caller: Caller, project_id: UUID, *, email: str, role: Role
) -> tuple[Person, NewEnrolment | None]:
    """Give a person a role, and a link to enrol with when they have no account.

    Raises ProjectNotFound, Forbidden, PersonAlreadyAdded, TooManyProjects, TooManyPeople.
    """
    await get_persons_role(session, project_id, caller, at_least=Role.ADMIN)
    await lock_project(session, project_id)
    own = await get_persons_role(session, project_id, caller, at_least=Role.ADMIN)
    if not may_grant(own, role):
        raise Forbidden
    if await count_people(session, project_id) >= PEOPLE_PER_PROJECT_MAX:
        raise TooManyPeople
    operator_id = await _find_or_make(session, email)
    await require_room(session, operator_id)
    membership = {"project_id": project_id, "operator_id": operator_id, "role": role}
    if not await inserted(
        session, Membership, conflict=["project_id", "operator_id"], created_at=session.now, **membership
    ):
        raise PersonAlreadyAdded
    person = await get_person(session, project_id, operator_id)
    await _note(session, AuditKind.PERSON_ADDED, caller, project_id, operator_id, role=role)
    await _announce(session, project_id, person)
    if person.enrolled:
        await cut_access(session, parts.guard, operator_id)
        return person, None
    made = await invite(session, parts.settings, operator_id=operator_id, project_id=project_id)
    return person, made


async def _find_or_make(session: Session, email: str) -> UUID:
    await inserted(
        session,
        Operator,
        conflict=["email"],
        id=session.new_id(),
        email=email,
        name=email,
        is_demo=False,
        token_ms=0,
        created_at=session.now,
    )
    return (await session.execute(select(Operator.id).where(Operator.email == email))).scalar_one()


async def invite_again(
    session: Session, parts: Parts, caller: Caller, project_id: UUID, person_id: UUID
) -> NewEnrolment:
    """Make another link for a person without an account; the one before stops working.

    Raises ProjectNotFound, Forbidden, PersonNotFound, AlreadyEnrolled.
    """
    person, own = await _lock_person(session, caller, project_id, person_id)
    if not may_change(own, person.role):
        raise Forbidden
    if person.enrolled:
        raise AlreadyEnrolled
    await _note(session, AuditKind.PERSON_INVITED_AGAIN, caller, project_id, person_id)
    return await invite(session, parts.settings, operator_id=person_id, project_id=project_id)


async def change_role(
    session: Session, parts: Parts, caller: Caller, project_id: UUID, person_id: UUID, *, role: Role
) -> Person:
    """Give a person another role. Raises ProjectNotFound, Forbidden, PersonNotFound, LastOwner."""
    person, own = await _lock_person(session, caller, project_id, person_id)
    if not (may_change(own, person.role) and may_grant(own, role)):
        raise Forbidden
    if role is person.role:
        return person
    await _keep_an_owner(session, project_id, person)
    this = (Membership.project_id == project_id) & (Membership.operator_id == person_id)
    await session.execute(update(Membership).where(this).values(role=role))
    await cut_access(session, parts.guard, person_id)
    facts = {"former_role": person.role, "role": role}
    await _note(session, AuditKind.ROLE_CHANGED, caller, project_id, person_id, **facts)
    person = await get_person(session, project_id, person_id)
    await _announce(session, project_id, person)
    return person


async def remove_person(
    session: Session, parts: Parts, caller: Caller, project_id: UUID, person_id: UUID
) -> None:
    """Take a person out of a project; everybody may take themselves out.

    Raises ProjectNotFound, Forbidden, PersonNotFound, LastOwner.
    """
    person, own = await _lock_person(session, caller, project_id, person_id)
    if person_id != caller.operator_id and not may_change(own, person.role):
        raise Forbidden
    await _keep_an_owner(session, project_id, person)
    for table in (Enrolment, Membership):
        this = (table.project_id == project_id) & (table.operator_id == person_id)
        await session.execute(delete(table).where(this))
    left = PersonLeft(project_id=project_id, operator_id=person_id, name=person.name, left_at=session.now)
    await publish_on_commit(session, left)
    await cut_access(session, parts.guard, person_id)
    await _note(session, AuditKind.PERSON_REMOVED, caller, project_id, person_id, role=person.role)


async def _lock_person(
    session: Session, caller: Caller, project_id: UUID, person_id: UUID
) -> tuple[Person, Role]:
    await get_persons_role(session, project_id, caller, at_least=Role.OPERATOR)
    await lock_project(session, project_id)
    own = await get_persons_role(session, project_id, caller, at_least=Role.OPERATOR)
    return await get_person(session, project_id, person_id), own


async def _keep_an_owner(session: Session, project_id: UUID, person: Person) -> None:
    if person.role is Role.OWNER and not await has_other_owner(session, project_id, person.id):
        raise LastOwner


async def _announce(session: Session, project_id: UUID, person: Person) -> None:
    joined = PersonJoined(
        project_id=project_id,
        operator_id=person.id,
        name=person.name,
        joined_at=session.now,
        role=person.role,
    )
    await publish_on_commit(session, joined)


async def _note(
    session: Session, kind: AuditKind, caller: Caller, project_id: UUID, person_id: UUID, **details: Any
) -> None:
    await record(
        session, kind, actor_id=caller.operator_id, project_id=project_id, subject_id=person_id, **details
    )
