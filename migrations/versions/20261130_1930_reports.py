"""versions of a round's report text, which are followed and never changed, and the Word template"""

import sqlalchemy as sa
from alembic import op

revision = "20261130reports"
down_revision = "20261130quotes"
branch_labels = None
depends_on = None

MESSAGE = "a saved report version cannot be changed, only followed"
#: what the removal of withdrawn words leaves as it is
KEPT = [
    "id", "round_id", "number", "stage", "method", "digest", "open_findings", "made_at", "made_by_id", "note",
]  # fmt: skip


def upgrade():
    op.create_table(
        "report_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("praise", sa.JSON(), nullable=False),
        sa.Column("concern", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("open_findings", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_report_version_number_from_one")),
        sa.CheckConstraint("stage IN ('draft', 'final')", name=op.f("ck_report_version_stage_known")),
        sa.CheckConstraint("open_findings >= 0", name=op.f("ck_report_version_open_findings_counted")),
        sa.CheckConstraint(
            "stage <> 'final' OR open_findings = 0 OR length(note) > 0",
            name=op.f("ck_report_version_final_without_findings_or_with_reason"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_report_version_round_id_round")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_report_version_made_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_version")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_report_version_round_id_number")),
    )
    op.create_table(
        "report_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_report_template_named")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["user.id"], name=op.f("fk_report_template_uploaded_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_template")),
    )
    guard()


def guard():
    """No DELETE, and no UPDATE but one that takes withdrawn words out and says when."""
    old, new = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    changed = " OR ".join(f"{old} <> {new}".format(column) for column in KEPT)
    conditions = {"UPDATE": f"NEW.redacted_at IS NULL OR {changed}", "DELETE": None}
    sqlite = op.get_bind().dialect.name == "sqlite"
    for event, condition in conditions.items():
        when = f"WHEN ({condition}) " if condition else ""
        then = (
            f"{when}BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            if sqlite
            else f"FOR EACH ROW {when}EXECUTE FUNCTION refuse_change('{MESSAGE}')"
        )
        op.execute(f"CREATE TRIGGER report_version_no_{event.lower()} BEFORE {event} ON report_version {then}")


def downgrade():
    sqlite = op.get_bind().dialect.name == "sqlite"
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER report_version_no_{event}" + ("" if sqlite else " ON report_version"))
    op.drop_table("report_template")
    op.drop_table("report_version")
