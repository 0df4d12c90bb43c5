"""How callers choose dialogs: the query of a list, checked."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, Field

from dialogs.threads.filters import Filters, Tab
from shared.http.access import SignedIn

CHOSEN_MAX = 50
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
Integrations = Annotated[list[UUID], Query(max_length=CHOSEN_MAX, description="Of these communities")]
Operators = Annotated[
    list[UUID | Literal["none"]],
    Query(max_length=CHOSEN_MAX, description="Of these operators; `none` for dialogs of nobody's"),
]
From = Annotated[Moment | None, Query(description="The last activity then or later")]
To = Annotated[Moment | None, Query(description="The last activity before")]
Mark = Annotated[bool | None, Query()]


def chosen_filters(  # noqa: PLR0917 - one for each name in the query
    caller: SignedIn,
    project_id: UUID,
    tab: Tab = Tab.ALL,
    integration_id: Integrations = [],  # noqa: B006 - FastAPI copies it
    operator_id: Operators = [],  # noqa: B006
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
        integrations=frozenset(integration_id),
        operators=frozenset(None if one == "none" else one for one in operator_id),
        active_from=active_from,
        active_to=active_to,
        blocked=blocked,
        important=important,
        unread=unread,
        unanswered=unanswered,
    )


Chosen = Annotated[Filters, Depends(chosen_filters)]
