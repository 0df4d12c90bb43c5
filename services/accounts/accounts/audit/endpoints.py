"""The audit log of a project."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from accounts.audit.queries import list_entries, names_of
from accounts.audit.schemas import ActorOut, AuditEntryOut
from accounts.projects.queries import get_own_role
from accounts.tables import AuditEntry
from shared.http.access import ProjectNotFound, Role, SignedIn
from shared.http.pages import LIMIT_DEFAULT, CursorText, InvalidCursor, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/projects/{project_id}/audit", tags=["audit"])
Action = Annotated[str | None, Query(max_length=40, description="Only this action, e.g. `role_changed`")]


@router.get("", responses=explained(ProjectNotFound, Forbidden, InvalidCursor))
async def list_audit_entries(
    project_id: UUID,
    caller: SignedIn,
    request: Request,
    session: ReadOnly,
    action: Action = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
) -> Page[AuditEntryOut]:
    """Tell who did what in a project, the newest first. For admins."""
    await get_own_role(session, project_id, caller, at_least=Role.ADMIN)
    pages = cursors(request, f"audit:{project_id}:{action or ''}")
    found = await list_entries(
        session, project_id, action=action, before=pages.unpack(cursor), limit=limit + 1
    )
    entries = found[:limit]
    names = await names_of(session, [entry.actor_id for entry in entries])
    return Page(
        items=[_entry_out(entry, names) for entry in entries],
        next_cursor=pages.pack(str(entries[-1].id)) if len(found) > limit else None,
    )


def _entry_out(entry: AuditEntry, names: dict[UUID, str]) -> AuditEntryOut:
    actor = entry.actor_id
    return AuditEntryOut(
        id=entry.id,
        at=entry.at,
        action=entry.kind,
        actor=None if actor is None else ActorOut(id=actor, name=names.get(actor)),
        subject_id=entry.subject_id,
        address=entry.address,
        details=entry.details,
    )
