"""Making, renaming and deleting projects. The caller owns the transaction."""

from uuid import UUID

from sqlalchemy import delete, select

from accounts.api_keys.actions import forget_api_keys_of_project
from accounts.audit.actions import record
from accounts.audit.kinds import AuditKind
from accounts.errors import TooManyProjects
from accounts.projects.queries import count_own_projects, get_own_role, get_persons_role, lock_project
from accounts.sessions.access import cut_access
from accounts.sessions.identity import OwnProject
from accounts.tables import Enrolment, Membership, Operator, Project
from shared.database.session import Session
from shared.events.accounts import PersonJoined, ProjectCreated, ProjectDeleted, ProjectRenamed
from shared.http.access import Caller, Guard, Role
from shared.http.problems import Forbidden
from shared.messaging.outbox import publish_on_commit

# What an access token can name and still fit into a cookie of 4096 bytes.
PROJECTS_PER_PERSON_MAX = 100


async def create_project(session: Session, owner_id: UUID, *, name: str) -> OwnProject:
    """Make a project that belongs to a person. Raises TooManyProjects."""
    await require_room(session, owner_id)
    project = Project(id=session.new_id(), name=name, version=1, created_at=session.now)
    session.add(project)
    await session.flush()
    session.add(
        Membership(project_id=project.id, operator_id=owner_id, role=Role.OWNER, created_at=session.now)
    )
    await record(session, AuditKind.PROJECT_CREATED, actor_id=owner_id, project_id=project.id, name=name)
    owner_name = (await session.execute(select(Operator.name).where(Operator.id == owner_id))).scalar_one()
    await publish_on_commit(
        session,
        ProjectCreated(project_id=project.id, name=name),
        PersonJoined(
            project_id=project.id,
            operator_id=owner_id,
            name=owner_name,
            joined_at=session.now,
            role=Role.OWNER,
        ),
    )
    return OwnProject(project.id, name, Role.OWNER)


async def require_room(session: Session, operator_id: UUID) -> None:
    """Lock the person's row. Raises TooManyProjects when they can be in no further project.

    Raises Forbidden when it is no person but an API key, which belongs to one project for ever.
    """
    locked = select(Operator.id).where(Operator.id == operator_id).with_for_update(key_share=True)
    if (await session.execute(locked)).scalar_one_or_none() is None:
        raise Forbidden
    if await count_own_projects(session, operator_id) >= PROJECTS_PER_PERSON_MAX:
        raise TooManyProjects


async def rename_project(session: Session, caller: Caller, project_id: UUID, *, name: str) -> OwnProject:
    """Give a project another name. Raises ProjectNotFound, Forbidden."""
    role = await get_own_role(session, project_id, caller, at_least=Role.ADMIN)
    project = await lock_project(session, project_id)
    if project.name != name:
        former, project.name = project.name, name
        project.version += 1
        await record(
            session,
            AuditKind.PROJECT_RENAMED,
            actor_id=caller.operator_id,
            project_id=project_id,
            former_name=former,
            name=name,
        )
        await publish_on_commit(
            session, ProjectRenamed(project_id=project_id, name=name, version=project.version)
        )
    return OwnProject(project.id, name, role)


async def delete_project(session: Session, guard: Guard, caller: Caller, project_id: UUID) -> None:
    """Delete a project for everybody in it. Raises ProjectNotFound, Forbidden."""
    await get_persons_role(session, project_id, caller, at_least=Role.OWNER)
    project = await lock_project(session, project_id)
    members = select(Membership.operator_id).where(Membership.project_id == project_id)
    people = (await session.execute(members.order_by(Membership.operator_id))).scalars().all()
    await session.execute(delete(Enrolment).where(Enrolment.project_id == project_id))
    await session.execute(delete(Membership).where(Membership.project_id == project_id))
    await forget_api_keys_of_project(session, guard, project_id)
    await session.execute(delete(Project).where(Project.id == project_id))
    for operator_id in people:
        await cut_access(session, guard, operator_id)
    await record(
        session,
        AuditKind.PROJECT_DELETED,
        actor_id=caller.operator_id,
        project_id=project_id,
        name=project.name,
    )
    await publish_on_commit(session, ProjectDeleted(project_id=project_id))
