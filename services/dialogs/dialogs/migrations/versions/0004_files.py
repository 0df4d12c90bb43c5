"""Files of messages."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kind", sa.Text, nullable=True),
        sa.Column("media_type", sa.Text, nullable=True),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=True),
        sa.Column("width", sa.BigInteger, nullable=True),
        sa.Column("height", sa.BigInteger, nullable=True),
        sa.Column("key", sa.Text, nullable=True),
        sa.Column("preview_key", sa.Text, nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("operator_id", sa.Uuid, nullable=True),
        sa.Column("client_id", sa.Text, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
        sa.UniqueConstraint(
            "project_id", "operator_id", "client_id", name="uq_file_project_id_operator_id_client_id"
        ),
    )
    unused = sa.text("direction = 'out' AND used_at IS NULL")
    op.create_index("ix_file_unused", "file", ["created_at"], postgresql_where=unused, sqlite_where=unused)
    op.create_table(
        "message_file",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "file_id", name="pk_message_file"),
    )
    op.create_index("ix_message_file_file_id", "message_file", ["file_id"])
    op.create_index("ix_message_file_project_id", "message_file", ["project_id"])


def downgrade() -> None:
    """Forget which files there are; the files themselves stay."""
    op.drop_table("message_file")
    op.drop_table("file")
