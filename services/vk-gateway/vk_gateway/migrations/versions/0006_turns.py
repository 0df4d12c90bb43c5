"""What waits to be translated, by community: they take turns."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = sa.text("translated_at IS NULL")


def upgrade() -> None:
    """Order the index of what waits by community."""
    _order_by(["integration_id", "position"])


def downgrade() -> None:
    """Order it by arrival alone."""
    _order_by(["position"])


def _order_by(columns: list[str]) -> None:
    op.drop_index("ix_raw_update_waiting", "raw_update")
    op.create_index(
        "ix_raw_update_waiting", "raw_update", columns, postgresql_where=WAITING, sqlite_where=WAITING
    )
