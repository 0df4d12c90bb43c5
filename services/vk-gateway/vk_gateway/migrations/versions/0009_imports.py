"""Imports of what was written before the connect; their files come after all others."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IS_WANTED = sa.text("state = 'wanted'")


def upgrade() -> None:
    """Create the tables; order the index of wanted files."""
    op.create_table(
        "history_import",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("depth", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("since", UtcDateTime, nullable=True),
        sa.Column("is_listed", sa.Boolean, nullable=False),
        sa.Column("list_head", sa.BigInteger, nullable=True),
        sa.Column("list_below", sa.BigInteger, nullable=True),
        sa.Column("list_floor", sa.BigInteger, nullable=False),
        sa.Column("dialogs_there", sa.BigInteger, nullable=True),
        sa.Column("dialogs_listed", sa.BigInteger, nullable=False),
        sa.Column("messages_stored", sa.BigInteger, nullable=False),
        sa.Column("messages_done", sa.BigInteger, nullable=False),
        sa.Column("done_at", UtcDateTime, nullable=False),
        sa.Column("pages", sa.BigInteger, nullable=False),
        sa.Column("next_step_at", UtcDateTime, nullable=True),
        sa.Column("told_at", UtcDateTime, nullable=True),
        sa.Column("told_done", sa.BigInteger, nullable=False),
        sa.Column("per_second", sa.Float, nullable=False),
    )
    op.create_index("ix_history_import_due", "history_import", ["next_step_at"])
    op.create_table(
        "import_dialog",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("peer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("last_message_id", sa.BigInteger, nullable=False),
        sa.Column("below", sa.BigInteger, nullable=False),
        sa.Column("from_id", sa.BigInteger, nullable=True),
        sa.Column("messages_left", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "ix_import_dialog_next", "import_dialog", ["integration_id", "failures", "last_message_id"]
    )
    op.add_column("media", sa.Column("is_earlier", sa.Boolean, nullable=False, server_default=sa.false()))
    _order_media_by(["is_earlier", "next_attempt_at"])


def downgrade() -> None:
    """Remove the tables."""
    _order_media_by(["next_attempt_at"])
    op.drop_column("media", "is_earlier")
    op.drop_table("import_dialog")
    op.drop_table("history_import")


def _order_media_by(columns: list[str]) -> None:
    op.drop_index("ix_media_waiting", "media")
    op.create_index("ix_media_waiting", "media", columns, postgresql_where=IS_WANTED, sqlite_where=IS_WANTED)
