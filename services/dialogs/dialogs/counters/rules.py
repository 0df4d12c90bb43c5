"""What a dialog counts as, and what follows for those who look."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from dialogs.states import DialogState

# Stands for the project itself where the row of a counter names an operator.
NOBODY = UUID(int=0)
COUNTS = ("new", "taken", "closed", "unread", "unanswered", "important")
Tally = Counter[tuple[UUID, str]]


def facts(
    state: DialogState, operator_id: UUID | None, *, unread: bool, unanswered: bool, important: bool
) -> str:
    """Return what a dialog counts as, in words: its state, its marks, whose it is."""
    marks = {
        "unread": unread,
        "unanswered": unanswered,
        "important": important and state is not DialogState.CLOSED,
    }
    words = [state.value, *(name for name, holds in marks.items() if holds)]
    whose = operator_id if state is DialogState.TAKEN else None
    return f"{' '.join(words)}:{whose or ''}"


def tally_of(counted: str | None) -> Tally:
    """Return what facts add to which counter; nothing for a dialog that was never counted."""
    if counted is None:
        return Counter()
    words, _, whose = counted.partition(":")
    rows = [NOBODY, UUID(whose)] if whose else [NOBODY]
    return Counter((row, word) for row in rows for word in words.split())


def difference(before: str | None, after: str) -> Tally:
    """Return how the counters change when a dialog does."""
    change = tally_of(after)
    change.subtract(tally_of(before))
    return Counter({key: number for key, number in change.items() if number})


def dot(counts: Mapping[str, int]) -> str | None:
    """Return the colour of a project's dot: red, something is important; blue, somebody waits for us."""
    if counts["important"]:
        return "red"
    return "blue" if counts["new"] or counts["unanswered"] else None
