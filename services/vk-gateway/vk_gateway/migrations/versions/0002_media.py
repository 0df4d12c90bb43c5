"""Copies of VK's files, and the projects whose files go."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "media",
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=True),
        sa.Column("conversation_message_id", sa.BigInteger, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("freshened", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("wanted_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("file_id", name="pk_media"),
        sa.UniqueConstraint("integration_id", "source", name="uq_media_integration_id_source"),
    )
    waiting = sa.text("state = 'wanted'")
    op.create_index(
        "ix_media_waiting", "media", ["next_attempt_at"], postgresql_where=waiting, sqlite_where=waiting
    )
    stale = sa.text("state = 'stale'")
    op.create_index(
        "ix_media_stale",
        "media",
        ["integration_id", "next_attempt_at"],
        postgresql_where=stale,
        sqlite_where=stale,
    )
    op.create_index("ix_media_project_id", "media", ["project_id"])
    op.create_table(
        "buried_project",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("buried_at", UtcDateTime, nullable=False),
        sa.Column("purged_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("project_id", name="pk_buried_project"),
    )


def downgrade() -> None:
    """Forget which copies there are; the files stay."""
    op.drop_table("buried_project")
    op.drop_table("media")
