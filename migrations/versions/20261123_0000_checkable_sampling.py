"""sampling that anybody can check: second draws with a reason, coordinated rounds, openings, stated figures, closing"""

from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "20261123checkable"
down_revision = "20261122guards"
branch_labels = None
depends_on = None

STRATIFY_BY = (
    "stratify_by IN ('none', 'zone', 'community', 'category', 'zone+community', 'zone+category', "
    "'community+category', 'zone+community+category')"
)
STRATIFY_BY_BEFORE = "stratify_by IN ('zone', 'community', 'none')"
SOURCE_FIRST = "seed_expected_at IS NULL OR seed_expected_at > seed_named_at"
#: a case goes only when it was never released and a later design replaces the one it was drawn by
REPLACED = "OLD.release_id IS NULL AND EXISTS (SELECT 1 FROM design WHERE design.redraw_of_id = OLD.design_id)"
NOT_DELETED = "what was drawn cannot be deleted"


TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, relname, pg_get_triggerdef(t.oid) FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal",
}


@contextmanager
def triggers_aside():
    """SQLite alters a table by copying it, which loses its triggers; PostgreSQL alters no column a trigger names."""
    dialect = op.get_bind().dialect.name
    kept = op.get_bind().execute(sa.text(TRIGGERS[dialect])).all()
    for name, table, _definition in kept:
        op.execute(f"DROP TRIGGER {name}" + (f' ON "{table}"' if dialect == "postgresql" else ""))
    yield
    for _name, _table, definition in kept:
        op.execute(definition)


def upgrade():
    with triggers_aside():
        alter_tables()
    add_tables()
    allow_replaced_cases_to_go()


def alter_tables():
    with op.batch_alter_table("season") as season:
        season.add_column(sa.Column("design_template", sa.JSON(), nullable=False, server_default="{}"))
        season.add_column(sa.Column("burden_months", sa.Integer(), nullable=False, server_default="12"))
    with op.batch_alter_table("season") as season:
        season.alter_column("design_template", server_default=None)
        season.alter_column("burden_months", server_default=None)
    with op.batch_alter_table("round") as round_:
        round_.add_column(sa.Column("closed_by_id", sa.Integer(), nullable=True))
        round_.add_column(sa.Column("shortfall_reason", sa.String(200), nullable=True))
        round_.add_column(sa.Column("shortfall_confirmation", sa.String(200), nullable=True))
        round_.create_foreign_key(op.f("fk_round_closed_by_id_user"), "user", ["closed_by_id"], ["id"])
    with op.batch_alter_table("frame") as frame:
        frame.alter_column("stratify_by", type_=sa.String(40), existing_type=sa.String(12))
        frame.drop_constraint(op.f("ck_frame_stratify_by_known"), type_="check")
        frame.create_check_constraint(op.f("ck_frame_stratify_by_known"), STRATIFY_BY)
    with op.batch_alter_table("frame_row") as row:
        row.alter_column("stratum", type_=sa.String(200), existing_type=sa.String(60))
    with op.batch_alter_table("case") as case:
        case.alter_column("stratum", type_=sa.String(200), existing_type=sa.String(60))
        case.add_column(sa.Column("left_open_reason", sa.String(200), nullable=True))
    with op.batch_alter_table("design") as design:
        design.add_column(sa.Column("redraw_of_id", sa.Integer(), nullable=True))
        design.add_column(sa.Column("redraw_reason", sa.String(200), nullable=True))
        design.add_column(sa.Column("prn_start", sa.String(64), nullable=True))
        design.add_column(sa.Column("coordinated_with_id", sa.Integer(), nullable=True))
        design.create_foreign_key(op.f("fk_design_redraw_of_id_design"), "design", ["redraw_of_id"], ["id"])
        design.create_foreign_key(
            op.f("fk_design_coordinated_with_id_design"), "design", ["coordinated_with_id"], ["id"]
        )
        design.drop_constraint(op.f("uq_design_round_id"), type_="unique")
        design.drop_constraint(op.f("uq_design_frame_id"), type_="unique")
        design.create_unique_constraint(op.f("uq_design_redraw_of_id"), ["redraw_of_id"])
        design.drop_constraint(op.f("ck_design_source_before_value_exists"), type_="check")
        design.create_check_constraint(
            op.f("ck_design_source_before_value_exists"),
            f"{SOURCE_FIRST} OR coordinated_with_id IS NOT NULL",
        )
        design.create_check_constraint(
            op.f("ck_design_redrawn_with_reason"), "(redraw_of_id IS NULL) = (redraw_reason IS NULL)"
        )
        design.create_check_constraint(
            op.f("ck_design_coordinated_by_prn"), "coordinated_with_id IS NULL OR prn_start IS NOT NULL"
        )
    op.create_index(op.f("ix_design_round_id"), "design", ["round_id"])
    op.create_index(op.f("ix_design_frame_id"), "design", ["frame_id"])
    op.create_index(
        "uq_design_first_of_round",
        "design",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text("redraw_of_id IS NULL"),
        postgresql_where=sa.text("redraw_of_id IS NULL"),
    )


