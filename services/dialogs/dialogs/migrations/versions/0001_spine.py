"""Projects, integrations, contacts, dialogs, cases, messages and the live feed's changes."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime
from shared.runtime.foundation import create_foundation, drop_foundation

revision = "0001"
down_revision = None

TABLES = (
    "change_counter",
    "change",
    "held_event",
    "message",
    "case_",
    "dialog",
    "contact",
    "operator",
    "integration",
    "project",
)


def upgrade() -> None:
    """Create everything."""
    create_foundation()
    _create_project()
    _create_integration()
    _create_operator()
    _create_contact()
    _create_dialog()
    _create_case()
    _create_message()
    _create_held_event()
    _create_change()
    _create_change_counter()


def downgrade() -> None:
    """Drop everything."""
    for name in TABLES:
        op.drop_table(name)
    drop_foundation()


def _create_project() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.Column("purged_at", UtcDateTime, nullable=True),
    )


def _create_integration() -> None:
    op.create_table(
        "integration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("names_version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("screen_name", sa.Text, nullable=True),
        sa.Column("avatar_url", sa.Text, nullable=True),
    )
    op.create_index("ix_integration_project_id", "integration", ["project_id"])


def _create_operator() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
    )


def _create_contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("checked_at", UtcDateTime, nullable=True),
        sa.UniqueConstraint("integration_id", "external_id", name="uq_contact_integration_id_external_id"),
    )
    op.create_index("ix_contact_project_id", "contact", ["project_id"])


def _create_dialog() -> None:
    op.create_table(
        "dialog",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=True),
        sa.Column("operator_id", sa.Uuid, nullable=True),
        sa.Column("closed_through", sa.BigInteger, nullable=False),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.Column("answered_through", sa.BigInteger, nullable=False),
        sa.Column("unanswered_from", sa.BigInteger, nullable=True),
        sa.Column("unanswered_since", UtcDateTime, nullable=True),
        sa.Column("last_activity_at", UtcDateTime, nullable=False),
        sa.Column("last_message_id", sa.Uuid, nullable=True),
        sa.Column("last_anchor", sa.BigInteger, nullable=False),
        sa.Column("last_sub", sa.BigInteger, nullable=False),
        sa.Column("next_reply_number", sa.BigInteger, nullable=False),
        sa.Column("message_count", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("contact_id", name="uq_dialog_contact_id"),
    )
    op.create_index(
        "ix_dialog_all",
        "dialog",
        ["project_id", "last_activity_at", "id"],
        postgresql_where=sa.text("state IN ('new', 'taken')"),
        sqlite_where=sa.text("state IN ('new', 'taken')"),
    )
    op.create_index(
        "ix_dialog_closed",
        "dialog",
        ["project_id", "last_activity_at", "id"],
        postgresql_where=sa.text("state IN ('closed')"),
        sqlite_where=sa.text("state IN ('closed')"),
    )
    op.create_index("ix_dialog_integration_id", "dialog", ["integration_id"])
    op.create_index(
        "ix_dialog_mine",
        "dialog",
        ["project_id", "operator_id", "last_activity_at", "id"],
        postgresql_where=sa.text("state IN ('taken')"),
        sqlite_where=sa.text("state IN ('taken')"),
    )
    op.create_index(
        "ix_dialog_new",
        "dialog",
        ["project_id", "last_activity_at", "id"],
        postgresql_where=sa.text("state IN ('new')"),
        sqlite_where=sa.text("state IN ('new')"),
    )
    op.create_index("ix_dialog_project_id", "dialog", ["project_id"])


def _create_case() -> None:
    op.create_table(
        "case_",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("dialog_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=True),
        sa.Column("operator_id", sa.Uuid, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.Uuid, nullable=True),
        sa.Column("closed_through", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_case__dialog_id", "case_", ["dialog_id"])
    op.create_index("ix_case__project_id", "case_", ["project_id"])


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("dialog_id", sa.Uuid, nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("author_id", sa.Uuid, nullable=True),
        sa.Column("author_external_id", sa.Text, nullable=True),
        sa.Column("author_name", sa.Text, nullable=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("unsupported", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("conversation_message_id", sa.BigInteger, nullable=True),
        sa.Column("client_id", sa.Text, nullable=True),
        sa.Column("number", sa.BigInteger, nullable=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("anchor", sa.BigInteger, nullable=False),
        sa.Column("sub", sa.BigInteger, nullable=False),
        sa.Column("answers_through", sa.BigInteger, nullable=True),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("dialog_id", "client_id", name="uq_message_dialog_id_client_id"),
        sa.UniqueConstraint(
            "dialog_id", "conversation_message_id", name="uq_message_dialog_id_conversation_message_id"
        ),
    )
    op.create_index("ix_message_place", "message", ["dialog_id", "anchor", "sub"])
    op.create_index("ix_message_project_id", "message", ["project_id", "id"])
    nameless = sa.text("author = 'staff' AND author_name IS NULL")
    op.create_index(
        "ix_message_nameless",
        "message",
        ["author_external_id"],
        postgresql_where=nameless,
        sqlite_where=nameless,
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["dialog_id"],
        postgresql_where=sa.text("state IN ('queued', 'unconfirmed')"),
        sqlite_where=sa.text("state IN ('queued', 'unconfirmed')"),
    )


def _create_held_event() -> None:
    op.create_table(
        "held_event",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_held_event_integration_id", "held_event", ["integration_id", "epoch"])


def _create_change() -> None:
    op.create_table(
        "change",
        sa.Column("project_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_change_created_at", "change", ["created_at"])


def _create_change_counter() -> None:
    op.create_table(
        "change_counter",
        sa.Column("project_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
