"""what is known of accounts, and the posts behind each item of the last digests

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """what is known of accounts, and the posts behind each item of the last digests."""
    op.create_table(
        "segment",
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("author", "name", name=op.f("pk_segment")),
    )
    op.create_table(
        "item_post",
        sa.Column("digest_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest_id"],
            ["digest.id"],
            name=op.f("fk_item_post_digest_id_digest"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_item_post_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest_id", "item_id", "post_id", name=op.f("pk_item_post")),
    )
    with op.batch_alter_table("item_post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_post_post_id"), ["post_id"], unique=False)