def add_tables():
    op.create_table(
        "frame_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("frame_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attached_by_id", sa.Integer(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["frame_id"], ["frame.id"], name=op.f("fk_frame_attachment_frame_id_frame")),
        sa.ForeignKeyConstraint(
            ["attached_by_id"], ["user.id"], name=op.f("fk_frame_attachment_attached_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_attachment")),
    )
    op.create_index(op.f("ix_frame_attachment_frame_id"), "frame_attachment", ["frame_id"])
    op.create_table(
        "stated_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=True),
        sa.Column("typed_by_id", sa.Integer(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "households IS NOT NULL OR persons IS NOT NULL", name=op.f("ck_stated_figure_something_stated")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_stated_figure_round_id_round")),
        sa.ForeignKeyConstraint(["typed_by_id"], ["user.id"], name=op.f("fk_stated_figure_typed_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_figure")),
        sa.UniqueConstraint("round_id", "zone", "source", name=op.f("uq_stated_figure_round_id_zone_source")),
    )
    op.create_index(op.f("ix_stated_figure_round_id"), "stated_figure", ["round_id"])
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("frame_row_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_opening_round_id_round")),
        sa.ForeignKeyConstraint(
            ["frame_row_id"], ["frame_row.id"], name=op.f("fk_opening_frame_row_id_frame_row")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user.id"], name=op.f("fk_opening_opened_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
        sa.UniqueConstraint("frame_row_id", name=op.f("uq_opening_frame_row_id")),
    )
    op.create_index(op.f("ix_opening_round_id"), "opening", ["round_id"])


def allow_replaced_cases_to_go():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER case_no_delete")
        op.execute(
            f'CREATE TRIGGER case_no_delete BEFORE DELETE ON "case" WHEN NOT ({REPLACED}) '
            f"BEGIN SELECT RAISE(ABORT, '{NOT_DELETED}'); END"
        )
        return
    op.execute('DROP TRIGGER case_no_delete ON "case"')
    op.execute(
        "CREATE FUNCTION refuse_deleting_drawn_case() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {REPLACED} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{NOT_DELETED}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        'CREATE TRIGGER case_no_delete BEFORE DELETE ON "case" FOR EACH ROW '
        "EXECUTE FUNCTION refuse_deleting_drawn_case()"
    )


def downgrade():
    put_case_guard_back()
    for table in ("opening", "stated_figure", "frame_attachment"):
        op.drop_table(table)
    with triggers_aside():
        restore_tables()


def put_case_guard_back():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER case_no_delete")
        op.execute(
            f'CREATE TRIGGER case_no_delete BEFORE DELETE ON "case" BEGIN SELECT RAISE(ABORT, \'{NOT_DELETED}\'); END'
        )
        return
    op.execute('DROP TRIGGER case_no_delete ON "case"')
    op.execute("DROP FUNCTION refuse_deleting_drawn_case()")
    op.execute(
        'CREATE TRIGGER case_no_delete BEFORE DELETE ON "case" FOR EACH ROW '
        f"EXECUTE FUNCTION refuse_change('{NOT_DELETED}')"
    )


def restore_tables():
    op.drop_index("uq_design_first_of_round", "design")
    op.drop_index(op.f("ix_design_frame_id"), "design")
    op.drop_index(op.f("ix_design_round_id"), "design")
    with op.batch_alter_table("design") as design:
        for name in ("coordinated_by_prn", "redrawn_with_reason", "source_before_value_exists"):
            design.drop_constraint(op.f(f"ck_design_{name}"), type_="check")
        design.create_check_constraint(op.f("ck_design_source_before_value_exists"), SOURCE_FIRST)
        design.drop_constraint(op.f("uq_design_redraw_of_id"), type_="unique")
        design.drop_constraint(op.f("fk_design_coordinated_with_id_design"), type_="foreignkey")
        design.drop_constraint(op.f("fk_design_redraw_of_id_design"), type_="foreignkey")
        for column in ("coordinated_with_id", "prn_start", "redraw_reason", "redraw_of_id"):
            design.drop_column(column)
        design.create_unique_constraint(op.f("uq_design_round_id"), ["round_id"])
        design.create_unique_constraint(op.f("uq_design_frame_id"), ["frame_id"])
    with op.batch_alter_table("case") as case:
        case.drop_column("left_open_reason")
        case.alter_column("stratum", type_=sa.String(60), existing_type=sa.String(200))
    with op.batch_alter_table("frame_row") as row:
        row.alter_column("stratum", type_=sa.String(60), existing_type=sa.String(200))
    with op.batch_alter_table("frame") as frame:
        frame.drop_constraint(op.f("ck_frame_stratify_by_known"), type_="check")
        frame.create_check_constraint(op.f("ck_frame_stratify_by_known"), STRATIFY_BY_BEFORE)
        frame.alter_column("stratify_by", type_=sa.String(12), existing_type=sa.String(40))
    with op.batch_alter_table("round") as round_:
        round_.drop_constraint(op.f("fk_round_closed_by_id_user"), type_="foreignkey")
        for column in ("shortfall_confirmation", "shortfall_reason", "closed_by_id"):
            round_.drop_column(column)
    with op.batch_alter_table("season") as season:
        season.drop_column("burden_months")
        season.drop_column("design_template")
