"""when a post first came, so that one that came late can be told from one that was edited

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """when a post first came, so that one that came late can be told from one that was edited."""
    op.add_column("post", sa.Column("came_at", sa.DateTime(timezone=True), nullable=True))
