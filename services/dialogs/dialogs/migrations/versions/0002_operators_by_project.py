"""Names of operators for each project: an id of another project's operator must not give their name away."""

import sqlalchemy as sa
from alembic import op

from shared.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep each name in the projects where its operator has answered or answers for a dialog."""
    op.create_table(
        "project_operator",
        sa.Column("project_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
    )
    op.execute(
        """
        INSERT INTO project_operator (project_id, id, name, issued_at)
        SELECT worked.project_id, operator.id, operator.name, operator.issued_at
        FROM operator JOIN (
            SELECT project_id, author_id AS id FROM message WHERE author_id IS NOT NULL
            UNION SELECT project_id, operator_id FROM dialog WHERE operator_id IS NOT NULL
        ) AS worked ON worked.id = operator.id
        """
    )
    op.drop_table("operator")


def downgrade() -> None:
    """Keep of each name the newest."""
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
    )
    op.execute(
        """
        INSERT INTO operator (id, name, issued_at)
        SELECT id, max(name), max(issued_at) FROM project_operator GROUP BY id
        """
    )
    op.drop_table("project_operator")
