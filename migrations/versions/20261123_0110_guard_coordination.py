"""a locked design keeps what it replaces and how it is coordinated; what was handed in or stated before a seal stays"""

from alembic import op

revision = "20261123guards"
down_revision = "20261123checkable"
branch_labels = None
depends_on = None

COORDINATION = ["redraw_of_id", "redraw_reason", "prn_start", "coordinated_with_id"]
MESSAGE = "a locked design cannot be changed"
KEPT = {"opening": "an opened identity stays opened", "frame_attachment": "what was handed in stays as it is"}


def changed():
    old, new = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    return " OR ".join(f"{old} <> {new}".format(column) for column in COORDINATION)


def upgrade():
    guard("design_coordination_stays", "design", f"WHEN (OLD.locked_at IS NOT NULL AND ({changed()}))", MESSAGE)
    for table, message in KEPT.items():
        guard(f"{table}_no_update", table, "", message)
    guard("opening_no_delete", "opening", "", KEPT["opening"], event="DELETE")


def guard(name, table, when, message, event="UPDATE"):
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION refuse_change('{message}')"
        )


def downgrade():
    on = {"design_coordination_stays": "design", "opening_no_delete": "opening"} | {f"{table}_no_update": table for table in KEPT}
    for name, table in on.items():
        op.execute(
            f"DROP TRIGGER {name}" + (f" ON {table}" if op.get_bind().dialect.name == "postgresql" else "")
        )
