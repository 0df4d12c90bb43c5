"""Pure decisions: what a copied file may be, and when to try again."""

from datetime import timedelta

from shared.events.content import AttachmentKind
from shared.files.media_types import IMAGE_TYPES

TOO_LARGE = "too_large"
GONE = "gone"
NOT_ALLOWED = "not_allowed"
UNREADABLE = "unreadable"

RETRY_SECONDS = (2, 10, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
_VOICE_TYPES = frozenset({"audio/ogg", "audio/mpeg"})
_ANY_TYPE = frozenset({AttachmentKind.DOCUMENT, AttachmentKind.UNSUPPORTED})


def is_expected(kind: str, media_type: str) -> bool:
    """Whether a file may be what the messenger said it is; all but documents and voice are pictures."""
    if kind in _ANY_TYPE:
        return True
    expected = _VOICE_TYPES if kind in {AttachmentKind.VOICE, AttachmentKind.AUDIO} else IMAGE_TYPES
    return media_type in expected


def retry_delay(failures: int) -> timedelta | None:
    """How long to wait after so many failures in a row; None when it is enough."""
    if failures > len(RETRY_SECONDS):
        return None
    return timedelta(seconds=RETRY_SECONDS[failures - 1])
