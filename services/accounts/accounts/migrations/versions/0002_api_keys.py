"""API keys, and where people signed in from."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the keys; sessions that are open already stay, without an address."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "project_id",
            sa.Uuid,
            sa.ForeignKey("project.id", name="fk_api_key_project_id_project"),
            nullable=False,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("key_hash", sa.LargeBinary, nullable=False),
        sa.Column("token_ms", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime, nullable=True),
        sa.UniqueConstraint("prefix", name="uq_api_key_prefix"),
    )
    op.create_index("ix_api_key_project_id", "api_key", ["project_id"])
    op.add_column("operator_session", sa.Column("address", sa.Text, nullable=True))
    op.add_column("operator_session", sa.Column("user_agent", sa.Text, nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("operator_session", "user_agent")
    op.drop_column("operator_session", "address")
    op.drop_table("api_key")
