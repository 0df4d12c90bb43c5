"""Marks of visits, and the session on a site that a dialog began in."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXED = ("project_id", "dialog_id", "kept_until")


def upgrade() -> None:
    """Add them; no dialog of before began on a site."""
    op.create_table(
        "visit_mark",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("page_url", sa.Text, nullable=True),
        sa.Column("page_title", sa.Text, nullable=True),
        sa.Column("referrer", sa.Text, nullable=True),
        sa.Column("campaign", PortableJson, nullable=True),
        sa.Column("marked_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.Column("dialog_id", sa.Uuid, nullable=True),
        sa.Column("number", sa.BigInteger, nullable=True),
        sa.Column("said_at", UtcDateTime, nullable=True),
        sa.Column("kept_until", UtcDateTime, nullable=True),
    )
    for column in INDEXED:
        op.create_index(f"ix_visit_mark_{column}", "visit_mark", [column])
    op.add_column("dialog", sa.Column("site_session", sa.Text, nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("dialog", "site_session")
    op.drop_table("visit_mark")
