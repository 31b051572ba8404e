"""a delivery to each address with its letter, and a digest for each audience

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """a delivery to each address with its letter, and a digest for each audience."""
    at = sa.DateTime(timezone=True)
    old = sa.table(
        "delivery",
        *(sa.column(name, sa.Text()) for name in ("digest_id", "publisher", "status", "detail")),
        sa.column("at", at),
    )
    rows = op.get_bind().execute(sa.select(old)).mappings().all()
    # Before digest: SQLite makes that table anew, and what hangs on the old one would go with it.
    op.drop_table("delivery")

    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("audience", sa.String(length=40), nullable=False, server_default="")
        )
        batch_op.drop_constraint(batch_op.f("uq_digest_run_id"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_digest_run_id"), ["run_id", "audience"])
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.alter_column("audience", server_default=None)

    made = op.create_table(
        "delivery",
        sa.Column("digest_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", at, nullable=False),
        sa.Column("letter", sa.LargeBinary(), nullable=True),
        sa.Column("letter_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digest.id"], name=op.f("fk_delivery_digest_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest_id", "channel", "address", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_status"), ["status"], unique=False)
    if made is not None and rows:
        kept = [{**row, "channel": row["publisher"], "address": ""} for row in rows]
        op.bulk_insert(made, [{k: v for k, v in row.items() if k != "publisher"} for row in kept])
