"""What `dialogs` announces."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import ProjectEvent


class ReplyRequested(ProjectEvent):
    """An operator wants a reply sent.

    `number` counts the replies of one dialog: 1, 2, 3, … The gateway sends in that order; a final failure
    or a cancellation releases the next.
    """

    type: ClassVar[str] = "dialogs.reply_requested.v1"

    reply_id: UUID
    dialog_id: UUID
    integration_id: UUID
    epoch: int
    external_id: str
    number: int
    text: str


class CaseEvent(ProjectEvent):
    """A case is one piece of work inside a dialog."""

    case_id: UUID
    dialog_id: UUID
    integration_id: UUID
    occurred_at: datetime


class CaseOpened(CaseEvent):
    """The customer's message opened a case."""

    type: ClassVar[str] = "dialogs.case_opened.v1"


class CaseTaken(CaseEvent):
    """An operator answers for the case now."""

    type: ClassVar[str] = "dialogs.case_taken.v1"

    operator_id: UUID


class CaseClosed(CaseEvent):
    """A case is done, taken or not."""

    type: ClassVar[str] = "dialogs.case_closed.v1"

    operator_id: UUID
