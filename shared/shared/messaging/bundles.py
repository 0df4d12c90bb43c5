"""Several letters in one message of the broker: a confirmed publish costs the same for one as for many.

Letters of one type go together, for they have the same readers. Each stays itself: with its own id for the
inbox, its own tries and its own place in the parking. Nothing but the way over the broker is shared.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from shared.events.envelope import PAYLOAD_BYTES_MAX
from shared.messaging.bus import Letter

BUNDLE_TYPE = "bundle.v1"
LETTERS_MAX = 100


class NoBundle(ValueError):
    """These bytes are not what `packed` makes."""


def bundled(letters: Sequence[Letter]) -> Iterator[Sequence[Letter]]:
    """Put letters of the same type together: at most a hundred, and no larger than the largest event."""
    by_type: dict[str, list[Letter]] = {}
    for letter in letters:
        by_type.setdefault(letter.type, []).append(letter)
    for same in by_type.values():
        bundle: list[Letter] = []
        size = 0
        for letter in same:
            if bundle and (len(bundle) == LETTERS_MAX or size + len(letter.body) > PAYLOAD_BYTES_MAX):
                yield bundle
                bundle, size = [], 0
            bundle.append(letter)
            size += len(letter.body)
        yield bundle


def packed(letters: Sequence[Letter]) -> bytes:
    """Write letters one after another: a line with id, type and length, then the body as it is."""
    return b"".join(
        f"{letter.event_id} {letter.type} {len(letter.body)}\n".encode() + letter.body for letter in letters
    )


def unpacked(body: bytes) -> list[Letter]:
    """Read what `packed` wrote. Raises NoBundle."""
    letters = []
    start = 0
    while start < len(body):
        end = body.find(b"\n", start)
        try:
            event_id, kind, length = body[start:end].decode("ascii").split(" ")
            size = int(length)
            letter = Letter(UUID(event_id), kind, body[end + 1 : end + 1 + size])
        except ValueError as error:
            raise NoBundle from error
        if end < 0 or size < 0 or len(letter.body) != size:
            raise NoBundle
        letters.append(letter)
        start = end + 1 + size
    return letters
