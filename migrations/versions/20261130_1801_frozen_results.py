"""what the results of a closed round are computed from, counted once"""

import sqlalchemy as sa
from alembic import op

revision = "20261130frozen"
down_revision = "20261130level"
branch_labels = None
depends_on = None

STANDS = sa.text("ended_at IS NULL")


def upgrade():
    op.create_table(
        "data_freeze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('closed', 'withdrawn', 'comparison', 'upgrade')", name=op.f("ck_data_freeze_reason_known")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_data_freeze_content_while_it_stands")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_data_freeze_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_freeze")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_data_freeze_round_id_number")),
    )
    op.create_index(
        "ix_data_freeze_one_stands",
        "data_freeze",
        ["round_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )


def downgrade():
    op.drop_table("data_freeze")
