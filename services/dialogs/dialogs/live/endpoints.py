"""The live feed over REST."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request

from dialogs.errors import InvalidPosition, TooManyStreams
from dialogs.live.feed import Feed
from dialogs.live.stream import LiveStream, parse_positions
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.problems import explained

router = APIRouter(prefix="/api/v1/dialogs", tags=["live"])
PROJECTS_MAX = 50

Projects = Annotated[list[UUID], Query(alias="project_id", min_length=1, max_length=PROJECTS_MAX)]
After = Annotated[
    str | None, Query(max_length=4_000, description="A snapshot's position; several: `project:number,…`")
]
LastEventId = Annotated[str | None, Header(max_length=4_000)]


@router.get(
    "/changes",
    status_code=HTTPStatus.OK,  # OpenAPI finds none in a response class of our own
    response_class=LiveStream,
    responses={
        200: {
            "description": "`change`, `typing`, `presence`, `heartbeat` and `reset` events",
            "content": {"text/event-stream": {}},
        },
        **explained(ProjectNotFound, InvalidPosition, TooManyStreams),
    },
)
async def follow_changes(
    request: Request,
    caller: SignedIn,
    project_id: Projects,
    after: After = None,
    last_event_id: LastEventId = None,
) -> LiveStream:
    """Stream the changes of projects as server-sent events.

    Begins after `Last-Event-ID`, else after `after`, else now. `reset` says: take a new snapshot and come
    again without a position. `typing` names the dialog whose customer types, `presence` the operators at a
    dialog; they have no number and may be lost. A heartbeat comes every ten seconds of silence.
    """
    feed: Feed = request.app.state.feed
    projects = frozenset(project_id)
    for wanted in projects:
        caller.require(wanted)
    if len(feed) >= request.app.state.settings.feed_clients_max:
        raise TooManyStreams(retry_after_seconds=2)
    known = last_event_id or after
    return LiveStream(feed, caller, projects, parse_positions(known, projects) if known else {})
