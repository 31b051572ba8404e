"""the words that were sent, and since when what was sent holds words that are gone

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """the words that were sent, and since when what was sent holds words that are gone."""
    op.add_column("sending", sa.Column("outdated_at", sa.DateTime(timezone=True), nullable=True))
    sending = sa.table("sending", sa.column("key", sa.String), sa.column("quoted", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(sending)).all():
        quoted = [[post_id, ""] for post_id in row.quoted]  # which words it were is not known
        mine = sending.c.key == row.key
        connection.execute(sa.update(sending).where(mine).values(quoted=quoted))
