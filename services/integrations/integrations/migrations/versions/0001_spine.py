"""Integrations, claims and the timeline."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import BigIdentity, UtcDateTime
from shared.runtime.foundation import create_foundation, drop_foundation

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    create_foundation()
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
    )
    op.create_table(
        "integration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("screen_name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_changed_at", UtcDateTime, nullable=False),
        sa.Column("last_checked_at", UtcDateTime, nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
        sa.UniqueConstraint(
            "project_id", "channel", "community_id", name="uq_integration_project_id_channel_community_id"
        ),
    )
    op.create_table(
        "claim",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("community_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "integration_id",
            sa.Uuid,
            sa.ForeignKey("integration.id", name="fk_claim_integration_id_integration"),
            nullable=False,
        ),
    )
    op.create_table(
        "timeline_entry",
        sa.Column("position", BigIdentity, primary_key=True, autoincrement=True),
        sa.Column(
            "integration_id",
            sa.Uuid,
            sa.ForeignKey("integration.id", name="fk_timeline_entry_integration_id_integration"),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("cause", sa.Text, nullable=True),
        sa.Column("action", sa.Text, nullable=True),
        sa.Column("cure", sa.Text, nullable=True),
    )
    op.create_index(
        "ix_timeline_entry_integration_id_position", "timeline_entry", ["integration_id", "position"]
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("timeline_entry", "claim", "integration", "project"):
        op.drop_table(name)
    drop_foundation()
