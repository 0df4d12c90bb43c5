"""The addresses of callbacks move into a table of their own: several may be accepted at a time."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SECRETS = ("path_hash", "path_sealed", "secret_sealed")
OWNER = ("integration_id", "project_id", "community_id", "epoch")
COMMUNITY = sa.table("community", *(sa.column(name) for name in (*OWNER, *SECRETS)))
ADDRESS = sa.table("callback_address", *(sa.column(name) for name in (*OWNER, *SECRETS, "created_at")))


def upgrade() -> None:
    """Move each community's address."""
    addresses = op.create_table(
        "callback_address",
        sa.Column("path_hash", sa.LargeBinary, primary_key=True),
        sa.Column("integration_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("community_id", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("path_sealed", sa.Text, nullable=False),
        sa.Column("secret_sealed", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime, nullable=True),
    )
    op.create_index("ix_callback_address_integration_id", "callback_address", ["integration_id"])
    op.create_index("ix_callback_address_community_id", "callback_address", ["community_id"])
    names = (*OWNER, *SECRETS)
    before = sa.select(*(COMMUNITY.c[name] for name in names), sa.func.current_timestamp())
    op.execute(sa.insert(addresses).from_select([*names, "created_at"], before))
    with op.batch_alter_table("community") as community:
        community.drop_constraint("uq_community_path_hash", type_="unique")
        for name in (*SECRETS, "server_id"):
            community.drop_column(name)


def downgrade() -> None:
    """Move the latest addresses back; those of earlier epochs and paths are forgotten."""
    with op.batch_alter_table("community") as community:
        community.add_column(sa.Column("path_hash", sa.LargeBinary, nullable=True))
        community.add_column(sa.Column("path_sealed", sa.Text, nullable=True))
        community.add_column(sa.Column("secret_sealed", sa.Text, nullable=True))
        community.add_column(sa.Column("server_id", sa.BigInteger, nullable=True))
    for name in SECRETS:
        latest = (
            sa.select(ADDRESS.c[name])
            .where(ADDRESS.c.integration_id == COMMUNITY.c.integration_id)
            .where(ADDRESS.c.epoch == COMMUNITY.c.epoch)
            .order_by(ADDRESS.c.created_at.desc())
            .limit(1)
        )
        op.execute(sa.update(COMMUNITY).values({name: latest.scalar_subquery()}))
    with op.batch_alter_table("community") as community:
        for name, kind in zip(SECRETS, (sa.LargeBinary, sa.Text, sa.Text), strict=True):
            community.alter_column(name, existing_type=kind(), nullable=False)
        community.create_unique_constraint("uq_community_path_hash", ["path_hash"])
    op.drop_table("callback_address")
