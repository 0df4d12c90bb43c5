"""Replies that are tried again, taken back and changed; whether a person takes our messages."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "integration": {"problem": sa.Text()},
    "contact": {
        "writing_allowed": sa.Boolean(),
        "writing_reason": sa.Text(),
        "writing_checked_at": UtcDateTime(),
    },
    "dialog": {"customer_wrote_at": UtcDateTime()},
    "message": {
        "attempt": sa.BigInteger(),
        "asked": sa.Text(),
        "cancel_wanted_at": UtcDateTime(),
        "dropped": PortableJson,
        "changes": PortableJson,
        "change_count": sa.BigInteger(),
    },
}


def upgrade() -> None:
    """Add the columns; customers' last messages are known already."""
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    changing = sa.text("changes IS NOT NULL")
    op.create_index(
        "ix_message_changing", "message", ["dialog_id"], postgresql_where=changing, sqlite_where=changing
    )
    op.execute(
        """
        UPDATE dialog SET customer_wrote_at = (
            SELECT max(sent_at) FROM message WHERE dialog_id = dialog.id AND author = 'customer'
        )
        """
    )
    op.execute("UPDATE message SET attempt = 1 WHERE number IS NOT NULL")


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_message_changing", "message")
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
