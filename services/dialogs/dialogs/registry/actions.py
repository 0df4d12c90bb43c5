"""Projections of projects and integrations. The highest version is the newest, whatever comes last."""

from dataclasses import dataclass
from uuid import UUID

from dialogs.live.changes import record_change
from dialogs.messages.outcomes import fail_waiting
from dialogs.messages.wishes import give_up_changes
from dialogs.tables import Integration, Project
from dialogs.threads.rules import DELETED, INTEGRATION_DELETED, can_reply
from shared.database.inserts import inserted
from shared.database.session import Session


@dataclass(frozen=True)
class Names:
    """How a community calls itself, as of one version."""

    name: str
    screen_name: str
    avatar_url: str | None


@dataclass(frozen=True)
class Snapshot:
    """An integration as the registry knows it at `version`."""

    integration_id: UUID
    project_id: UUID
    channel: str
    community_id: int
    epoch: int
    version: int
    state: str
    deleted: bool
    names: Names | None = None
    problem: str | None = None


async def name_project(session: Session, project_id: UUID, *, name: str, version: int) -> None:
    """Remember a project's name; older news and deleted projects change nothing."""
    first = await inserted(session, Project, conflict=["id"], id=project_id, name=name, version=version)
    project = await session.get(Project, project_id, with_for_update=True, populate_existing=True)
    if project is None or project.deleted_at is not None:
        return
    if not first and version <= project.version:
        return
    project.name, project.version = name, version
    payload = {"project": {"id": str(project_id), "name": name}}
    record_change(session, project_id, "project_changed", project_id, payload)


async def delete_project(session: Session, project_id: UUID) -> None:
    """Bury a project: streams end, nothing of it counts any more; its rows go away in steps later."""
    await inserted(session, Project, conflict=["id"], id=project_id, name=None, version=0)
    project = await session.get(Project, project_id, with_for_update=True, populate_existing=True)
    if project is not None and project.deleted_at is None:
        project.deleted_at = session.now
        record_change(session, project_id, "project_deleted", project_id, {})


async def learn_integration(session: Session, news: Snapshot) -> bool:
    """Take over what is newer. Returns whether a new epoch began, so that held events may go on."""
    project = await session.get(Project, news.project_id)
    if project is not None and project.deleted_at is not None:
        return False
    first = await inserted(
        session,
        Integration,
        conflict=["id"],
        id=news.integration_id,
        project_id=news.project_id,
        channel=news.channel,
        community_id=news.community_id,
        epoch=0,
        version=0,
        state=news.state,
        deleted=False,
        names_version=0,
    )
    row = await session.get(Integration, news.integration_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError(f"integration {news.integration_id} vanished")
    renamed = news.names is not None and news.version > row.names_version
    if news.names is not None and renamed:
        row.name, row.screen_name = news.names.name, news.names.screen_name
        row.avatar_url, row.names_version = news.names.avatar_url, news.version
    began = False
    if news.version > row.version:
        began = news.epoch > row.epoch
        row.epoch, row.version, row.state, row.deleted = news.epoch, news.version, news.state, news.deleted
        row.problem = news.problem
        await _end_epochs(session, row, first=first)
    elif not renamed:
        return False
    _tell(session, row)
    return began


async def _end_epochs(session: Session, row: Integration, *, first: bool) -> None:
    """Give up what was queued in lives that are over."""
    over = row.epoch if row.deleted else row.epoch - 1
    if over > 0 and not first:
        await fail_waiting(session, row.id, through_epoch=over, reason=INTEGRATION_DELETED)
        await give_up_changes(session, row.id, through_epoch=over, reason=INTEGRATION_DELETED)


def _tell(session: Session, row: Integration) -> None:
    permission = can_reply(state=DELETED if row.deleted else row.state, problem=row.problem)
    integration = {
        "id": str(row.id),
        "channel": row.channel,
        "community_id": row.community_id,
        "name": row.name,
        "screen_name": row.screen_name,
        "avatar_url": row.avatar_url,
        "state": row.state,
        "reason": row.problem,
        "can_reply": {"allowed": permission.allowed, "reason": permission.reason},
    }
    record_change(session, row.project_id, "integration_changed", row.id, {"integration": integration})
