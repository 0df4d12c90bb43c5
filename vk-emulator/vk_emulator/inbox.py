"""A community's dialogs in VK's order, kept sorted while they change, so that ten thousand cost no more."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from vk_emulator.model import Dialog

# A dialog's last message id and its peer.
Entry = tuple[int, int]

# Nothing is ever archived here.
FILTERS = ("all", "unread", "unanswered", "important", "archive")


def unread_count(dialog: Dialog) -> int:
    """Incoming messages after the last one the community read."""
    return sum(1 for message in dialog.messages[dialog.in_read :] if not message.out and not message.deleted)


def has_unread(dialog: Dialog) -> bool:
    """Whether an incoming message comes after the last one the community read."""
    for message in reversed(dialog.messages):
        if message.cmid <= dialog.in_read:
            return False
        if not message.out and not message.deleted:
            return True
    return False


def is_unanswered(dialog: Dialog) -> bool:
    """Whether the user had the last word and nobody marked the dialog as answered."""
    last = dialog.last()
    return last is not None and not last.out and not dialog.answered


class Inbox:
    """Peers by filter, each list sorted by the last message's id, oldest first. Empty dialogs are in none."""

    def __init__(self) -> None:
        self._sorted: dict[str, list[Entry]] = {name: [] for name in FILTERS}
        self._placed: dict[str, dict[int, Entry]] = {name: {} for name in FILTERS}

    def fill(self, dialogs: Iterable[Dialog]) -> None:
        """Take in every dialog at once."""
        for dialog in dialogs:
            for name, entry in _entries(dialog).items():
                self._placed[name][dialog.peer_id] = entry
        for name in FILTERS:
            self._sorted[name] = sorted(self._placed[name].values())

    def place(self, dialog: Dialog) -> None:
        """Put a dialog where it belongs now."""
        entries = _entries(dialog)
        for name in FILTERS:
            old, new = self._placed[name].get(dialog.peer_id), entries.get(name)
            if old == new:
                continue
            if old is not None:
                del self._sorted[name][bisect_left(self._sorted[name], old)]
                del self._placed[name][dialog.peer_id]
            if new is not None:
                insort(self._sorted[name], new)
                self._placed[name][dialog.peer_id] = new

    def count(self, name: str) -> int:
        """How many dialogs a filter has."""
        return len(self._sorted[name])

    def page(
        self, name: str, *, offset: int, count: int, start_message_id: int | None
    ) -> tuple[int, list[int]]:
        """How many dialogs a filter has, and a page of peers, the latest first.

        With `start_message_id` only dialogs whose last message is not newer count.
        """
        entries = self._sorted[name]
        total = len(entries)
        if start_message_id is not None:
            total = bisect_right(entries, (start_message_id, 2**63))
        end = max(total - offset, 0)
        return total, [peer_id for _, peer_id in reversed(entries[max(end - count, 0) : end])]


def _entries(dialog: Dialog) -> dict[str, Entry]:
    last = dialog.last()
    if last is None:
        return {}
    belongs = {
        "all": True,
        "unread": has_unread(dialog),
        "unanswered": not last.out and not dialog.answered,
        "important": dialog.important,
    }
    entry = (last.id, dialog.peer_id)
    return {name: entry for name, inside in belongs.items() if inside}
