"""How an integration is doing and why, who connected it, the import of its history; names of projects."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0003"
down_revision = "0002"

LONG_AGO = "1970-01-01 00:00:00+00:00"


def upgrade() -> None:
    """Add the columns; what is active has been linked."""
    for column in _columns():
        op.add_column("integration", column)
    op.execute(
        "UPDATE integration SET connected_at = created_at, since = last_changed_at, "
        "linked = (state IN ('active', 'attention'))"
    )
    op.create_index("ix_integration_next_look_at", "integration", ["next_look_at"])
    op.add_column("project", sa.Column("name", sa.Text, nullable=True))
    op.add_column("project", sa.Column("name_version", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("project", "name_version")
    op.drop_column("project", "name")
    op.drop_index("ix_integration_next_look_at", "integration")
    for column in reversed(_columns()):
        op.drop_column("integration", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("connected_at", UtcDateTime, nullable=False, server_default=LONG_AGO),
        sa.Column("connected_by", sa.Uuid, nullable=True),
        sa.Column("connected_by_name", sa.Text, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("reason_kind", sa.String(40), nullable=True),
        sa.Column("since", UtcDateTime, nullable=False, server_default=LONG_AGO),
        sa.Column("linked", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("problem_kind", sa.String(40), nullable=True),
        sa.Column("warnings", PortableJson, nullable=False, server_default="[]"),
        sa.Column("trouble", sa.Text, nullable=True),
        sa.Column("trouble_kind", sa.String(40), nullable=True),
        sa.Column("bad_seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("account_seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("account_failures", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("worsened_at", UtcDateTime, nullable=True),
        sa.Column("bettered_at", UtcDateTime, nullable=True),
        sa.Column("next_look_at", UtcDateTime, nullable=True),
        sa.Column("last_event_at", UtcDateTime, nullable=True),
        sa.Column("replies_queued", sa.BigInteger, nullable=True),
        sa.Column("check_id", sa.Uuid, nullable=True),
        sa.Column("check_requested_at", UtcDateTime, nullable=True),
        sa.Column("history_import", PortableJson, nullable=True),
    ]
