"""one-time links that bring a report version to the parties, what they return, and how it is answered"""

import sqlalchemy as sa
from alembic import op

revision = "20261130reportlinks"
down_revision = "20261130reports"
branch_labels = None
depends_on = None

PARTY_KNOWN = "party IN ('station', 'street', 'district', 'supervision')"


def number(name, nullable=False):
    return sa.Column(name, sa.Integer(), nullable=nullable)


def words(name, length=None, nullable=False):
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=nullable)


def moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def sealed(name):
    return sa.Column(name, sa.LargeBinary(), nullable=True)


def rules(table, **rules):
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()]


def refers(table, **columns):
    return [
        sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}_{to}"))
        for name, to in columns.items()
    ]


def unique(table, *columns):
    return [sa.UniqueConstraint(name, name=op.f(f"uq_{table}_{name}")) for name in columns]


def key(table):
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade():
    add_links()
    add_replies()
    add_comments()


def add_links():
    table = "report_link"
    op.create_table(
        table,
        number("id"),
        number("version_id"),
        words("party", 12),
        words("recipient", 60),
        words("secret_hash", 64),
        words("code_hash", 32),
        moment("made_at", nullable=False),
        number("made_by_id"),
        moment("expires_at", nullable=False),
        number("wrong_codes"),
        moment("opened_at"),
        words("opening_hash", 64, nullable=True),
        moment("ended_at"),
        number("ended_by_id", nullable=True),
        *rules(
            table,
            party_known=PARTY_KNOWN,
            expires_after_making="expires_at > made_at",
            few_wrong_codes="wrong_codes BETWEEN 0 AND 5",
            opened_in_time="opened_at IS NULL OR opened_at < expires_at",
            read_once_opened="opening_hash IS NULL OR opened_at IS NOT NULL",
            ended_when_by_somebody="ended_by_id IS NULL OR ended_at IS NOT NULL",
        ),
        *refers(table, version_id="report_version", made_by_id="user", ended_by_id="user"),
        *unique(table, "secret_hash", "opening_hash"),
        key(table),
    )
    op.create_index(op.f("ix_report_link_version_id"), table, ["version_id"])


def add_replies():
    table = "report_reply"
    op.create_table(
        table,
        number("id"),
        number("version_id"),
        words("party", 12),
        words("arrived", 8),
        number("link_id", nullable=True),
        words("receipt", 12),
        words("signed_by", 60),
        moment("received_at", nullable=False),
        number("recorded_by_id", nullable=True),
        words("document_name", 200, nullable=True),
        words("document_digest", 64, nullable=True),
        number("document_size", nullable=True),
        sealed("document_sealed"),
        *rules(
            table,
            party_known=PARTY_KNOWN,
            arrived_known="arrived IN ('link', 'document')",
            link_when_by_link="(arrived = 'link') = (link_id IS NOT NULL)",
            document_recorded="(arrived = 'document') = (recorded_by_id IS NOT NULL)",
            document_digested="document_sealed IS NULL OR document_digest IS NOT NULL",
        ),
        *refers(table, version_id="report_version", link_id="report_link", recorded_by_id="user"),
        *unique(table, "link_id", "receipt"),
        key(table),
    )
    op.create_index(op.f("ix_report_reply_version_id"), table, ["version_id"])


def add_comments():
    table = "report_comment"
    op.create_table(
        table,
        number("id"),
        number("reply_id"),
        words("kind", 12),
        words("place", 16),
        sealed("text_sealed"),
        words("masked"),
        words("answer", nullable=True),
        words("outcome", 8, nullable=True),
        moment("answered_at"),
        number("answered_by_id", nullable=True),
        number("taken_up_in_id", nullable=True),
        *rules(
            table,
            kind_known="kind IN ('agree', 'objection', 'correction')",
            words_unless_agreed="(kind = 'agree') = (masked = '')",
            outcome_known="outcome IN ('accepted', 'partly', 'rejected')",
            answered_as_a_whole="(outcome IS NULL) = (answer IS NULL) AND (outcome IS NULL) = (answered_at IS NULL) "
            "AND (outcome IS NULL) = (answered_by_id IS NULL)",
            nothing_to_answer_when_agreed="kind <> 'agree' OR outcome IS NULL",
            taken_up_when_accepted="taken_up_in_id IS NULL OR (outcome IS NOT NULL AND outcome <> 'rejected')",
        ),
        *refers(table, reply_id="report_reply", answered_by_id="user", taken_up_in_id="report_version"),
        key(table),
    )
    op.create_index(op.f("ix_report_comment_reply_id"), table, ["reply_id"])
    op.create_index(op.f("ix_report_comment_taken_up_in_id"), table, ["taken_up_in_id"])


def downgrade():
    for table in ("report_comment", "report_reply", "report_link"):
        op.drop_table(table)
