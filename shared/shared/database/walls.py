"""The second wall between projects, on PostgreSQL: row-level security on every table with a `project_id`.

A connection of a service says `otklik.projects = '*'`: its loops, consumers and migrations work for
everybody. A request of somebody who signed in confines its transaction to their projects, so that a query
that forgot to ask for the project finds nothing of others. Whoever says nothing sees nothing.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from shared.database.session import Session

SETTING = "otklik.projects"
EVERY_PROJECT = "*"
POLICY = "otklik_projects"
# The comment of a table that has none: see docs/decisions/0010.
UNWALLED = "No wall between projects: PostgreSQL would not use its index through one."

# In sub-selects, so that the setting is read once for a statement and not for each row. A CASE, because the
# planner takes it for half of the rows; an OR it takes for almost none, and leaves the indexes that sort.
_VISIBLE = f"""
    CASE WHEN (SELECT current_setting('{SETTING}', true)) = '{EVERY_PROJECT}' THEN true
    ELSE project_id = ANY (
        (SELECT string_to_array(nullif(current_setting('{SETTING}', true), '{EVERY_PROJECT}'), ','))::uuid[]
    ) END
"""
_UNWALLED = text(
    """
    SELECT quote_ident(relname) FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'project_id' AND NOT attisdropped
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = :policy)
    AND obj_description(pg_class.oid, 'pg_class') IS DISTINCT FROM :unwalled
    """
)


def build_walls(connection: Connection) -> None:
    """Wall every table with a `project_id`, but for `UNWALLED` ones; run after each migration."""
    for table in connection.execute(_UNWALLED, {"policy": POLICY, "unwalled": UNWALLED}).scalars().all():
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        # The service's role owns its tables, and owners are not held otherwise.
        connection.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        connection.execute(text(f"CREATE POLICY {POLICY} ON {table} USING ({_VISIBLE})"))


async def confine(session: Session, projects: Iterable[UUID]) -> None:
    """Let the rest of this transaction see and write rows of these projects only."""
    await _set(session, ",".join(str(project_id) for project_id in projects))


async def lift_confinement(session: Session) -> None:
    """Let the rest of this transaction see every project, for the few questions about all of them."""
    await _set(session, EVERY_PROJECT)


async def _set(session: Session, value: str) -> None:
    if session.is_postgresql:
        await session.execute(select(func.set_config(SETTING, value, True)))
