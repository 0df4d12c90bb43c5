"""Reads of projects and roles. Here the database tells who may do what, not the caller's token."""

from uuid import UUID

from sqlalchemy import func, select

from accounts.tables import ApiKey, Membership, Project
from shared.database.session import Session
from shared.http.access import Caller, ProjectNotFound, Role
from shared.http.problems import Forbidden


async def get_own_role(session: Session, project_id: UUID, caller: Caller, *, at_least: Role) -> Role:
    """Return the role of the caller: a person, or an API key.

    Raises ProjectNotFound without one, Forbidden when it is too low.
    """
    role = await _persons_role(session, project_id, caller) or await _keys_role(session, project_id, caller)
    return _checked(role, at_least)


async def get_persons_role(session: Session, project_id: UUID, caller: Caller, *, at_least: Role) -> Role:
    """As `get_own_role`, where no program may act: about people, API keys and a project's end."""
    role = await _persons_role(session, project_id, caller)
    if role is None and await _keys_role(session, project_id, caller) is not None:
        raise Forbidden
    return _checked(role, at_least)


async def _persons_role(session: Session, project_id: UUID, caller: Caller) -> Role | None:
    query = select(Membership.role).where(
        Membership.project_id == project_id, Membership.operator_id == caller.operator_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _keys_role(session: Session, project_id: UUID, caller: Caller) -> Role | None:
    query = select(ApiKey.role).where(ApiKey.project_id == project_id, ApiKey.id == caller.operator_id)
    return (await session.execute(query)).scalar_one_or_none()


def _checked(role: Role | None, at_least: Role) -> Role:
    if role is None:
        raise ProjectNotFound
    if role.rank < at_least.rank:
        raise Forbidden
    return role


async def get_project(session: Session, project_id: UUID) -> Project:
    """Return a project. Raises ProjectNotFound."""
    project = await session.get(Project, project_id)
    if project is None:
        raise ProjectNotFound
    return project


async def lock_project(session: Session, project_id: UUID) -> Project:
    """Return a project and let nobody else change it or its people meanwhile. Raises ProjectNotFound."""
    query = select(Project).where(Project.id == project_id).with_for_update()
    project = (await session.execute(query)).scalar_one_or_none()
    if project is None:
        raise ProjectNotFound
    return project


async def count_own_projects(session: Session, operator_id: UUID) -> int:
    """Count the projects that a person is in."""
    query = select(func.count()).select_from(Membership).where(Membership.operator_id == operator_id)
    return (await session.execute(query)).scalar_one()
