"""Migration steps for the tables that every service has. A step never changes once released."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import BigIdentity, UtcDateTime


def create_foundation() -> None:
    """Create outbox, inbox, delivery, lease and access_cut, as of version 0.1."""
    op.create_table(
        "outbox",
        sa.Column("position", BigIdentity, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=True),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("published_at IS NULL")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["position"], postgresql_where=waiting, sqlite_where=waiting
    )
    op.create_table(
        "inbox",
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])
    op.create_table(
        "delivery",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=True),
        sa.Column("parked_at", UtcDateTime, nullable=True),
        sa.Column("first_failed_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_delivery_next_attempt_at", "delivery", ["next_attempt_at"])
    op.create_table(
        "lease",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.Float, nullable=False),
    )
    op.create_table(
        "access_cut",
        sa.Column("operator_id", sa.Uuid, primary_key=True),
        sa.Column("not_before", UtcDateTime, nullable=False),
    )
    op.create_index("ix_access_cut_not_before", "access_cut", ["not_before"])


def drop_foundation() -> None:
    """Drop what `create_foundation` created."""
    for name in ("access_cut", "lease", "delivery", "inbox", "outbox"):
        op.drop_table(name)
