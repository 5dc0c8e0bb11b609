"""rechecks of interviews by a second person, and the objections of stations"""

import sqlalchemy as sa
from alembic import op

revision = "20261130rechecks"
down_revision = "20261130definition"
branch_labels = None
depends_on = None


def moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def user(table, *columns):
    return [
        sa.ForeignKeyConstraint([name], ["user.id"], name=op.f(f"fk_{table}_{name}_user")) for name in columns
    ]


def check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade():
    add_objections()
    add_rechecks()
    # those that counted since the last one was drawn are found without reading the whole round
    op.create_index("ix_interview_round_counted", "interview", ["round_id", "counted_at"])


def add_objections():
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("raised_by", sa.String(60), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=False),
        moment("received_at", nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        moment("closed_at"),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(400), nullable=True),
        check("objection", "households_positive", "households >= 1"),
        check("objection", "closed_by_somebody", "(closed_at IS NULL) = (closed_by_id IS NULL)"),
        check("objection", "closed_with_finding", "(closed_at IS NULL) = (finding IS NULL)"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_objection_round_id_round")),
        *user("objection", "recorded_by_id", "closed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index(op.f("ix_objection_round_id"), "objection", ["round_id"])


def add_rechecks():
    op.create_table(
        "recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("surveyor_id", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.String(40), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=True),
        sa.Column("ticket", sa.String(32), nullable=False),
        moment("selected_at", nullable=False),
        moment("drawn_at"),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        moment("taken_until"),
        sa.Column("calls", sa.Integer(), nullable=False),
        moment("due_at"),
        sa.Column("took_place", sa.String(8), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        moment("answered_at"),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=True),
        moment("done_at"),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposal", sa.String(200), nullable=True),
        moment("proposed_at"),
        sa.Column("decision", sa.String(8), nullable=True),
        sa.Column("decision_reason", sa.String(200), nullable=True),
        moment("decided_at"),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        check("recheck", "reason_given", "length(reasons) > 0"),
        check("recheck", "drawn_at_random", "(drawn_at IS NULL) = (reasons NOT LIKE 'random%')"),
        check("recheck", "outcome_known", "outcome IN ('verified', 'error', 'not_reached', 'declined')"),
        check("recheck", "took_place_known", "took_place IN ('yes', 'other', 'no', 'unsure')"),
        check("recheck", "done_with_outcome", "(outcome IS NULL) = (done_at IS NULL)"),
        check("recheck", "answered_as_a_whole", "(answered_at IS NULL) = (took_place IS NULL)"),
        check("recheck", "decision_known", "decision IN ('void', 'keep')"),
        check("recheck", "decided_on_a_proposal", "decision IS NULL OR proposal IS NOT NULL"),
        check(
            "recheck",
            "decided_with_reason",
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL) "
            "AND (decision IS NULL) = (decision_reason IS NULL)",
        ),
        check("recheck", "decided_by_another", "decided_by_id <> verifier_id"),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name=op.f("fk_recheck_interview_id_interview")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_recheck_round_id_round")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_recheck_objection_id_objection")
        ),
        *user("recheck", "surveyor_id", "verifier_id", "decided_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck")),
        sa.UniqueConstraint("interview_id", name=op.f("uq_recheck_interview_id")),
    )
    # the counts of a round are read from this alone
    op.create_index("ix_recheck_counted", "recheck", ["round_id", "outcome", "decision", "drawn_at"])
    for column in ("surveyor_id", "objection_id", "verifier_id"):
        op.create_index(op.f(f"ix_recheck_{column}"), "recheck", [column])


def downgrade():
    op.drop_index("ix_interview_round_counted", "interview")
    op.drop_table("recheck")
    op.drop_table("objection")
