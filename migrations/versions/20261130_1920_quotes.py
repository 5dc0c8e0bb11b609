"""quotes from verbatims: proposed by one person, decided by another"""

import sqlalchemy as sa
from alembic import op

revision = "20261130quotes"
down_revision = "20261130coding"
branch_labels = None
depends_on = None

KEPT = "the text of a quote cannot be changed, only decided on or taken back"
#: what somebody else has looked at stays as it was looked at
FIXED = "round_id, event_id, form, text, theme, kind, prevalence, warnings, proposed_at, proposed_by_id"


def upgrade():
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("theme", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(10), nullable=True),
        sa.Column("prevalence", sa.String(8), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(8), nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by_id", sa.Integer(), nullable=True),
        *checks(),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_quote_round_id_round")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["verbatim.event_id"], name=op.f("fk_quote_event_id_verbatim")
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user.id"], name=op.f("fk_quote_proposed_by_id_user")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_quote_decided_by_id_user")),
        sa.ForeignKeyConstraint(
            ["taken_back_by_id"], ["user.id"], name=op.f("fk_quote_taken_back_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    op.create_index("ix_quote_round", "quote", ["round_id", "decision", "proposed_at"])
    op.create_index(op.f("ix_quote_event_id"), "quote", ["event_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    then = (
        f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        if sqlite
        else f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{KEPT}')"
    )
    op.execute(f"CREATE TRIGGER quote_text_stays BEFORE UPDATE OF {FIXED} ON quote {then}")


def checks():
    named = {
        "form_known": "form IN ('original', 'excerpt', 'paraphrase')",
        "prevalence_known": "prevalence IN ('typical', 'rare')",
        "kind_known": "kind IN ('praise', 'complaint', 'request', 'suggestion')",
        "kind_with_theme": "(kind IS NULL) = (theme IS NULL)",
        "decision_known": "decision IN ('approved', 'rejected')",
        "decided_by_somebody": (
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL)"
        ),
        "decided_by_another": "decided_by_id <> proposed_by_id",
        "rejected_with_reason": (
            "decision IS NULL OR decision = 'approved' OR (reason IS NOT NULL AND length(reason) > 0)"
        ),
        "taken_back_by_somebody": "(taken_back_at IS NULL) = (taken_back_by_id IS NULL)",
    }
    return [sa.CheckConstraint(text, name=op.f(f"ck_quote_{name}")) for name, text in named.items()]


def downgrade():
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER quote_text_stays" + ("" if sqlite else " ON quote"))
    op.drop_table("quote")
