"""What is needed to find, sort and count: search texts, important and seen marks, kept counters.

What is there already is brought along by loops afterwards, in small steps (`catch_up`).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.exc import DBAPIError

from shared.database.columns import BigIdentity, UtcDateTime
from shared.database.walls import UNWALLED

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

EXTENSIONS = ("pg_trgm", "btree_gin")
CHOSEN = {
    "any": "state IN ('new', 'taken', 'closed')",
    "important": "important",
    "unread": "unread_count > 0",
    "unanswered": "unanswered_since IS NOT NULL",
}
# SQLite's index of all parts of three signs. Its own copy of the texts would double them, so it has none.
FOUND = """
    CREATE VIRTUAL TABLE search_found USING fts5(
        project, text, content='', tokenize='trigram case_sensitive 1'
    )
"""
ADD = "INSERT INTO search_found (rowid, project, text) VALUES (new.id, substr(new.project_id, -6), new.text)"
DROP = """
    INSERT INTO search_found (search_found, rowid, project, text)
    VALUES ('delete', old.id, substr(old.project_id, -6), old.text)
"""
TRIGGERS = {
    "AFTER INSERT": f"{ADD};",
    "AFTER DELETE": f"{DROP};",
    "AFTER UPDATE OF text": f"{DROP}; {ADD};",
}


def upgrade() -> None:
    """Create the tables and columns."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        _create_extensions()
    _add_to_dialog()
    _create_search_text(is_postgresql=is_postgresql)
    _create_counters()


def downgrade() -> None:
    """Drop them; the extensions stay, others may use them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_found")
    for table in ("search_text", "catch_up", "project_counter"):
        op.drop_table(table)
    for name in (*CHOSEN, "uncounted", "integration_id"):
        op.drop_index(f"ix_dialog_{name}", "dialog")
    op.create_index("ix_dialog_integration_id", "dialog", ["integration_id"])
    for name in ("seen_through", "unread_count", "important", "counted"):
        op.drop_column("dialog", name)


def _create_extensions() -> None:
    for name in EXTENSIONS:
        try:
            op.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except DBAPIError as error:
            raise RuntimeError(
                f"PostgreSQL did not create the extension {name}, which search needs: {error.orig}. The owner"
                " of the database may create it where it is installed (Debian: postgresql-contrib); else let"
                f" an administrator run CREATE EXTENSION {name} in this database."
            ) from error


def _add_to_dialog() -> None:
    for name in ("seen_through", "unread_count"):
        op.add_column("dialog", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("dialog", sa.Column("important", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("dialog", sa.Column("counted", sa.Text, nullable=True))
    op.drop_index("ix_dialog_integration_id", "dialog")
    op.create_index("ix_dialog_integration_id", "dialog", ["integration_id", "last_activity_at", "id"])
    for name, condition in CHOSEN.items():
        _create_partial(f"ix_dialog_{name}", "dialog", ["project_id", "last_activity_at", "id"], condition)
    _create_partial("ix_dialog_uncounted", "dialog", ["contact_id"], "counted IS NULL")


def _create_partial(name: str, table: str, columns: list[str], condition: str) -> None:
    chosen = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=chosen, sqlite_where=chosen)


def _create_search_text(*, is_postgresql: bool) -> None:
    op.create_table(
        "search_text",
        sa.Column("id", BigIdentity, primary_key=True),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("dialog_id", sa.Uuid, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("words", TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.UniqueConstraint("subject_id", name="uq_search_text_subject_id"),
        comment=UNWALLED,
    )
    op.create_index("ix_search_text_dialog_id", "search_text", ["dialog_id"])
    _create_partial(
        "ix_search_text_newest", "search_text", ["project_id", "at", "subject_id"], "kind = 'message'"
    )
    if is_postgresql:
        op.create_index(
            "ix_search_text_found",
            "search_text",
            ["project_id", "text", "words"],
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
            postgresql_with={"gin_pending_list_limit": 256},
        )
        return
    op.execute(FOUND)
    for number, (moment, does) in enumerate(TRIGGERS.items()):
        op.execute(f"CREATE TRIGGER search_found_{number} {moment} ON search_text BEGIN {does} END")


def _create_counters() -> None:
    counts = ("new", "taken", "closed", "unread", "unanswered", "important")
    op.create_table(
        "project_counter",
        sa.Column("project_id", sa.Uuid, primary_key=True),
        sa.Column("operator_id", sa.Uuid, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
    )
    op.create_table(
        "catch_up",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("reached", sa.Uuid, nullable=True),
        sa.Column("is_done", sa.Boolean, nullable=False),
    )
    op.execute("INSERT INTO catch_up (name, is_done) VALUES ('messages', false)")
