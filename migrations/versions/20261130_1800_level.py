"""a household keeps its follow-up level (跟进级别), and a sealed frame guards it"""

import sqlalchemy as sa
from alembic import op

revision = "20261130level"
down_revision = "20261123desk"
branch_labels = None
depends_on = None

COLUMNS = [
    "frame_id", "household_id", "sheet", '"row"', "zone", "community", "persons", "categories", "language", "needs",
    "flags", "dialable_phones", "excluded_reason", "stratum", "commitment",
]  # fmt: skip
STAYS = "a sealed frame cannot be changed"
SEALED = "(SELECT sealed_at FROM frame WHERE frame.id = OLD.frame_id) IS NOT NULL"


def upgrade():
    drop_guard()
    op.add_column("frame_row", sa.Column("level", sa.String(20), nullable=False, server_default=""))
    guard([*COLUMNS, "level"])


def downgrade():
    drop_guard()
    op.drop_column("frame_row", "level")
    guard(COLUMNS)


def sqlite():
    return op.get_bind().dialect.name == "sqlite"


def drop_guard():
    op.execute("DROP TRIGGER frame_row_no_update" + ("" if sqlite() else " ON frame_row"))


def guard(columns):
    """Of a sealed row the salt may be erased, and nothing else changes."""
    old, new = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    changed = " OR ".join(f"{old} <> {new}".format(column) for column in columns)
    changed = f"NEW.salt_sealed IS NOT NULL OR {changed}"
    if sqlite():
        op.execute(
            f"CREATE TRIGGER frame_row_no_update BEFORE UPDATE ON frame_row WHEN {SEALED} AND ({changed}) "
            f"BEGIN SELECT RAISE(ABORT, '{STAYS}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER frame_row_no_update BEFORE UPDATE ON frame_row FOR EACH ROW WHEN ({changed}) "
            f"EXECUTE FUNCTION refuse_change_when_sealed('{STAYS}')"
        )
