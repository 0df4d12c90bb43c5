"""Pure decisions: what a message, a reply or its outcome does to a dialog.

Everything here is a maximum, a minimum or a set, so that the events of a dialog give the same dialog in
any order and however often they come.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from dialogs.states import DialogState, MessageState

OUTCOME_RANK = {
    MessageState.QUEUED: 0,
    MessageState.UNCONFIRMED: 1,
    MessageState.FAILED: 2,
    MessageState.SENT: 3,
}


@dataclass(frozen=True)
class Standing:
    """How a dialog stands; see `dialogs.tables.Dialog` for the fields."""

    state: DialogState
    closed_through: int
    last_number: int
    answered_through: int
    unanswered_from: int | None
    unanswered_since: datetime | None
    last_activity_at: datetime
    customer_wrote_at: datetime | None
    seen_through: int
    unread_count: int

    @property
    def read_through(self) -> int:
        """Up to where the customer's messages are no news: seen, or answered by anybody."""
        return max(self.seen_through, self.answered_through)


def begun(at: datetime) -> Standing:
    """Return how a dialog stands in which nothing was written yet."""
    return Standing(DialogState.CLOSED, 0, 0, 0, None, None, at, None, 0, 0)


def written_before(before: Standing, number: int, at: datetime) -> Standing:
    """Count a message from before the community was connected: it takes its place and asks for nothing."""
    return replace(
        before,
        last_number=max(before.last_number, number),
        last_activity_at=max(before.last_activity_at, at),
        customer_wrote_at=max(before.customer_wrote_at or at, at),
    )


def customer_wrote(before: Standing, number: int, at: datetime) -> Standing:
    """Count a customer's message: it opens a case, and waits for an answer, unless both passed it already.

    One that we hear of late, because it had to be fetched, does so too: its customer is waiting.
    """
    after = written_before(before, number, at)
    if before.state is DialogState.CLOSED and number > before.closed_through:
        after = replace(after, state=DialogState.NEW)
    if number > before.answered_through and (
        before.unanswered_from is None or number < before.unanswered_from
    ):
        after = replace(after, unanswered_from=number, unanswered_since=at)
    if number > before.read_through:
        after = replace(after, unread_count=before.unread_count + 1)
    return after


def staff_replied(before: Standing, number: int, at: datetime) -> Standing:
    """Count a reply written in the messenger: it answers what came before and touches no case."""
    after = replace(
        before,
        last_number=max(before.last_number, number),
        last_activity_at=max(before.last_activity_at, at),
    )
    return answered(after, number)


def operator_replied(before: Standing, at: datetime) -> Standing:
    """Count an operator's reply: it answers everything that was there when it was written.

    The operator has seen that, too: it stays seen when the reply fails.
    """
    after = replace(before, last_activity_at=max(before.last_activity_at, at), state=DialogState.TAKEN)
    return answered(seen(after, before.last_number), before.last_number)


def seen(before: Standing, through: int) -> Standing:
    """Take the customer's messages up to a number, but none that is still to come, as seen."""
    return replace(before, seen_through=max(before.seen_through, min(through, before.last_number)))


def answered(before: Standing, through: int) -> Standing:
    """Take customer messages up to a number as answered.

    `unanswered_from` may then name an answered message; `is_stale` says that the next one must be looked up.
    """
    after = replace(before, answered_through=max(before.answered_through, through))
    if after.answered_through >= after.last_number:
        after = replace(after, unanswered_from=None, unanswered_since=None)
    return after


def is_stale(standing: Standing) -> bool:
    """Whether the first unanswered message was answered, so that the next one must be looked up."""
    return standing.unanswered_from is not None and standing.unanswered_from <= standing.answered_through


def reply_sent(before: Standing, number: int, at: datetime) -> Standing:
    """Count the messenger's number of a reply of ours; it answers no more than when it was written."""
    return replace(
        before,
        last_number=max(before.last_number, number),
        last_activity_at=max(before.last_activity_at, at),
    )


def closed(before: Standing) -> Standing:
    """Close the case: what was written until now neither opens one again nor waits for an answer."""
    through = max(before.closed_through, before.last_number)
    after = replace(before, state=DialogState.CLOSED, closed_through=through)
    return answered(seen(after, through), through)


def outcome(before: MessageState, reported: MessageState) -> MessageState:
    """Return what a reply's state becomes: what is surer stays, and `sent` is surest."""
    return max(before, reported, key=lambda state: OUTCOME_RANK[state])


def is_sent(state: MessageState) -> bool:
    """Whether the messenger is known to have a reply."""
    return OUTCOME_RANK[state] >= OUTCOME_RANK[MessageState.SENT]


def utf16_units(text: str) -> int:
    """Count a text as the messenger does: signs outside the basic plane are two units."""
    return len(text) + sum(character > "\uffff" for character in text)


def storable(text: str) -> str:
    """Replace what PostgreSQL and JSON cannot hold: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
