"""Lists of dialogs over REST, with their tabs, filters and questions; and searching messages."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, Field

from dialogs.live.queries import get_position
from dialogs.messages.rules import storable
from dialogs.search.indexing import words_of
from dialogs.search.queries import Finds, Shares, find_dialogs, find_messages
from dialogs.search.schemas import MessageHit, SnippetPiece
from dialogs.search.text import snippet_of, terms_of
from dialogs.settings import DialogsSettings
from dialogs.tables import Dialog, Message
from dialogs.threads.endpoints import POSITION_HEADER
from dialogs.threads.filters import Filters, Tab, key_of
from dialogs.threads.queries import list_dialogs
from dialogs.threads.schemas import DialogSummary, MessageAuthor
from dialogs.threads.views import dialog_views, found_by_id
from shared.http.access import Caller, ProjectNotFound, SignedIn
from shared.http.limits import CallsTooOften
from shared.http.pages import CursorText, InvalidCursor, Limit, Page, cursors
from shared.http.problems import explained
from shared.http.transaction import ReadOnly

router = APIRouter(prefix="/api/v1/dialogs", tags=["search"])
QUESTION_MAX = 200
CHOSEN_MAX = 50
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
Integrations = Annotated[list[UUID] | None, Query(max_length=CHOSEN_MAX, description="Of these communities")]
Operators = Annotated[
    list[UUID | Literal["none"]] | None,
    Query(max_length=CHOSEN_MAX, description="Of these operators; `none` for dialogs of nobody's"),
]
Tags = Annotated[list[UUID] | None, Query(max_length=CHOSEN_MAX, description="With one of these tags")]
From = Annotated[Moment | None, Query(description="The last activity then or later")]
To = Annotated[Moment | None, Query(description="The last activity before")]
Mark = Annotated[bool | None, Query()]


def chosen_filters(
    caller: SignedIn,
    project_id: UUID,
    tab: Tab = Tab.ALL,
    integration_id: Integrations = None,
    operator_id: Operators = None,
    tag_id: Tags = None,
    active_from: From = None,
    active_to: To = None,
    blocked: Mark = None,
    important: Mark = None,
    unread: Mark = None,
    unanswered: Mark = None,
) -> Filters:
    """Read the filters of a list. Raises ProjectNotFound."""
    caller.require(project_id)
    return Filters(
        project_id=project_id,
        tab=tab,
        caller_id=caller.operator_id,
        integrations=frozenset(integration_id or ()),
        operators=frozenset(None if one == "none" else one for one in operator_id or ()),
        tags=frozenset(tag_id or ()),
        active_from=active_from,
        active_to=active_to,
        blocked=blocked,
        important=important,
        unread=unread,
        unanswered=unanswered,
    )


Chosen = Annotated[Filters, Depends(chosen_filters)]


def spend_search(request: Request, caller: Caller) -> None:
    """Count a search against what one person may do. Raises CallsTooOften."""
    request.app.state.search_limits.spend(caller.operator_id, changing=False)


def _shares(request: Request) -> Shares:
    settings: DialogsSettings = request.app.state.settings
    return Shares(settings.search_walk_rows, settings.search_found_max)


@router.get("", responses=explained(ProjectNotFound, InvalidCursor, CallsTooOften))
async def list_dialogs_of_a_tab(
    request: Request,
    response: Response,
    caller: SignedIn,
    session: ReadOnly,
    chosen: Chosen,
    q: Annotated[str, Query(max_length=QUESTION_MAX, description="All parts in one message or name")] = "",
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[DialogSummary]:
    """List dialogs, the latest activity first. `X-Otklik-Position` is where the feed stood.

    With `q` a page may be short although there are more: only a `next_cursor` of null is the end.
    """
    terms = terms_of(storable(q))
    pages = cursors(request, f"dialogs:{chosen.scope}:{terms}")
    after = pages.unpack(cursor)
    if terms:
        spend_search(request, caller)
        page = await find_dialogs(session, chosen, terms, _shares(request), after=after, limit=limit)
    else:
        found = await list_dialogs(session, chosen, after=after, limit=limit + 1)
        page = Finds(found[:limit], key_of(found[limit - 1]) if len(found) > limit else None)
    response.headers[POSITION_HEADER] = str(await get_position(session, chosen.project_id))
    views = await dialog_views(session, page.items)
    return Page(
        items=[views[dialog.id] for dialog in page.items],
        next_cursor=pages.pack(*page.goes_on) if page.goes_on else None,
    )


@router.get("/search", responses=explained(ProjectNotFound, InvalidCursor, CallsTooOften))
async def search_messages(
    request: Request,
    caller: SignedIn,
    session: ReadOnly,
    project_id: UUID,
    q: Annotated[str, Query(min_length=1, max_length=QUESTION_MAX, description="All of these parts")],
    cursor: CursorText = None,
    limit: Limit = 20,
) -> Page[MessageHit]:
    """Find messages of a project, the newest first.

    A page may be short although there are more: only a `next_cursor` of null is the end.
    """
    caller.require(project_id)
    spend_search(request, caller)
    terms = terms_of(storable(q))
    pages = cursors(request, f"search:{project_id}:{terms}")
    after = pages.unpack(cursor)
    if not terms:
        return Page(items=[], next_cursor=None)
    found = await find_messages(session, project_id, terms, _shares(request), after=after, limit=limit)
    dialogs = await found_by_id(session, Dialog, [message.dialog_id for message in found.items])
    views = await dialog_views(session, list(dialogs.values()))
    return Page(
        items=[_hit(message, views[message.dialog_id], terms) for message in found.items],
        next_cursor=pages.pack(*found.goes_on) if found.goes_on else None,
    )


def _hit(message: Message, dialog: DialogSummary, terms: tuple[str, ...]) -> MessageHit:
    return MessageHit(
        message_id=message.id,
        place=(message.anchor, message.sub),
        author=MessageAuthor(kind=message.author, id=message.author_id, name=message.author_name),
        sent_at=message.sent_at,
        snippet=[
            SnippetPiece(text=piece.text, is_match=piece.is_match)
            for piece in snippet_of(words_of(message), terms)
        ],
        dialog=dialog,
    )
