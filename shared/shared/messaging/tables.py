"""The tables through which a service hears and speaks. Every service's metadata has a copy."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, Uuid, text

from shared.database.columns import BigIdentity, UtcDateTime

_metadata = MetaData()

outbox_table = Table(
    "outbox",
    _metadata,
    Column("position", BigIdentity, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, nullable=False),
    Column("type", String(100), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime, nullable=True),
    Index(
        "ix_outbox_waiting",
        "position",
        postgresql_where=text("published_at IS NULL"),
        sqlite_where=text("published_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

inbox_table = Table(
    "inbox",
    _metadata,
    Column("handler", String(100), primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", UtcDateTime, nullable=False, index=True),
)

# An event whose handler failed: it waits for its next try, or is parked for a person to look at.
delivery_table = Table(
    "delivery",
    _metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("handler", String(100), primary_key=True),
    Column("type", String(100), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=True, index=True),
    Column("parked_at", UtcDateTime, nullable=True),
    Column("first_failed_at", UtcDateTime, nullable=False),
)
