"""What dialogs, messages and their authors can be."""

from enum import StrEnum


class DialogState(StrEnum):
    """How the current case of a dialog stands; a dialog without an open case is closed."""

    NEW = "new"
    TAKEN = "taken"
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote: the customer, an operator here, or somebody in the messenger itself."""

    CUSTOMER = "customer"
    OPERATOR = "operator"
    STAFF = "staff"


class MessageState(StrEnum):
    """How far a message is. `unconfirmed` may or may not have reached the messenger.

    `read` is shown for a sent message that the customer has read; it is never stored.
    """

    RECEIVED = "received"
    QUEUED = "queued"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    SENT = "sent"
    READ = "read"


class Direction(StrEnum):
    """Whose file it is: a customer's that came in, or an operator's that goes out."""

    IN = "in"
    OUT = "out"


class FileState(StrEnum):
    """Whether a file can be had: not yet, now, or never (its `problem` says why)."""

    COPYING = "copying"
    READY = "ready"
    FAILED = "failed"


class ChangeState(StrEnum):
    """How far an edit or a deletion is; one that was carried out is a fact of the message itself."""

    PENDING = "pending"
    FAILED = "failed"


class SearchKind(StrEnum):
    """What a text that can be found belongs to."""

    MESSAGE = "message"
    CONTACT = "contact"
    NOTE = "note"
