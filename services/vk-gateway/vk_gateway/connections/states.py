"""The words for how far a connection is."""

from enum import StrEnum


class ConnectionState(StrEnum):
    """How far a connection is. From `authorizing` on a person goes to VK twice; a key is `ready` at once."""

    AUTHORIZING = "authorizing"
    CHOOSING = "choosing"
    CONSENTING = "consenting"
    READY = "ready"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"
    USED = "used"


class Method(StrEnum):
    """How a right is proved: by a pasted key, or on VK's pages."""

    KEY = "key"
    OAUTH = "oauth"


class Step(StrEnum):
    """Which of VK's pages a person was sent to."""

    IDENTITY = "identity"
    COMMUNITIES = "communities"
