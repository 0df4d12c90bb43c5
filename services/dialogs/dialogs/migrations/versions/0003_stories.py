"""The correlation id of a change, and of an event that waits: one id from callback to feed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("change", "held_event")


def upgrade() -> None:
    """Add the column; what is there already has no story."""
    for table in TABLES:
        op.add_column(table, sa.Column("correlation_id", sa.Text, nullable=True))


def downgrade() -> None:
    """Forget the stories."""
    for table in TABLES:
        op.drop_column(table, "correlation_id")
