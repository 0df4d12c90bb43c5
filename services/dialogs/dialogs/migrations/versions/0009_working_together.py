"""What a team works with: tags, quick answers, notes, where cases begin, and who the operators are."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS: dict[str, list[sa.Column[Any]]] = {
    "dialog": [sa.Column("has_tags", sa.Boolean, nullable=False, server_default=sa.false())],
    "case_": [sa.Column("opened_number", sa.BigInteger, nullable=True)],
    "contact": [
        sa.Column("screen_name", sa.Text, nullable=True),
        sa.Column("profile_url", sa.Text, nullable=True),
    ],
    "project_operator": [
        sa.Column("role", sa.Text, nullable=True),
        sa.Column("role_at", UtcDateTime, nullable=True),
        sa.Column("is_program", sa.Boolean, nullable=False, server_default=sa.false()),
    ],
}
TABLES = ("tag", "dialog_tag", "quick_answer", "quick_answer_file", "note")


def upgrade() -> None:
    """Create them; what is there already has no tags, and its cases begin where the one before ended."""
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    _create_tags()
    _create_quick_answers()
    _create_notes()


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)


def _create_tags() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("project_id", "name", name="uq_tag_project_id_name"),
    )
    op.create_table(
        "dialog_tag",
        sa.Column("dialog_id", sa.Uuid, primary_key=True),
        sa.Column("tag_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
    )
    op.create_index("ix_dialog_tag_tag_id_dialog_id", "dialog_tag", ["tag_id", "dialog_id"])
    op.create_index("ix_dialog_tag_project_id", "dialog_tag", ["project_id"])


def _create_quick_answers() -> None:
    op.create_table(
        "quick_answer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("shortcut", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("project_id", "shortcut", name="uq_quick_answer_project_id_shortcut"),
    )
    op.create_table(
        "quick_answer_file",
        sa.Column("quick_answer_id", sa.Uuid, primary_key=True),
        sa.Column("file_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    for column in ("file_id", "project_id"):
        op.create_index(f"ix_quick_answer_file_{column}", "quick_answer_file", [column])


def _create_notes() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("dialog_id", sa.Uuid, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author_id", sa.Uuid, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("after_number", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("edited_at", UtcDateTime, nullable=True),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.UniqueConstraint("dialog_id", "client_id", name="uq_note_dialog_id_client_id"),
    )
    op.create_index("ix_note_dialog_id_id", "note", ["dialog_id", "id"])
    op.create_index("ix_note_project_id", "note", ["project_id"])
