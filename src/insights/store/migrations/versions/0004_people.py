"""which accounts are one person, and how far a stretch of the past was read

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """which accounts are one person, and how far a stretch of the past was read."""
    op.create_table(
        "account",
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("author", name=op.f("pk_account")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_person"), ["person"], unique=False)

    op.create_table(
        "backfill",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("window", sa.String(length=60), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("source", "window", name=op.f("pk_backfill")),
    )
