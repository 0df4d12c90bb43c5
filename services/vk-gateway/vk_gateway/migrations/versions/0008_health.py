"""How VK treats each community: probes, what they found, and what waits for a cure."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with a row for each community that is connected."""
    op.execute("ALTER TABLE community RENAME COLUMN problem TO sending_problem")
    op.add_column("community", sa.Column("is_parked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE community SET sending_problem = NULL")
    health = op.create_table(
        "health",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("connector_id", sa.BigInteger, nullable=True),
        sa.Column("connector_left", sa.Boolean, nullable=False),
        sa.Column("messages_off", sa.Boolean, nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("suspicion", sa.Text, nullable=True),
        sa.Column("by_sending", sa.Boolean, nullable=False),
        sa.Column("warnings", PortableJson, nullable=False),
        sa.Column("actions", PortableJson, nullable=False),
        sa.Column("requests", PortableJson, nullable=False),
        sa.Column("told", PortableJson, nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("next_probe_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_health_probe", "health", ["next_probe_at"])
    connected = sa.table(
        "community",
        sa.column("integration_id", sa.Uuid),
        sa.column("project_id", sa.Uuid),
        sa.column("epoch", sa.BigInteger),
    )
    now, nothing = sa.func.current_timestamp(), sa.literal([], PortableJson)
    told = sa.literal([None, None, []], PortableJson)
    no = sa.false()
    fresh = {
        "integration_id": connected.c.integration_id,
        "project_id": connected.c.project_id,
        "epoch": connected.c.epoch,
        "connector_left": no,
        "messages_off": no,
        "by_sending": no,
        "warnings": nothing,
        "actions": nothing,
        "requests": nothing,
        "told": told,
        "told_at": now,
        "failures": sa.literal(0),
        "next_probe_at": now,
    }
    op.execute(sa.insert(health).from_select(list(fresh), sa.select(*fresh.values())))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("health")
    op.drop_column("community", "is_parked")
    op.execute("ALTER TABLE community RENAME COLUMN sending_problem TO problem")
