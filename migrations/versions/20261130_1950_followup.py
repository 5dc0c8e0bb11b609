"""items to follow up with their log, anonymous batches, and recommendations"""

import sqlalchemy as sa
from alembic import op

revision = "20261130followup"
down_revision = "20261130reportlinks"
branch_labels = None
depends_on = None

KINDS = "kind IN ('urgent', 'broken_promise', 'language_access', 'complaint', 'need', 'suggestion')"
EVENTS = "kind IN ('handed_over', 'moved', 'returned', 'replied', 'extended', 'called', 'closed', 'recalled', 'undone')"
LOGGED = [
    "uid", "item_id", "kind", "at", "by_id", "outcome", "until", "proof_name", "proof_digest", "undoes_id",
]  # fmt: skip
SEALED = ["text_sealed", "proof_sealed"]
STAYS = "what happened to an item cannot be changed, only taken back by another event"


def moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name, nullable=True):
    return sa.Column(name, sa.Integer(), nullable=nullable)


def to(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def key(table):
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def index(table, *columns):
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade():
    op.add_column("season", sa.Column("followup", sa.JSON(), nullable=False, server_default="{}"))
    add_batches()
    add_items()
    add_events()
    add_recommendations()
    guard()


def add_batches():
    op.create_table(
        "action_batch",
        number("id", False),
        number("season_id", False),
        number("round_id"),
        sa.Column("owner", sa.String(10), nullable=False),
        number("households", False),
        number("items", False),
        moment("made_at", False),
        number("made_by_id", False),
        check("action_batch", "points_at_nobody", "households >= 5"),
        to("action_batch", "season_id", "season"),
        to("action_batch", "round_id", "round"),
        to("action_batch", "made_by_id", "user"),
        key("action_batch"),
    )
    index("action_batch", "season_id", "round_id")


def add_items():
    table = "action_item"
    op.create_table(
        table,
        number("id", False),
        sa.Column("code", sa.String(8), nullable=False),
        number("round_id", False),
        number("holder_round_id", False),
        number("interview_id"),
        number("event_id"),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("consent", sa.String(10), nullable=False),
        sa.Column("receivers", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        moment("checked_at"),
        number("checked_by_id"),
        moment("collected_at", False),
        moment("handed_over_at"),
        number("batch_id"),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        check(table, "kind_known", KINDS),
        check(table, "consent_known", "consent IN ('named', 'anonymous', 'none')"),
        check(table, "owner_known", "owner IN ('', 'station', 'street', 'district')"),
        check(table, "without_consent_stays", "consent <> 'none' OR handed_over_at IS NULL"),
        check(table, "without_consent_untold", "consent <> 'none' OR text = ''"),
        check(
            table,
            "anonymous_in_batches",
            "consent <> 'anonymous' OR handed_over_at IS NULL OR batch_id IS NOT NULL",
        ),
        check(table, "contact_of_named", "consent = 'named' OR contact_sealed IS NULL"),
        check(table, "checked_before_leaving", "handed_over_at IS NULL OR checked_at IS NOT NULL"),
        to(table, "round_id", "round"),
        to(table, "holder_round_id", "round"),
        to(table, "interview_id", "interview"),
        to(table, "event_id", "answer_event"),
        to(table, "checked_by_id", "user"),
        to(table, "batch_id", "action_batch"),
        key(table),
        sa.UniqueConstraint("code", name=op.f("uq_action_item_code")),
        sa.UniqueConstraint("interview_id", "question", name=op.f("uq_action_item_interview_id_question")),
    )
    index(table, "round_id", "holder_round_id", "event_id", "batch_id")


def add_events():
    table = "action_event"
    op.create_table(
        table,
        number("id", False),
        sa.Column("uid", sa.String(32), nullable=False),
        number("item_id", False),
        sa.Column("kind", sa.String(12), nullable=False),
        moment("at", False),
        number("by_id"),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proof_name", sa.String(200), nullable=True),
        sa.Column("proof_digest", sa.String(64), nullable=True),
        sa.Column("proof_sealed", sa.LargeBinary(), nullable=True),
        number("undoes_id"),
        check(table, "kind_known", EVENTS),
        check(table, "outcome_known", "outcome IN ('solved', 'partly', 'not_solved', 'not_reached')"),
        check(table, "called_with_outcome", "(kind = 'called') = (outcome IS NOT NULL)"),
        check(table, "undoes_something", "(kind = 'undone') = (undoes_id IS NOT NULL)"),
        check(table, "extended_until", "kind <> 'extended' OR until IS NOT NULL"),
        to(table, "item_id", "action_item"),
        to(table, "by_id", "user"),
        to(table, "undoes_id", "action_event"),
        key(table),
        sa.UniqueConstraint("uid", name=op.f("uq_action_event_uid")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_action_event_undoes_id")),
    )
    index(table, "item_id")


def add_recommendations():
    table = "recommendation"
    op.create_table(
        table,
        number("id", False),
        number("round_id", False),
        sa.Column("owner", sa.String(10), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        moment("made_at", False),
        number("made_by_id", False),
        number("carried_from_id"),
        moment("closed_at"),
        number("closed_by_id"),
        sa.Column("outcome", sa.String(8), nullable=True),
        sa.Column("finding", sa.String(400), nullable=True),
        check(table, "says_something", "length(text) > 0"),
        check(table, "owner_known", "owner IN ('station', 'street', 'district', 'evaluator')"),
        check(table, "outcome_known", "outcome IN ('done', 'partly', 'dropped')"),
        check(
            table,
            "closed_with_finding",
            "(closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (closed_by_id IS NULL) "
            "AND (closed_at IS NULL) = (finding IS NULL)",
        ),
        to(table, "round_id", "round"),
        to(table, "made_by_id", "user"),
        to(table, "carried_from_id", "recommendation"),
        to(table, "closed_by_id", "user"),
        key(table),
        sa.UniqueConstraint("carried_from_id", name=op.f("uq_recommendation_carried_from_id")),
    )
    index(table, "round_id")


# -- what stays as it is -----------------------------------------------------------------------------------------


def changed(columns):
    old, new = "COALESCE(CAST(OLD.{0} AS TEXT), '')", "COALESCE(CAST(NEW.{0} AS TEXT), '')"
    return " OR ".join(f"{old} <> {new}".format(column) for column in columns)


def sealed_anew(column):
    """Something sealed may be erased, and nothing put in its place."""
    return f"(NEW.{column} IS NOT NULL AND (OLD.{column} IS NULL OR NEW.{column} <> OLD.{column}))"


GUARDS = {
    "action_event_no_update": (
        "action_event",
        "UPDATE",
        " OR ".join([changed(LOGGED), *map(sealed_anew, SEALED)]),
    ),
    "action_event_no_delete": ("action_event", "DELETE", None),
    "action_batch_no_update": ("action_batch", "UPDATE", None),
    "action_batch_no_delete": ("action_batch", "DELETE", None),
}


def guard():
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (table, event, condition) in GUARDS.items():
        when = f"WHEN ({condition})" if condition else ""
        act = (
            f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_change('{STAYS}')"
            if postgresql
            else f"{when} BEGIN SELECT RAISE(ABORT, '{STAYS}'); END"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {act}")


def downgrade():
    for table in ("recommendation", "action_event", "action_item", "action_batch"):
        op.drop_table(table)
    with op.batch_alter_table("season") as season:
        season.drop_column("followup")
