"""words in an order of their own, so that a page of them is read by index"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "20261130words"
down_revision = "20261130replaced"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FROM_EVENT = (
    "UPDATE verbatim SET "
    "round_id = (SELECT i.round_id FROM answer_event e JOIN interview i ON i.id = e.interview_id "
    "WHERE e.id = verbatim.event_id), "
    "question = (SELECT e.question FROM answer_event e WHERE e.id = verbatim.event_id)"
)
COLUMNS = {"round_id": sa.Integer(), "question": sa.String(40), "order_key": sa.String(16)}


def upgrade():
    with op.batch_alter_table("verbatim") as verbatim:
        for name, kind in COLUMNS.items():
            verbatim.add_column(sa.Column(name, kind, nullable=True))
    op.execute(FROM_EVENT)
    shuffle(op.get_bind())
    with op.batch_alter_table("verbatim") as verbatim:
        for name, kind in COLUMNS.items():
            verbatim.alter_column(name, existing_type=kind, nullable=False)
        verbatim.create_foreign_key(op.f("fk_verbatim_round_id_round"), "round", ["round_id"], ["id"])
    op.create_index("ix_verbatim_order", "verbatim", ["round_id", "order_key"])
    op.create_index("ix_verbatim_question_order", "verbatim", ["round_id", "question", "order_key"])


def shuffle(connection):
    """By chance, so that the order tells nothing of who said what when."""
    table = sa.table("verbatim", sa.column("event_id"), sa.column("order_key"))
    ids = list(connection.execute(sa.select(table.c.event_id)).scalars())
    change = (
        sa.update(table).where(table.c.event_id == sa.bindparam("id")).values(order_key=sa.bindparam("key"))
    )
    for start in range(0, len(ids), AT_ONCE):
        rows = [{"id": id_, "key": secrets.token_hex(8)} for id_ in ids[start : start + AT_ONCE]]
        connection.execute(change, rows)


def downgrade():
    op.drop_index("ix_verbatim_question_order", "verbatim")
    op.drop_index("ix_verbatim_order", "verbatim")
    with op.batch_alter_table("verbatim") as verbatim:
        verbatim.drop_constraint(op.f("fk_verbatim_round_id_round"), type_="foreignkey")
        for name in COLUMNS:
            verbatim.drop_column(name)
