"""Everything the gateway keeps as of version 0.1."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import BigIdentity, PortableJson, UtcDateTime
from shared.runtime.foundation import create_foundation, drop_foundation

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_foundation()
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("operator_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("screen_name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("is_admin", sa.Boolean, nullable=True),
        sa.Column("messages_enabled", sa.Boolean, nullable=True),
        sa.Column("permissions", PortableJson, nullable=False),
        sa.Column("key_sealed", sa.Text, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_connection_project_id", "connection", ["project_id"])
    _create_community()
    _create_updates()
    _create_outgoing()
    op.create_table(
        "profile",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("avatar_url", sa.Text, nullable=True),
        sa.Column("checked_at", UtcDateTime, nullable=True),
        sa.Column("wanted_at", UtcDateTime, nullable=True),
    )
    _partial_index("ix_profile_wanted", "profile", ["integration_id", "wanted_at"], "wanted_at IS NOT NULL")


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _create_community() -> None:
    op.create_table(
        "community",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("link_state", sa.String(40), nullable=False),
        sa.Column("key_sealed", sa.Text, nullable=True),
        sa.Column("path_hash", sa.LargeBinary, nullable=False),
        sa.Column("path_sealed", sa.Text, nullable=False),
        sa.Column("secret_sealed", sa.Text, nullable=False),
        sa.Column("confirmation_code", sa.Text, nullable=True),
        sa.Column("confirming_until", UtcDateTime, nullable=True),
        sa.Column("server_id", sa.BigInteger, nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("next_duty_at", UtcDateTime, nullable=True),
        sa.UniqueConstraint("path_hash", name="uq_community_path_hash"),
    )
    op.create_index("ix_community_project_id", "community", ["project_id"])
    op.create_index("ix_community_community_id", "community", ["community_id"])
    op.create_index("ix_community_due", "community", ["next_duty_at"])
    op.create_table(
        "random_counter",
        sa.Column("community_id", sa.BigInteger, primary_key=True),
        sa.Column("next_random_id", sa.BigInteger, nullable=False),
    )


def _create_updates() -> None:
    op.create_table(
        "raw_update",
        sa.Column("position", BigIdentity, primary_key=True, autoincrement=True),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("translated_at", UtcDateTime, nullable=True),
        sa.Column("outcome", sa.Text, nullable=True),
        sa.UniqueConstraint("integration_id", "event_id", name="uq_raw_update_integration_id_event_id"),
        sqlite_autoincrement=True,
    )
    _partial_index("ix_raw_update_waiting", "raw_update", ["position"], "translated_at IS NULL")


def _create_outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("dialog_id", sa.Uuid, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("random_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("first_tried_at", UtcDateTime, nullable=True),
        sa.Column("last_tried_at", UtcDateTime, nullable=True),
        sa.Column("doubted_at", UtcDateTime, nullable=True),
        sa.Column("looked_up_at", UtcDateTime, nullable=True),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.Column("conversation_message_id", sa.BigInteger, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("correlation_id", sa.Text, nullable=True),
        sa.UniqueConstraint("community_id", "random_id", name="uq_outgoing_community_id_random_id"),
    )
    _partial_index("ix_outgoing_due", "outgoing", ["integration_id", "next_attempt_at"], "settled_at IS NULL")
    op.create_index("ix_outgoing_number", "outgoing", ["dialog_id", "number"], unique=True)
    op.create_table(
        "outgoing_dialog",
        sa.Column("dialog_id", sa.Uuid, primary_key=True),
        sa.Column("settled_number", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "profile",
        "outgoing_dialog",
        "outgoing",
        "raw_update",
        "random_counter",
        "community",
        "connection",
    ):
        op.drop_table(name)
    drop_foundation()
