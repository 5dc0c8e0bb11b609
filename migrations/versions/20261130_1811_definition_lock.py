"""the definition of a round is locked by its first release: adoptions, the season's own definition, guards"""

import sqlalchemy as sa
from alembic import op

revision = "20261130definition"
down_revision = "20261130words"
branch_labels = None
depends_on = None

KEPT = {
    "definition_version": "a definition cannot be changed, only followed by a new version",
    "definition_adoption": "an adopted definition stays recorded",
}
LOCKED = "the definition is locked since the first release"
#: released, and no adoption after the release says that this definition holds from now on
UNSAID = (
    "EXISTS (SELECT 1 FROM release WHERE release.round_id = OLD.id) AND NOT EXISTS (SELECT 1 FROM definition_adoption a "
    "WHERE a.round_id = OLD.id AND a.definition_id = NEW.definition_id AND a.after_release)"
)


def upgrade():
    op.create_table(
        "definition_adoption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("after_release", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "after_release = false OR length(reason) > 0",
            name=op.f("ck_definition_adoption_reason_after_release"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_definition_adoption_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition_version.id"],
            name=op.f("fk_definition_adoption_definition_id_definition_version"),
        ),
        sa.ForeignKeyConstraint(
            ["adopted_by_id"], ["user.id"], name=op.f("fk_definition_adoption_adopted_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_adoption")),
    )  # fmt: skip
    op.create_index(op.f("ix_definition_adoption_round_id"), "definition_adoption", ["round_id"])
    with op.batch_alter_table("season") as season:
        season.add_column(sa.Column("definition_id", sa.Integer(), nullable=True))
        season.create_foreign_key(
            op.f("fk_season_definition_id_definition_version"), "definition_version", ["definition_id"], ["id"]
        )
    op.execute(
        "INSERT INTO definition_adoption (round_id, definition_id, adopted_at, reason, after_release) "
        "SELECT id, definition_id, created_at, '', false FROM round"
    )
    guard()


def guard():
    """Definitions and adoptions stay as they are, and a released round changes its definition only with an adoption."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, message in KEPT.items():
        for event in ("UPDATE", "DELETE"):
            then = (
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                if sqlite
                else f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} {then}")
    changed = "NEW.definition_id <> OLD.definition_id"
    if sqlite:
        op.execute(
            f"CREATE TRIGGER round_definition_stays BEFORE UPDATE OF definition_id ON round WHEN {changed} AND {UNSAID} "
            f"BEGIN SELECT RAISE(ABORT, '{LOCKED}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_unsaid_definition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {UNSAID} THEN RAISE EXCEPTION '{LOCKED}' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER round_definition_stays BEFORE UPDATE OF definition_id ON round FOR EACH ROW WHEN ({changed}) "
        "EXECUTE FUNCTION refuse_unsaid_definition()"
    )


def downgrade():
    sqlite = op.get_bind().dialect.name == "sqlite"
    triggers = {f"{table}_no_{event}": table for table in KEPT for event in ("update", "delete")}
    for name, table in (triggers | {"round_definition_stays": "round"}).items():
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION refuse_unsaid_definition()")
    with op.batch_alter_table("season") as season:
        season.drop_constraint(op.f("fk_season_definition_id_definition_version"), type_="foreignkey")
        season.drop_column("definition_id")
    op.drop_table("definition_adoption")
