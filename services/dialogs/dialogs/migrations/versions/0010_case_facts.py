"""What reports ask of cases: their first question and answer; and the indexes that find what a period has."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DIALOGS_AT_ONCE = 500
# What is there already is filled in, so many dialogs at a time.
FILLS = (
    """
    UPDATE case_ SET opened_after = (
        SELECT coalesce(max(earlier.closed_through), 0) FROM case_ AS earlier
        WHERE earlier.dialog_id = case_.dialog_id
        AND (earlier.opened_at, earlier.id) < (case_.opened_at, case_.id)
    ) WHERE dialog_id BETWEEN :first AND :last
    """,
    """
    UPDATE case_ SET (asked_number, asked_at) = (
        SELECT conversation_message_id, sent_at FROM message
        WHERE message.dialog_id = case_.dialog_id AND author = 'customer' AND source <> 'history'
        AND anchor > case_.opened_after AND (case_.closed_through IS NULL OR anchor <= case_.closed_through)
        ORDER BY anchor LIMIT 1
    ) WHERE dialog_id BETWEEN :first AND :last
    """,
    """
    UPDATE case_ SET first_answer_id = (
        SELECT message.id FROM message
        WHERE message.dialog_id = case_.dialog_id AND author <> 'customer' AND state <> 'failed'
        AND anchor >= case_.asked_number AND answers_through >= case_.asked_number
        AND (case_.closed_through IS NULL OR answers_through <= case_.closed_through)
        ORDER BY answers_through, coalesce(number, 0) LIMIT 1
    ) WHERE dialog_id BETWEEN :first AND :last AND asked_number IS NOT NULL
    """,
    """
    UPDATE dialog SET (asked_number, answered_number) = (
        SELECT case_.asked_number, message.answers_through
        FROM case_ LEFT JOIN message ON message.id = case_.first_answer_id WHERE case_.id = dialog.case_id
    ) WHERE id BETWEEN :first AND :last AND state <> 'closed'
    """,
)


def upgrade() -> None:
    """Add the columns, fill them, and make the indexes."""
    op.add_column("case_", sa.Column("opened_after", sa.BigInteger, nullable=False, server_default="0"))
    for table, name, kind in (
        ("case_", "asked_number", sa.BigInteger()),
        ("case_", "asked_at", UtcDateTime()),
        ("case_", "first_answer_id", sa.Uuid()),
        ("dialog", "asked_number", sa.BigInteger()),
        ("dialog", "answered_number", sa.BigInteger()),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=True))
    _fill()
    op.drop_index("ix_case__project_id", "case_")
    op.create_index("ix_case__opened_at", "case_", ["project_id", "opened_at"])
    _create_partial("ix_case__closed_at", "case_", ["project_id", "closed_at"], "closed_at IS NOT NULL")
    _create_partial("ix_message_sent_at", "message", ["project_id", "sent_at"], "source <> 'history'")


def _fill() -> None:
    connection = op.get_bind()
    dialogs = sa.table("dialog", sa.column("id", sa.Uuid))
    batch = sa.select(dialogs.c.id).order_by(dialogs.c.id).limit(DIALOGS_AT_ONCE)
    reached = UUID(int=0)
    while found := connection.execute(batch.where(dialogs.c.id > reached)).scalars().all():
        reached = found[-1]
        for fill in FILLS:
            bound = [sa.bindparam("first", found[0], sa.Uuid), sa.bindparam("last", reached, sa.Uuid)]
            connection.execute(sa.text(fill).bindparams(*bound))


def _create_partial(name: str, table: str, columns: list[str], condition: str) -> None:
    chosen = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=chosen, sqlite_where=chosen)


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_message_sent_at", "message")
    for name in ("closed_at", "opened_at"):
        op.drop_index(f"ix_case__{name}", "case_")
    op.create_index("ix_case__project_id", "case_", ["project_id"])
    for name in ("asked_number", "answered_number"):
        op.drop_column("dialog", name)
    for name in ("opened_after", "asked_number", "asked_at", "first_answer_id"):
        op.drop_column("case_", name)
