"""the codebook in versions, codings of verbatims and their codes"""

import sqlalchemy as sa
from alembic import op

revision = "20261130coding"
down_revision = "20261130deskindexes"
branch_labels = None
depends_on = None

KEPT = "a codebook cannot be changed, only followed by a new version"


def upgrade():
    op.create_table(
        "codebook_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_codebook_version_created_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codebook_version")),
        sa.UniqueConstraint("version", name=op.f("uq_codebook_version_version")),
    )
    add_codings()
    op.create_table(
        "code",
        sa.Column("coding_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('praise', 'complaint', 'request', 'suggestion')", name=op.f("ck_code_kind_known")
        ),
        sa.ForeignKeyConstraint(["coding_id"], ["coding.id"], name=op.f("fk_code_coding_id_coding")),
        sa.PrimaryKeyConstraint("coding_id", "kind", "theme", name=op.f("pk_code")),
    )
    guard()


def add_codings():
    op.create_table(
        "coding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("codebook_id", sa.Integer(), nullable=False),
        sa.Column("coded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("paraphrase", sa.Text(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('first', 'second', 'settled')", name=op.f("ck_coding_role_known")),
        sa.CheckConstraint("role <> 'second' OR stands = false", name=op.f("ck_coding_second_never_stands")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["verbatim.event_id"], name=op.f("fk_coding_event_id_verbatim")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_coding_round_id_round")),
        sa.ForeignKeyConstraint(["coder_id"], ["user.id"], name=op.f("fk_coding_coder_id_user")),
        sa.ForeignKeyConstraint(
            ["codebook_id"], ["codebook_version.id"], name=op.f("fk_coding_codebook_id_codebook_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding")),
        sa.UniqueConstraint("event_id", "role", name=op.f("uq_coding_event_id_role")),
    )
    op.create_index(
        "ix_coding_one_stands", "coding", ["event_id"], unique=True,
        sqlite_where=sa.text("stands = 1"), postgresql_where=sa.text("stands"),
    )  # fmt: skip
    # the codings that count of a round, and how many of each role somebody has made
    op.create_index("ix_coding_round_stands", "coding", ["round_id", "stands", "event_id"])
    op.create_index("ix_coding_round_role", "coding", ["round_id", "role", "coder_id"])
    op.create_index(op.f("ix_coding_coder_id"), "coding", ["coder_id"])


def guard():
    sqlite = op.get_bind().dialect.name == "sqlite"
    then = (
        f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        if sqlite
        else f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{KEPT}')"
    )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER codebook_version_no_{event.lower()} BEFORE {event} ON codebook_version {then}"
        )


def downgrade():
    sqlite = op.get_bind().dialect.name == "sqlite"
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER codebook_version_no_{event}" + ("" if sqlite else " ON codebook_version"))
    op.drop_table("code")
    op.drop_table("coding")
    op.drop_table("codebook_version")
