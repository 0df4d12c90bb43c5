"""Reads about operators."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from dialogs.operators.schemas import PersonOut
from dialogs.tables import Operator, ProjectCounter
from shared.database.session import Session


async def list_people(session: Session, project_id: UUID) -> list[PersonOut]:
    """Return the people who work in a project, by name."""
    own = (ProjectCounter.project_id == Operator.project_id) & (ProjectCounter.operator_id == Operator.id)
    query = (
        select(Operator, func.coalesce(ProjectCounter.taken, 0))
        .outerjoin(ProjectCounter, own)
        .where(Operator.project_id == project_id, works_here())
        .order_by(Operator.name, Operator.id)
    )
    return [
        PersonOut(id=operator.id, name=operator.name, role=operator.role, taken=taken)
        for operator, taken in await session.execute(query)
    ]


async def is_person(session: Session, project_id: UUID, operator_id: UUID) -> bool:
    """Whether somebody of this id works in a project, as far as we have heard."""
    its = and_(Operator.project_id == project_id, Operator.id == operator_id)
    return await session.scalar(select(Operator.id).where(its, works_here())) is not None


def works_here() -> ColumnElement[bool]:
    """Return the condition for people who have not left."""
    return and_(Operator.is_program.is_(False), or_(Operator.role.is_not(None), Operator.role_at.is_(None)))


async def names_of(session: Session, project_id: UUID, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of operators, of those who have left too."""
    if not ids:
        return {}
    its = select(Operator.id, Operator.name).where(Operator.project_id == project_id, Operator.id.in_(ids))
    return {row.id: row.name for row in await session.execute(its)}
