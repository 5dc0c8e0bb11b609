"""the telephone desk: who may take which household, lines, calls received, alarms, withdrawals, destruction, counted cases"""

from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "20261123desk"
down_revision = "20261123guards"
branch_labels = None
depends_on = None

STATUS = "status IN ('open', 'complete', 'partial', 'break_off', 'no_consent', 'withdrawn')"
STATUS_BEFORE = "status IN ('open', 'complete', 'partial', 'break_off', 'no_consent')"
READY = sa.text("state = 'ready'")
POOL = [
    "round_id", "language", "ticket", "needs", "bands_tried", "senior_until", "route", "lease_until",
]  # fmt: skip
CALL = [
    "uid", "case_id", "user_id", "mode", "phone_slot", "line_id", "started_at", "recorded_at", "outcome", "language",
    "appointment_at", "appointment_user_id", "corrects_id",
]  # fmt: skip
FRAME = [
    "round_id", "file_name", "file_digest", "imported_by_id", "imported_at", "rows_read", "rows_merged", "counts",
    "not_stored", "confirmed_name", "confirmed_at", "stratify_by", "sealed_at", "sealed_by_id", "digest",
    "commitments_digest",
]  # fmt: skip
FRAME_ROW = [
    "frame_id", "household_id", "sheet", '"row"', "zone", "community", "persons", "categories", "language", "needs",
    "flags", "dialable_phones", "excluded_reason", "stratum", "commitment",
]  # fmt: skip
FRAME_STAYS = "a sealed frame cannot be changed"
SEALED = "(SELECT sealed_at FROM frame WHERE frame.id = OLD.frame_id) IS NOT NULL"
CALL_STAYS = "a recorded call cannot be changed, only corrected by another"

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, relname, pg_get_triggerdef(t.oid) FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal",
}

#: where a case stands, as the board counts it
CELL = (
    "CASE {0}.state WHEN 'held' THEN 'held' WHEN 'final' THEN COALESCE({0}.outcome, 'void') "
    "WHEN 'appointment' THEN 'appointment' ELSE 'open' END"
)
KEY = "round_id, stratum, zone, role, cell"
COUNTED = "SELECT c.round_id, c.stratum, c.zone, c.role, {cell} AS cell, {n} AS n FROM {cases} c"


def sqlite():
    return op.get_bind().dialect.name == "sqlite"


@contextmanager
def triggers_aside():
    """SQLite alters a table by copying it, which loses its triggers; PostgreSQL alters no column a trigger names."""
    kept = op.get_bind().execute(sa.text(TRIGGERS[op.get_bind().dialect.name])).all()
    for name, table, _definition in kept:
        drop_trigger(name, table)
    yield
    for _name, _table, definition in kept:
        op.execute(definition)


def drop_trigger(name, table):
    op.execute(f"DROP TRIGGER {name}" + ("" if sqlite() else f' ON "{table}"'))


def upgrade():
    add_tables()
    with triggers_aside():
        alter_tables()
        fill_columns()
        forget_defaults()
    let_notes_go()
    let_sealed_go()
    count_cases()


