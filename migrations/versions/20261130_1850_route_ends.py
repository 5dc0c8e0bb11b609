"""households that wait in vain for a language or a proxy, or are another's double: found by somebody, with a reason"""

import sqlalchemy as sa
from alembic import op

revision = "20261130routeends"
down_revision = "20261130tokens"
branch_labels = None
depends_on = None

MESSAGE = "what was found of a household cannot be changed, only taken back by another row"


def upgrade():
    op.create_table(
        "route_end",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('no_interviewer', 'no_proxy', 'duplicate')", name=op.f("ck_route_end_kind_known")
        ),
        sa.CheckConstraint(
            "undoes_id IS NOT NULL OR length(reason) > 0", name=op.f("ck_route_end_reason_given")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_route_end_case_id_case")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_route_end_by_id_user")),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["route_end.id"], name=op.f("fk_route_end_undoes_id_route_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_end")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_route_end_undoes_id")),
    )
    op.create_index(op.f("ix_route_end_case_id"), "route_end", ["case_id"])
    routed = sa.text("route <> ''")
    op.create_index(
        "ix_case_route", "case", ["round_id", "route"], sqlite_where=routed, postgresql_where=routed
    )
    for event in ("UPDATE", "DELETE"):
        guard(f"route_end_no_{event.lower()}", event)


def guard(name, event):
    if op.get_bind().dialect.name == "postgresql":
        does = f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    else:
        does = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON route_end {does}")


def downgrade():
    op.drop_index("ix_case_route", "case")
    op.drop_table("route_end")
