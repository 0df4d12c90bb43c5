"""`/api/v1/integrations/{id}/timeline`: what happened to an integration."""

from uuid import UUID

from fastapi import APIRouter, Request

from integrations.errors import IntegrationNotFound
from integrations.registry.access import see_integration
from integrations.timeline.queries import list_timeline
from integrations.timeline.schemas import TimelineEntryOut
from shared.http.access import SignedIn
from shared.http.pages import CursorText, Limit, Page, cursors
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(tags=["timeline"])


@router.get("/{integration_id}/timeline", responses=explained(IntegrationNotFound))
async def read_timeline(
    request: Request,
    integration_id: UUID,
    caller: SignedIn,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[TimelineEntryOut]:
    """Tell what happened to an integration, newest first."""
    integration = await see_integration(session, caller, integration_id)
    marks = cursors(request, f"timeline:{integration.id}")
    key = marks.unpack(cursor)
    rows = await list_timeline(session, integration.id, before=key[0] if key else None, limit=limit + 1)
    return Page(
        items=[TimelineEntryOut.model_validate(row) for row in rows[:limit]],
        next_cursor=marks.pack(rows[limit - 1].position) if len(rows) > limit else None,
    )
