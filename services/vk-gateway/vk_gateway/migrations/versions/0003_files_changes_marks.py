"""Replies with files, quotes and a second attempt; edits and deletions; read marks."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the table of replies and create the tables around it."""
    op.add_column("outgoing", sa.Column("attempt", sa.BigInteger, nullable=False, server_default="1"))
    op.add_column("outgoing", sa.Column("quoted_number", sa.BigInteger, nullable=True))
    op.add_column("outgoing", sa.Column("has_files", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("outgoing", sa.Column("verify_at", UtcDateTime, nullable=True))
    op.add_column("outgoing", sa.Column("sent_at", UtcDateTime, nullable=True))
    _partial_index("ix_outgoing_verify", "outgoing", "verify_at", "verify_at IS NOT NULL")
    op.create_table(
        "outgoing_part",
        sa.Column("reply_id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text, nullable=True),
        sa.Column("uploaded_at", UtcDateTime, nullable=True),
    )
    op.create_table(
        "settled_ahead",
        sa.Column("dialog_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "cancellation",
        sa.Column("reply_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    _create_changes()


def _create_changes() -> None:
    op.create_table(
        "message_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("reply_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("conversation_message_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=True),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.UniqueConstraint("reply_id", "number", name="uq_message_change_reply_id_number"),
    )
    _partial_index("ix_message_change_due", "message_change", "next_attempt_at", "settled_at IS NULL")
    op.create_table(
        "read_mark",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("seen_number", sa.BigInteger, nullable=False),
        sa.Column("told_number", sa.BigInteger, nullable=False),
        sa.Column("wanted_at", UtcDateTime, nullable=True),
    )
    _partial_index("ix_read_mark_wanted", "read_mark", "wanted_at", "wanted_at IS NOT NULL")


def _partial_index(name: str, table: str, column: str, where: str) -> None:
    chosen = sa.text(where)
    op.create_index(name, table, ["integration_id", column], postgresql_where=chosen, sqlite_where=chosen)


def downgrade() -> None:
    """Take it all back."""
    for name in ("read_mark", "message_change", "cancellation", "settled_ahead", "outgoing_part"):
        op.drop_table(name)
    op.drop_index("ix_outgoing_verify", "outgoing")
    for name in ("sent_at", "verify_at", "has_files", "quoted_number", "attempt"):
        op.drop_column("outgoing", name)
