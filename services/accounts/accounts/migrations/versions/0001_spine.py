"""Projects, people, roles, sign-in, signing keys and the audit log."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime
from shared.runtime.foundation import create_foundation, drop_foundation

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_foundation()
    _create_people()
    _create_sign_in()
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=True),
        sa.Column("project_id", sa.Uuid, nullable=True),
        sa.Column("subject_id", sa.Uuid, nullable=True),
        sa.Column("address", sa.Text, nullable=True),
        sa.Column("details", PortableJson, nullable=False),
    )
    op.create_index("ix_audit_project_id_id", "audit", ["project_id", "id"])


def _create_people() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=True),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("token_ms", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("email", name="uq_operator_email"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "membership",
        sa.Column("project_id", sa.Uuid, _refers("membership", "project_id", "project"), primary_key=True),
        sa.Column("operator_id", sa.Uuid, _refers("membership", "operator_id", "operator"), primary_key=True),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_membership_operator_id", "membership", ["operator_id"])


def _create_sign_in() -> None:
    session, enrolment = "operator_session", "enrolment"
    op.create_table(
        session,
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("operator_id", sa.Uuid, _refers(session, "operator_id", "operator"), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_operator_session_operator_id", session, ["operator_id"])
    op.create_index("ix_operator_session_last_seen_at", session, ["last_seen_at"])
    op.create_table(
        enrolment,
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("slot", sa.Text, nullable=True),
        sa.Column("operator_id", sa.Uuid, _refers(enrolment, "operator_id", "operator"), nullable=True),
        sa.Column("project_id", sa.Uuid, _refers(enrolment, "project_id", "project"), nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("slot", name="uq_enrolment_slot"),
    )
    op.create_index("ix_enrolment_operator_id", enrolment, ["operator_id"])
    op.create_index("ix_enrolment_project_id", enrolment, ["project_id"])
    op.create_table(
        "signing_key",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("failures_ms", PortableJson, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_attempts_updated_at", "attempts", ["updated_at"])


def _refers(table: str, column: str, to: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{column}_{to}")


def downgrade() -> None:
    """Drop the tables."""
    for name in ("audit", "attempts", "signing_key", "enrolment", "operator_session"):
        op.drop_table(name)
    for name in ("membership", "project", "operator"):
        op.drop_table(name)
    drop_foundation()
