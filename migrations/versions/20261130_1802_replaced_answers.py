"""an answer says whether it replaces an earlier one, so that the answers that stand are found without comparing all"""

import sqlalchemy as sa
from alembic import op

revision = "20261130replaced"
down_revision = "20261130frozen"
branch_labels = None
depends_on = None

STAYS = "a given answer cannot be changed, only followed"
EARLIER = (
    "EXISTS (SELECT 1 FROM answer_event e WHERE e.interview_id = answer_event.interview_id "
    "AND e.question = answer_event.question AND e.revision < answer_event.revision)"
)


def upgrade():
    op.add_column(
        "answer_event", sa.Column("replaces", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    drop_guard()
    op.execute(f"UPDATE answer_event SET replaces = {'1' if sqlite() else 'true'} WHERE {EARLIER}")
    guard()
    op.create_index(
        "ix_answer_event_replacing", "answer_event", ["interview_id", "question", "revision"],
        sqlite_where=sa.text("replaces = 1"), postgresql_where=sa.text("replaces"),
    )  # fmt: skip


def downgrade():
    op.drop_index("ix_answer_event_replacing", "answer_event")
    op.drop_column("answer_event", "replaces")


def sqlite():
    return op.get_bind().dialect.name == "sqlite"


def drop_guard():
    op.execute("DROP TRIGGER answer_event_no_update" + ("" if sqlite() else " ON answer_event"))


def guard():
    if sqlite():
        op.execute(
            "CREATE TRIGGER answer_event_no_update BEFORE UPDATE ON answer_event "
            f"BEGIN SELECT RAISE(ABORT, '{STAYS}'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER answer_event_no_update BEFORE UPDATE ON answer_event FOR EACH ROW "
            f"EXECUTE FUNCTION refuse_change('{STAYS}')"
        )
