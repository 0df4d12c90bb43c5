"""Reads of a project's people."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from accounts.errors import PersonNotFound
from accounts.people.person import Person
from accounts.tables import Membership, Operator
from shared.database.session import Session
from shared.http.access import Role


def _people(project_id: UUID) -> Select[UUID, str, str, Role, bool]:
    return (
        select(
            Operator.id,
            Operator.email,
            Operator.name,
            Membership.role,
            Operator.password_hash.is_not(None).label("enrolled"),
        )
        .join(Membership, Membership.operator_id == Operator.id)
        .where(Membership.project_id == project_id)
    )


async def list_people(
    session: Session, project_id: UUID, *, after: Sequence[str] | None, limit: int
) -> list[Person]:
    """Return people in the order of their ids (that is, as they became known), after the given id."""
    query = _people(project_id).order_by(Operator.id).limit(limit)
    if after is not None:
        query = query.where(Operator.id > UUID(after[0]))
    return [Person(*row) for row in (await session.execute(query)).all()]


async def get_person(session: Session, project_id: UUID, person_id: UUID) -> Person:
    """Return a person of a project. Raises PersonNotFound."""
    query = _people(project_id).where(Operator.id == person_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise PersonNotFound
    return Person(*row)


async def count_people(session: Session, project_id: UUID) -> int:
    """Count the people of a project."""
    query = select(func.count()).select_from(Membership).where(Membership.project_id == project_id)
    return (await session.execute(query)).scalar_one()


async def has_other_owner(session: Session, project_id: UUID, person_id: UUID) -> bool:
    """Tell whether somebody else owns the project and can sign in."""
    others = _people(project_id).where(
        Membership.role == Role.OWNER, Operator.id != person_id, Operator.password_hash.is_not(None)
    )
    return (await session.execute(others.limit(1))).one_or_none() is not None
