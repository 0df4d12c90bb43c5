"""What callers get to know of how many dialogs there are."""

from uuid import UUID

from pydantic import BaseModel


class OwnCounters(BaseModel):
    """How many of the dialogs that the caller answers for are what."""

    all: int
    unread: int
    unanswered: int
    important: int


class CountersOut(BaseModel):
    """How many dialogs of a project are what; `important` and `all` count open ones.

    `dot` is red while something is important, else blue while a dialog is new or unanswered, else null.
    Changes of the live feed behind `position` that have `counters` replace these.
    """

    project_id: UUID
    new: int
    all: int
    closed: int
    unread: int
    unanswered: int
    important: int
    mine: OwnCounters
    dot: str | None
    position: int


class CountersList(BaseModel):
    """The counters of the projects that were asked for."""

    items: list[CountersOut]
