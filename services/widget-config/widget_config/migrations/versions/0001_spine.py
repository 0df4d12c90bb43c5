"""Widgets, their channels, and what is known of integrations."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime
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
        "known_integration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("screen_name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("described_version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "widget",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("look", PortableJson, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("public_key", name="uq_widget_public_key"),
    )
    op.create_index("ix_widget_project_id", "widget", ["project_id"])
    op.create_table(
        "widget_channel",
        sa.Column("widget_id", sa.Uuid, primary_key=True),
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name="fk_widget_channel_widget_id_widget"),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["known_integration.id"],
            name="fk_widget_channel_integration_id_known_integration",
        ),
    )
    op.create_index("ix_widget_channel_integration_id", "widget_channel", ["integration_id"])


def downgrade() -> None:
    """Drop them."""
    for name in ("widget_channel", "widget", "known_integration", "project"):
        op.drop_table(name)
    drop_foundation()
