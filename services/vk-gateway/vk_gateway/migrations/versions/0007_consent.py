"""One connection for several communities, and people on their way to VK and back.

Connections made so far are dropped: they last a day, and a connected community has its own copy of its key.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the connections anew, each with its communities."""
    op.drop_table("connection")
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("operator_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("failure", sa.Text, nullable=True),
        sa.Column("person_id", sa.BigInteger, nullable=True),
        sa.Column("person_name", sa.Text, nullable=True),
        sa.Column("person_avatar_url", sa.Text, nullable=True),
        sa.Column("lists_communities", sa.Boolean, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_connection_project_id", "connection", ["project_id"])
    op.create_index("ix_connection_expires_at", "connection", ["expires_at"])
    op.create_table(
        "connection_community",
        sa.Column("connection_id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("screen_name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("is_admin", sa.Boolean, nullable=True),
        sa.Column("role", sa.Text, nullable=True),
        sa.Column("messages_enabled", sa.Boolean, nullable=True),
        sa.Column("permissions", PortableJson, nullable=False),
        sa.Column("key_sealed", sa.Text, nullable=True),
    )
    op.create_index("ix_connection_community_project_id", "connection_community", ["project_id"])
    _create_steps()


def _create_steps() -> None:
    op.create_table(
        "consent_step",
        sa.Column("state_hash", sa.LargeBinary, primary_key=True),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("operator_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary, nullable=False),
        sa.Column("session_hash", sa.LargeBinary, nullable=True),
        sa.Column("verifier_sealed", sa.Text, nullable=True),
        sa.Column("community_ids", PortableJson, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_consent_step_connection_id", "consent_step", ["connection_id"])
    op.create_index("ix_consent_step_project_id", "consent_step", ["project_id"])
    op.create_table(
        "spent_step",
        sa.Column("state_hash", sa.LargeBinary, primary_key=True),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("spent_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_spent_step_project_id", "spent_step", ["project_id"])
    op.create_index("ix_spent_step_spent_at", "spent_step", ["spent_at"])


def downgrade() -> None:
    """Make the connections as they were: empty."""
    for table in ("spent_step", "consent_step", "connection_community", "connection"):
        op.drop_table(table)
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("operator_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("screen_name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("is_admin", sa.Boolean, nullable=True),
        sa.Column("messages_enabled", sa.Boolean, nullable=True),
        sa.Column("permissions", PortableJson, nullable=False),
        sa.Column("key_sealed", sa.Text, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_connection_project_id", "connection", ["project_id"])
