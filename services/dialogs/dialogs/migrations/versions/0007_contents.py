"""What messages hold besides text, their versions and marks."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Table, column, type, what rows that are there get.
NEW_COLUMNS = (
    ("contact", "read_through", sa.BigInteger, "0"),
    ("contact", "has_early_marks", sa.Boolean, sa.false()),
    ("dialog", "ref", sa.Text, None),
    ("dialog", "ref_source", sa.Text, None),
    ("dialog", "ref_number", sa.BigInteger, None),
    ("message", "content", PortableJson, None),
    ("message", "told_at", UtcDateTime, None),
    ("message", "edits", sa.BigInteger, "0"),
    ("message", "edited_at", UtcDateTime, None),
    ("message", "deleted_at", UtcDateTime, None),
    ("message", "reaction", sa.BigInteger, None),
    ("message", "reaction_order", sa.BigInteger, None),
    ("message", "presses", sa.BigInteger, "0"),
)
NEW_TABLES = ("button_press", "early_mark", "message_version")


def upgrade() -> None:
    """Add the columns and tables; what is there holds text only."""
    for table, name, kind, given in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=given is None, server_default=given))
    op.create_table(
        "message_version",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("told_at", UtcDateTime, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("unsupported", sa.Boolean, nullable=False),
        sa.Column("content", PortableJson, nullable=True),
        sa.Column("author_id", sa.Uuid, nullable=True),
        sa.Column("author_external_id", sa.Text, nullable=True),
        sa.Column("author_name", sa.Text, nullable=True),
    )
    op.create_table(
        "early_mark",
        sa.Column("contact_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.Column("reaction", sa.BigInteger, nullable=True),
        sa.Column("reaction_order", sa.BigInteger, nullable=True),
        sa.Column("presses", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "button_press",
        sa.Column("contact_id", sa.Uuid, primary_key=True),
        sa.Column("press_id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("pressed_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_button_press_place", "button_press", ["contact_id", "number", "pressed_at"])
    for table in NEW_TABLES:
        op.create_index(f"ix_{table}_project_id", table, ["project_id"])


def downgrade() -> None:
    """Forget all but the texts."""
    for table in NEW_TABLES:
        op.drop_table(table)
    for table, name, _, _ in NEW_COLUMNS:
        op.drop_column(table, name)
