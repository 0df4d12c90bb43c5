"""Versions of a widget, its draft, its sites, and when an integration's state was last confirmed."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import PortableJson, UtcDateTime

revision = "0002"
down_revision = "0001"

WIDGET = sa.table(
    "widget",
    sa.column("id", sa.Uuid),
    sa.column("project_id", sa.Uuid),
    sa.column("look", PortableJson),
    sa.column("setup", PortableJson),
    sa.column("changed_at", UtcDateTime),
)
CHANNEL = sa.table(
    "widget_channel",
    sa.column("widget_id", sa.Uuid),
    sa.column("integration_id", sa.Uuid),
    sa.column("added_at", UtcDateTime),
)
INTEGRATION = sa.table("known_integration", sa.column("id", sa.Uuid), sa.column("epoch", sa.BigInteger))
VERSION = sa.table(
    "widget_version",
    sa.column("widget_id", sa.Uuid),
    sa.column("number", sa.BigInteger),
    sa.column("project_id", sa.Uuid),
    sa.column("setup", PortableJson),
    sa.column("published_at", UtcDateTime),
)


def upgrade() -> None:
    """Keep what each widget is as its first version."""
    op.add_column("known_integration", sa.Column("confirmed_at", UtcDateTime, nullable=True))
    op.execute("UPDATE known_integration SET confirmed_at = CURRENT_TIMESTAMP")
    op.create_table(
        "widget_version",
        sa.Column("widget_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("setup", PortableJson, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("published_by", sa.Uuid, nullable=True),
        sa.Column("published_by_name", sa.Text, nullable=True),
        sa.Column("restored_from", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name="fk_widget_version_widget_id_widget"),
    )
    op.create_index("ix_widget_version_project_id", "widget_version", ["project_id"])
    op.add_column("widget", sa.Column("setup", PortableJson, nullable=False, server_default="{}"))
    op.add_column("widget", sa.Column("draft", PortableJson, nullable=True))
    op.add_column("widget", sa.Column("published_number", sa.BigInteger, nullable=False, server_default="1"))
    _fill_setups(op.get_bind())
    op.drop_column("widget", "look")


def _fill_setups(connection: sa.Connection) -> None:
    channels: dict[object, list[dict[str, object]]] = {}
    join = CHANNEL.join(INTEGRATION, INTEGRATION.c.id == CHANNEL.c.integration_id)
    rows = connection.execute(
        sa.select(CHANNEL.c.widget_id, INTEGRATION.c.id, INTEGRATION.c.epoch)
        .select_from(join)
        .order_by(CHANNEL.c.added_at, CHANNEL.c.integration_id)
    )
    nothing = {"ru": "", "en": ""}
    for widget_id, integration_id, epoch in rows:
        entry = {"integration_id": str(integration_id), "epoch": epoch, "label": nothing, "tooltip": nothing}
        channels.setdefault(widget_id, []).append(entry)
    for widget in connection.execute(sa.select(WIDGET)).all():
        setup = {
            "look": widget.look,
            "sites": [],
            "show_unavailable": False,
            "channels": channels.get(widget.id, []),
        }
        connection.execute(sa.update(WIDGET).where(WIDGET.c.id == widget.id).values(setup=setup))
        first = {"widget_id": widget.id, "number": 1, "project_id": widget.project_id}
        connection.execute(sa.insert(VERSION).values(**first, setup=setup, published_at=widget.changed_at))


def downgrade() -> None:
    """Keep of each widget how it looks."""
    op.add_column("widget", sa.Column("look", PortableJson, nullable=False, server_default="{}"))
    connection = op.get_bind()
    for widget in connection.execute(sa.select(WIDGET.c.id, WIDGET.c.setup)).all():
        values = {"look": widget.setup["look"]}
        connection.execute(sa.update(WIDGET).where(WIDGET.c.id == widget.id).values(**values))
    op.drop_table("widget_version")
    for name in ("setup", "draft", "published_number"):
        op.drop_column("widget", name)
    op.drop_column("known_integration", "confirmed_at")
