"""`/api/v1/widgets/{id}/…`: the draft of a widget, publishing it, and its versions."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from shared.http.access import Role, SignedIn
from shared.http.pages import CursorText, Limit, Page, cursors
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction
from widget_config.channels.queries import hold_living
from widget_config.errors import (
    IntegrationNotFound,
    NothingToPublish,
    VersionNotFound,
    WidgetHasChanged,
    WidgetNotFound,
)
from widget_config.tables import WidgetVersion
from widget_config.versions import actions, queries
from widget_config.versions.schemas import PublisherOut, VersionOut
from widget_config.widgets.endpoints import PREFIX, own_widget
from widget_config.widgets.rules import named_in
from widget_config.widgets.schemas import SetupChange, WidgetOut, changes_of
from widget_config.widgets.views import setup_view, widget_view

router = APIRouter(prefix=PREFIX, tags=["versions"])
VersionNumber = Annotated[int, Path(ge=1, le=2**53)]


@router.patch("/{widget_id}/draft", responses=explained(WidgetNotFound, IntegrationNotFound, Forbidden))
async def change_draft(
    widget_id: UUID, change: SetupChange, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Prepare changes that visitors do not see before they are published; what is left out stays."""
    changes = changes_of(change)
    held = await hold_living(session, named_in(changes))
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    actions.save_draft(widget, changes, held=held)
    await session.flush()
    return await widget_view(request, session, widget)


@router.delete(
    "/{widget_id}/draft", status_code=HTTPStatus.NO_CONTENT, responses=explained(WidgetNotFound, Forbidden)
)
async def drop_draft(widget_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Forget what was prepared. Again: nothing more."""
    (await own_widget(session, caller, widget_id, Role.ADMIN)).draft = None


@router.post(
    "/{widget_id}/publish",
    responses=explained(WidgetNotFound, NothingToPublish, WidgetHasChanged, Forbidden),
)
async def publish_draft(
    widget_id: UUID, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Let visitors see the draft. Channels whose integration has ended meanwhile are left out."""
    held = await hold_living(session, named_in(await queries.find_draft(session, widget_id)))
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    await actions.publish_draft(session, widget, held=held, by=caller.name)
    return await widget_view(request, session, widget)


@router.get("/{widget_id}/versions", responses=explained(WidgetNotFound))
async def list_versions(
    widget_id: UUID,
    request: Request,
    caller: SignedIn,
    session: ReadOnly,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[VersionOut]:
    """List what was published, when and by whom, newest first."""
    await own_widget(session, caller, widget_id)
    marks = cursors(request, f"versions:{widget_id}")
    key = marks.unpack(cursor)
    rows = await queries.list_versions(session, widget_id, before=key[0] if key else None, limit=limit + 1)
    return Page(
        items=[_version(row) for row in rows[:limit]],
        next_cursor=marks.pack(rows[limit - 1].number) if len(rows) > limit else None,
    )


@router.post(
    "/{widget_id}/versions/{number}/restore",
    responses=explained(WidgetNotFound, VersionNotFound, Forbidden),
)
async def restore_version(
    widget_id: UUID, number: VersionNumber, request: Request, caller: SignedIn, session: Transaction
) -> WidgetOut:
    """Publish an earlier version again: restoring the one before is how publishing is undone.

    Channels whose integration has ended since do not come back.
    """
    version = await queries.find_version(session, widget_id, number)
    held = await hold_living(session, named_in(version.setup if version else None))
    widget = await own_widget(session, caller, widget_id, Role.ADMIN)
    if version is None:
        raise VersionNotFound
    await actions.restore(session, widget, version, held=held, by=caller.name)
    return await widget_view(request, session, widget)


def _version(row: WidgetVersion) -> VersionOut:
    return VersionOut(
        number=row.number,
        published_at=row.published_at,
        by=PublisherOut(id=row.published_by, name=row.published_by_name) if row.published_by else None,
        restored_from=row.restored_from,
        setup=setup_view(row.setup),
    )
