"""the database itself refuses to change the trail, a sealed frame, a recorded call or a given answer"""

from alembic import op

revision = "20261122guards"
down_revision = "9e917a75bceb"
branch_labels = None
depends_on = None

SEALED = "(SELECT sealed_at FROM frame WHERE frame.id = {row}.frame_id) IS NOT NULL"

LOCKED = [
    "frame_id", "method", "rule_branch", "target_completes", "assumed_completion", "minimum_per_stratum",
    "allocation", "reserve", "rule_confirmation", "locked_at", "locked_by_id",
]  # fmt: skip
SOURCE = ["seed_source", "seed_named_at", "seed_named_by_id", "seed_expected_at"]
VALUE = ["seed_value", "seed_entered_at", "seed_entered_by_id"]
DRAWN = ["round_id", "design_id", "household_id", "frame_row_id", "stratum", "rank", "role", "ticket"]


def changed(columns):
    """A condition both databases read; as text, because PostgreSQL does not compare JSON."""
    old, new = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    return " OR ".join(f"{old} <> {new}".format(column) for column in columns)


#: trigger name -> (table, event, condition or None, message)
GUARDS = {
    "audit_entry_no_update": ("audit_entry", "UPDATE", None, "the audit trail cannot be changed"),
    "audit_entry_no_delete": ("audit_entry", "DELETE", None, "the audit trail cannot be changed"),
    "answer_event_no_update": (
        "answer_event",
        "UPDATE",
        None,
        "a given answer cannot be changed, only followed",
    ),
    "attempt_no_update": (
        "attempt",
        "UPDATE",
        None,
        "a recorded call cannot be changed, only corrected by another",
    ),
    "release_no_update": ("release", "UPDATE", None, "a release cannot be changed"),
    "release_no_delete": ("release", "DELETE", None, "a release cannot be changed"),
    "frame_no_update": ("frame", "UPDATE", "OLD.sealed_at IS NOT NULL", "a sealed frame cannot be changed"),
    "frame_no_delete": ("frame", "DELETE", "OLD.sealed_at IS NOT NULL", "a sealed frame cannot be changed"),
    "frame_row_no_insert": (
        "frame_row",
        "INSERT",
        SEALED.format(row="NEW"),
        "a sealed frame cannot be changed",
    ),
    "frame_row_no_update": (
        "frame_row",
        "UPDATE",
        SEALED.format(row="OLD"),
        "a sealed frame cannot be changed",
    ),
    "frame_row_no_delete": (
        "frame_row",
        "DELETE",
        SEALED.format(row="OLD"),
        "a sealed frame cannot be changed",
    ),
    "design_no_update": (
        "design",
        "UPDATE",
        "OLD.drawn_at IS NOT NULL",
        "a design that was drawn cannot be changed",
    ),
    "design_locked_stays": (
        "design",
        "UPDATE",
        f"OLD.locked_at IS NOT NULL AND ({changed(LOCKED)})",
        "a locked design cannot be changed",
    ),
    "design_source_stays": (
        "design",
        "UPDATE",
        f"OLD.seed_named_at IS NOT NULL AND ({changed(SOURCE)})",
        "a named source of the seed cannot be changed",
    ),
    "design_value_stays": (
        "design",
        "UPDATE",
        f"OLD.seed_entered_at IS NOT NULL AND ({changed(VALUE)})",
        "an entered seed cannot be changed",
    ),
    "design_no_delete": (
        "design",
        "DELETE",
        "OLD.locked_at IS NOT NULL",
        "a locked design cannot be deleted",
    ),
    "case_draw_stays": (
        "case",
        "UPDATE",
        changed(DRAWN),
        "what was drawn cannot be changed",
    ),
    "case_release_stays": (
        "case",
        "UPDATE",
        f"OLD.release_id IS NOT NULL AND ({changed(['release_id'])})",
        "a released case cannot be taken back",
    ),
    "case_no_delete": ("case", "DELETE", None, "what was drawn cannot be deleted"),
}


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        upgrade_postgresql()
    else:
        upgrade_sqlite()


def upgrade_sqlite():
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON \"{table}\" {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def upgrade_postgresql():
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
    )
    # a condition with a subquery cannot stand in WHEN, so row guards of frame_row look it up themselves
    op.execute(
        "CREATE FUNCTION refuse_change_when_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE changed record; BEGIN "
        "IF TG_OP = 'INSERT' THEN changed := NEW; ELSE changed := OLD; END IF; "
        "IF (SELECT sealed_at FROM frame WHERE frame.id = changed.frame_id) IS NOT NULL THEN "
        "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for name, (table, event, condition, message) in GUARDS.items():
        by_frame = condition is not None and "SELECT" in condition
        when = f"WHEN ({condition})" if condition and not by_frame else ""
        function = "refuse_change_when_sealed" if by_frame else "refuse_change"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON \"{table}\" FOR EACH ROW {when} EXECUTE FUNCTION {function}('{message}')"
        )
    op.execute(
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the audit trail cannot be changed')"
    )


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_no_truncate ON audit_entry")
        for name, (table, *_rest) in GUARDS.items():
            op.execute(f'DROP TRIGGER {name} ON "{table}"')
        op.execute("DROP FUNCTION refuse_change()")
        op.execute("DROP FUNCTION refuse_change_when_sealed()")
    else:
        for name in GUARDS:
            op.execute(f"DROP TRIGGER {name}")
