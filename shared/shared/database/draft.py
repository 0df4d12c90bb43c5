"""`./run migration SERVICE "what"`: drafts a migration from the difference between tables and migrations.

A draft is to be read and edited: alembic does not see renames, data, or what PostgreSQL alone needs.
"""

import asyncio
import re
import sys
import tempfile
from importlib import import_module, resources
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import MigrationScript
from sqlalchemy import Connection, MetaData

from shared.database.engine import Database
from shared.database.migrate import script_directory, upgrade
from shared.runtime.world import World

TEMPLATE = '''"""{message}."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import BigIdentity, EnumText, PortableJson, UtcDateTime

revision = "{revision}"
down_revision = "{down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """{message}."""
{upgrades}


def downgrade() -> None:
    """Undo it."""
{downgrades}
'''


def main() -> None:
    """Write `<package>/migrations/versions/NNNN_what.py` and print its path."""
    service, message = sys.argv[1], sys.argv[2]
    package = service.replace("-", "_")
    metadata: MetaData = import_module(f"{package}.tables").Base.metadata
    print(asyncio.run(_draft(package, metadata, message)))


async def _draft(package: str, metadata: MetaData, message: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/draft.db", World())
        await upgrade(database, package)
        async with database.engine.connect() as connection:
            script = await connection.run_sync(_compare, metadata)
        await database.close()
    head = script_directory(package).get_current_head() or "0000"
    revision = f"{int(head) + 1:04d}"
    name = re.sub(r"\W+", "_", message.lower()).strip("_")
    path = Path(str(resources.files(package))) / "migrations" / "versions" / f"{revision}_{name}.py"
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    path.write_text(
        TEMPLATE.format(
            message=message,
            revision=revision,
            down_revision=head,
            upgrades="    " + render_python_code(script.upgrade_ops, render_as_batch=True),
            downgrades="    " + render_python_code(script.downgrade_ops, render_as_batch=True),
        )
    )
    return path


def _compare(connection: Connection, metadata: MetaData) -> MigrationScript:
    context = MigrationContext.configure(connection, opts={"render_as_batch": True})
    return produce_migrations(context, metadata)


if __name__ == "__main__":
    main()
