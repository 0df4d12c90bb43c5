"""Telling a database that is away from one that does not like what it was given."""

from sqlalchemy import exc

# Connection lost or refused, shutting down or starting up, no connection free.
SQLSTATES = ("08", "57P", "53300")
# Serialization failure, deadlock.
VICTIM_SQLSTATES = frozenset({"40001", "40P01"})


def is_outage(error: BaseException) -> bool:
    """Whether the same work may well succeed once the database is back."""
    if isinstance(error, TimeoutError):
        return False  # of a statement: it may be the work that takes too long
    if isinstance(error, OSError | exc.TimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(SQLSTATES)


def is_victim(error: BaseException) -> bool:
    """Whether the database ended this transaction only in favour of another one: it may pass at once."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in VICTIM_SQLSTATES
