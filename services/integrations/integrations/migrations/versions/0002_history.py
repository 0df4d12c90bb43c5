"""What the gateway says of an integration's history: how events come, until when it is whole, its gaps."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0002"
down_revision = "0001"

COLUMNS = ("transport", "checked_until", "gaps_open", "gaps_confirmed", "gaps", "history_checked_at")


def upgrade() -> None:
    """Add the columns; they are null until the gateway has said something."""
    op.add_column("integration", sa.Column("transport", sa.Text, nullable=True))
    op.add_column("integration", sa.Column("checked_until", UtcDateTime, nullable=True))
    op.add_column("integration", sa.Column("gaps_open", sa.BigInteger, nullable=True))
    op.add_column("integration", sa.Column("gaps_confirmed", sa.BigInteger, nullable=True))
    op.add_column("integration", sa.Column("gaps", PortableJson, nullable=True))
    op.add_column("integration", sa.Column("history_checked_at", UtcDateTime, nullable=True))


def downgrade() -> None:
    """Remove them."""
    for name in COLUMNS:
        op.drop_column("integration", name)
