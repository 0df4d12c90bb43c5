"""What VK is asked because of updates, who takes our messages, and earlier updates in a new light."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WANTED = sa.text("wanted_at IS NOT NULL")
AGAIN = sa.text("outcome IN ('stored', 'partial', 'too_large')")


def upgrade() -> None:
    """Create the tables, and have every callback server asked for the kinds of events we know now."""
    op.create_index(
        "ix_raw_update_again", "raw_update", ["position"], postgresql_where=AGAIN, sqlite_where=AGAIN
    )
    op.create_table(
        "follow_up",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("gives_up_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_follow_up_due", "follow_up", ["integration_id", "next_attempt_at"])
    op.create_index("ix_follow_up_given_up", "follow_up", ["gives_up_at"])
    op.create_table(
        "writing_permission",
        sa.Column("integration_id", sa.Uuid, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("allowed", sa.Boolean, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("checked_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=True),
        sa.Column("wanted_at", UtcDateTime, nullable=True),
    )
    op.create_index(
        "ix_writing_permission_wanted",
        "writing_permission",
        ["integration_id", "wanted_at"],
        postgresql_where=WANTED,
        sqlite_where=WANTED,
    )
    community = sa.table(
        "community", sa.column("link_state", sa.Text), sa.column("next_duty_at", UtcDateTime)
    )
    # Linking an account that is linked goes on taking its events, and sets their flags anew.
    again = community.update().where(community.c.link_state == "linked")
    op.execute(again.values(link_state="linking", next_duty_at=sa.func.current_timestamp()))


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("writing_permission")
    op.drop_table("follow_up")
    op.drop_index("ix_raw_update_again", "raw_update")
