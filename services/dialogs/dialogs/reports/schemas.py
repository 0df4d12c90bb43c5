"""What callers get to know of the work in a period."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from dialogs.threads.schemas import OperatorOut


class CaseFigures(BaseModel):
    """Cases opened and closed in the period; `unanswered` opened ones have a question and no answer."""

    opened: int
    closed: int
    unanswered: int


class MessageFigures(BaseModel):
    """Messages of the period: customers', and those to them that have not failed; imported ones not among."""

    received: int
    sent: int


class Duration(BaseModel):
    """How long something took, in whole seconds: the middle and the ninetieth of a hundred, null of none."""

    count: int
    median_seconds: int | None
    p90_seconds: int | None


class Figures(BaseModel):
    """What happened, and how long it took.

    `first_answer` is of the cases opened in the period that were answered, from the customer's first message
    to the first answer, here or in the messenger; `resolution` of the closed ones, from opening to closing.
    """

    cases: CaseFigures
    messages: MessageFigures
    first_answer: Duration
    resolution: Duration


class CommunityRef(BaseModel):
    """A community, also one that is disconnected by now."""

    id: UUID
    name: str | None


class IntegrationFigures(Figures):
    """The figures of one community."""

    integration: CommunityRef


class OperatorFigures(Figures):
    """The figures of one operator, or of nobody (null): cases not taken, and answers in the messenger itself.

    Cases and what is received in them are of who has the case or had it last; answers of who wrote them.
    """

    operator: OperatorOut | None


class LoadFigures(BaseModel):
    """What came and went in some time."""

    opened: int
    closed: int
    received: int
    sent: int


class DayFigures(LoadFigures):
    """A day of the time zone."""

    day: date


class HourFigures(LoadFigures):
    """An hour of the day in the time zone, all days of the period together."""

    hour: int


class ReportOut(Figures):
    """The work in a period, as far as the caller may see it.

    With an `operator_id` everything is that operator's (see `OperatorFigures`). Whoever may see only their
    own gets that, and finds their id there.
    """

    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")
    timezone: str
    integration_id: UUID | None
    operator_id: UUID | None
    by_day: list[DayFigures]
    by_hour: list[HourFigures]
    by_integration: list[IntegrationFigures]
    by_operator: list[OperatorFigures]