def add_tables():
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("number", name=op.f("uq_line_number")),
    )
    op.create_table(
        "inbound_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enquiry', 'not_found', 'no_more_calls', 'other')",
            name=op.f("ck_inbound_call_kind_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_inbound_call_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_call")),
        sa.UniqueConstraint("uid", name=op.f("uq_inbound_call_uid")),
    )
    op.create_index(op.f("ix_inbound_call_received_at"), "inbound_call", ["received_at"])
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(40), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name=op.f("ck_incident_acknowledged_by_somebody"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_incident_closed_by_somebody")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_incident_round_id_round")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_incident_case_id_case")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["user.id"], name=op.f("fk_incident_raised_by_id_user")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["user.id"], name=op.f("fk_incident_acknowledged_by_id_user")
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_incident_closed_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("uid", name=op.f("uq_incident_uid")),
    )
    op.create_index(op.f("ix_incident_round_id"), "incident", ["round_id"])
    op.create_index(op.f("ix_incident_case_id"), "incident", ["case_id"])
    op.create_table(
        "destruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("items >= 0", name=op.f("ck_destruction_items_counted")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_destruction_round_id_round")),
        sa.ForeignKeyConstraint(
            ["destroyed_by_id"], ["user.id"], name=op.f("fk_destruction_destroyed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    op.create_index(op.f("ix_destruction_round_id"), "destruction", ["round_id"])
    op.create_table(
        "reassignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("from_user_id", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_user_id <> to_user_id", name=op.f("ck_reassignment_to_somebody_else")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_reassignment_round_id_round")),
        sa.ForeignKeyConstraint(
            ["from_user_id"], ["user.id"], name=op.f("fk_reassignment_from_user_id_user")
        ),
        sa.ForeignKeyConstraint(["to_user_id"], ["user.id"], name=op.f("fk_reassignment_to_user_id_user")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reassignment_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reassignment")),
    )
    op.create_index(op.f("ix_reassignment_round_id"), "reassignment", ["round_id"])
    op.create_table(
        "case_tally",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("cell", sa.String(12), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_case_tally_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "stratum", "zone", "role", "cell", name=op.f("pk_case_tally")),
    )


def new(name, kind, default):
    return sa.Column(name, kind, nullable=False, server_default=default)


def alter_tables():
    with op.batch_alter_table("user") as user:
        user.add_column(new("skills", sa.String(60), ""))
        user.add_column(sa.Column("line_id", sa.Integer(), nullable=True))
        user.create_foreign_key(op.f("fk_user_line_id_line"), "line", ["line_id"], ["id"])
    with op.batch_alter_table("recusal") as recusal:
        recusal.add_column(new("raised_by", sa.String(8), "person"))
        recusal.create_check_constraint(
            op.f("ck_recusal_raised_by_known"), "raised_by IN ('person', 'station')"
        )
    with op.batch_alter_table("season") as season:
        season.add_column(new("on_call_name", sa.String(40), ""))
        season.add_column(new("on_call_phone", sa.String(40), ""))
        season.add_column(new("retention", sa.JSON(), "{}"))
    with op.batch_alter_table("round") as round_:
        round_.add_column(new("home_visits", sa.Boolean(), sa.false()))
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("address_sealed", sa.LargeBinary(), nullable=True))
        contact.alter_column("salutation_sealed", existing_type=sa.LargeBinary(), nullable=True)
        contact.alter_column("phones_sealed", existing_type=sa.LargeBinary(), nullable=True)
    with op.batch_alter_table("case") as case:
        case.add_column(new("zone", sa.String(60), ""))
        case.add_column(new("needs", sa.String(120), ""))
        case.add_column(new("route", sa.String(8), ""))
        case.add_column(sa.Column("senior_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_case_pool", "case", POOL, sqlite_where=READY, postgresql_where=READY)
    with op.batch_alter_table("attempt") as attempt:
        attempt.add_column(new("mode", sa.String(8), "phone"))
        attempt.add_column(sa.Column("line_id", sa.Integer(), nullable=True))
        attempt.create_foreign_key(op.f("fk_attempt_line_id_line"), "line", ["line_id"], ["id"])
        attempt.create_check_constraint(
            op.f("ck_attempt_mode_known"), "mode IN ('phone', 'visit', 'inbound')"
        )
    with op.batch_alter_table("interview") as interview:
        interview.add_column(sa.Column("token", sa.String(12), nullable=True))
        interview.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        interview.create_unique_constraint(op.f("uq_interview_token"), ["token"])
        interview.drop_constraint(op.f("ck_interview_status_known"), type_="check")
        interview.create_check_constraint(op.f("ck_interview_status_known"), STATUS)
        interview.create_index(op.f("ix_interview_counted_at"), ["counted_at"])
    with op.batch_alter_table("answer_event") as event:
        event.add_column(sa.Column("seconds", sa.Double(), nullable=True))
    with op.batch_alter_table("verbatim") as verbatim:
        verbatim.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=True)


def fill_columns():
    """What earlier versions kept elsewhere."""
    row = "(SELECT {0} FROM frame_row WHERE frame_row.id = frame_row_id)"
    op.execute(f'UPDATE "case" SET zone = {row.format("zone")}, needs = {row.format("needs")}')
    op.execute("UPDATE attempt SET mode = 'inbound' WHERE phone_slot = 0")


FILLED = {
    "user": {"skills": sa.String(60)},
    "recusal": {"raised_by": sa.String(8)},
    "season": {"on_call_name": sa.String(40), "on_call_phone": sa.String(40), "retention": sa.JSON()},
    "round": {"home_visits": sa.Boolean()},
    "case": {"zone": sa.String(60), "needs": sa.String(120), "route": sa.String(8)},
    "attempt": {"mode": sa.String(8)},
}


def forget_defaults():
    for table, columns in FILLED.items():
        with op.batch_alter_table(table) as altered:
            for name, kind in columns.items():
                altered.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


def let_notes_go():
    """A recorded call stays as it is, but its note may be erased when its time is over."""
    drop_trigger("attempt_no_update", "attempt")
    guard_calls(f"NEW.note_sealed IS NOT NULL OR {changed(CALL)}")


def let_sealed_go():
    """Of a sealed frame the report's values and the salts may be erased when their time is over, and nothing else."""
    drop_trigger("frame_no_update", "frame")
    drop_trigger("frame_row_no_update", "frame_row")
    guard_frames(
        f"OLD.sealed_at IS NOT NULL AND (length(NEW.report_sealed) > 0 OR {changed(FRAME)})",
        f"NEW.salt_sealed IS NOT NULL OR {changed(FRAME_ROW)}",
    )


def guard_frames(of_frame, of_row=None):
    if sqlite():
        of_row = f"{SEALED} AND ({of_row})" if of_row else SEALED
        for table, when in (("frame", of_frame), ("frame_row", of_row)):
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{FRAME_STAYS}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER frame_no_update BEFORE UPDATE ON frame FOR EACH ROW WHEN ({of_frame}) "
        f"EXECUTE FUNCTION refuse_change('{FRAME_STAYS}')"
    )
    op.execute(
        f"CREATE TRIGGER frame_row_no_update BEFORE UPDATE ON frame_row FOR EACH ROW WHEN ({of_row or 'true'}) "
        f"EXECUTE FUNCTION refuse_change_when_sealed('{FRAME_STAYS}')"
    )


def changed(columns):
    old, new_ = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    return " OR ".join(f"{old} <> {new_}".format(column) for column in columns)


def guard_calls(condition=None):
    when = f"WHEN ({condition})" if condition else ""
    if sqlite():
        op.execute(
            f"CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt {when} "
            f"BEGIN SELECT RAISE(ABORT, '{CALL_STAYS}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt FOR EACH ROW {when} "
            f"EXECUTE FUNCTION refuse_change('{CALL_STAYS}')"
        )


# -- counting ------------------------------------------------------------------------------------------------


def count_cases():
    counted = COUNTED.format(cell=CELL.format("c"), n="1", cases='"case"')
    op.execute(
        f"INSERT INTO case_tally ({KEY}, households) SELECT {KEY}, COUNT(*) FROM ({counted}) x GROUP BY {KEY}"
    )
    if sqlite():
        count_row_by_row()
    else:
        count_statement_by_statement()


def count_row_by_row():
    def cell(row):
        return CELL.format(row)

    def added(row, n):
        return (
            f"INSERT INTO case_tally ({KEY}, households) "
            f"VALUES ({row}.round_id, {row}.stratum, {row}.zone, {row}.role, {cell(row)}, {n}) "
            f"ON CONFLICT ({KEY}) DO UPDATE SET households = households + ({n});"
        )

    moved = f"({cell('OLD')}) <> ({cell('NEW')}) OR OLD.zone <> NEW.zone OR OLD.stratum <> NEW.stratum"
    op.execute(f'CREATE TRIGGER case_counted AFTER INSERT ON "case" BEGIN {added("NEW", 1)} END')
    op.execute(f'CREATE TRIGGER case_discounted AFTER DELETE ON "case" BEGIN {added("OLD", -1)} END')
    op.execute(
        f'CREATE TRIGGER case_recounted AFTER UPDATE ON "case" WHEN {moved} '
        f"BEGIN {added('OLD', -1)} {added('NEW', 1)} END"
    )


def count_statement_by_statement():
    """Many rows of one statement are counted together: a row of the tally that changes often is slow to find."""
    for event, signs in {
        "insert": {"added": 1},
        "delete": {"gone": -1},
        "update": {"added": 1, "gone": -1},
    }.items():
        counted = " UNION ALL ".join(
            COUNTED.format(cell=CELL.format("c"), n=sign, cases=cases) for cases, sign in signs.items()
        )
        op.execute(
            f"CREATE FUNCTION tally_cases_on_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO case_tally ({KEY}, households) SELECT {KEY}, SUM(n) FROM ({counted}) x GROUP BY {KEY} "
            f"HAVING SUM(n) <> 0 ORDER BY {KEY} "  # always in one order, so that two writers never wait for each other
            f"ON CONFLICT ({KEY}) DO UPDATE SET households = case_tally.households + EXCLUDED.households; "
            "RETURN NULL; END $$"
        )
        tables = " ".join(f"{'NEW' if cases == 'added' else 'OLD'} TABLE AS {cases}" for cases in signs)
        op.execute(
            f'CREATE TRIGGER case_counted_on_{event} AFTER {event.upper()} ON "case" REFERENCING {tables} '
            f"FOR EACH STATEMENT EXECUTE FUNCTION tally_cases_on_{event}()"
        )


def downgrade():
    if sqlite():
        for name in ("case_counted", "case_discounted", "case_recounted"):
            drop_trigger(name, "case")
    else:
        for event in ("insert", "delete", "update"):
            drop_trigger(f"case_counted_on_{event}", "case")
            op.execute(f"DROP FUNCTION tally_cases_on_{event}()")
    for table in ("attempt", "frame", "frame_row"):
        drop_trigger(f"{table}_no_update", table)
    with triggers_aside():
        restore_tables()
    guard_calls()
    guard_frames("OLD.sealed_at IS NOT NULL")
    for table in ("case_tally", "reassignment", "destruction", "incident", "inbound_call", "line"):
        op.drop_table(table)


def restore_tables():
    with op.batch_alter_table("verbatim") as verbatim:
        verbatim.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
    with op.batch_alter_table("answer_event") as event:
        event.drop_column("seconds")
    with op.batch_alter_table("interview") as interview:
        interview.drop_constraint(op.f("ck_interview_status_known"), type_="check")
        interview.create_check_constraint(op.f("ck_interview_status_known"), STATUS_BEFORE)
        interview.drop_constraint(op.f("uq_interview_token"), type_="unique")
        interview.drop_index(op.f("ix_interview_counted_at"))
        interview.drop_column("withdrawn_at")
        interview.drop_column("token")
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_constraint(op.f("ck_attempt_mode_known"), type_="check")
        attempt.drop_constraint(op.f("fk_attempt_line_id_line"), type_="foreignkey")
        attempt.drop_column("line_id")
        attempt.drop_column("mode")
    op.drop_index("ix_case_pool", "case")
    with op.batch_alter_table("case") as case:
        for name in ("senior_until", "route", "needs", "zone"):
            case.drop_column(name)
    with op.batch_alter_table("contact") as contact:
        contact.alter_column("phones_sealed", existing_type=sa.LargeBinary(), nullable=False)
        contact.alter_column("salutation_sealed", existing_type=sa.LargeBinary(), nullable=False)
        contact.drop_column("address_sealed")
    with op.batch_alter_table("round") as round_:
        round_.drop_column("home_visits")
    with op.batch_alter_table("season") as season:
        for name in ("retention", "on_call_phone", "on_call_name"):
            season.drop_column(name)
    with op.batch_alter_table("recusal") as recusal:
        recusal.drop_constraint(op.f("ck_recusal_raised_by_known"), type_="check")
        recusal.drop_column("raised_by")
    with op.batch_alter_table("user") as user:
        user.drop_constraint(op.f("fk_user_line_id_line"), type_="foreignkey")
        user.drop_column("line_id")
        user.drop_column("skills")
