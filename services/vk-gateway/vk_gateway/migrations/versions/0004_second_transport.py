"""How events come, what of VK's history is with us, and the holes in it."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reception",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("callback_seen_at", UtcDateTime, nullable=True),
        sa.Column("long_poll_seen_at", UtcDateTime, nullable=True),
        sa.Column("polled_at", UtcDateTime, nullable=True),
        sa.Column("long_poll_ts", sa.Text, nullable=True),
        sa.Column("long_poll_found", PortableJson, nullable=True),
        sa.Column("next_watch_at", UtcDateTime, nullable=False),
        sa.Column("watch_failures", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_reception_watch", "reception", ["next_watch_at"])
    op.create_table(
        "history",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("floor_message_id", sa.BigInteger, nullable=False),
        sa.Column("ground_message_id", sa.BigInteger, nullable=False),
        sa.Column("sweep_head", sa.BigInteger, nullable=True),
        sa.Column("sweep_below", sa.BigInteger, nullable=True),
        sa.Column("sweep_started_at", UtcDateTime, nullable=True),
        sa.Column("next_sweep_at", UtcDateTime, nullable=False),
        sa.Column("sweep_failures", sa.BigInteger, nullable=False),
        sa.Column("checked_until", UtcDateTime, nullable=False),
        sa.Column("announced", PortableJson, nullable=True),
        sa.Column("announced_at", UtcDateTime, nullable=True),
    )
    op.create_index("ix_history_sweep", "history", ["next_sweep_at"])
    op.create_table(
        "peer",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("peer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.Column("floor_number", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "hole",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("peer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("found_at", UtcDateTime, nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=False),
        sa.Column("missed_at", UtcDateTime, nullable=True),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", UtcDateTime, nullable=True),
    )
    open_only = sa.text("confirmed_at IS NULL")
    op.create_index(
        "ix_hole_due",
        "hole",
        ["integration_id", "next_try_at"],
        postgresql_where=open_only,
        sqlite_where=open_only,
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("hole", "peer", "history", "reception"):
        op.drop_table(name)
