"""跟进: what is to be done because of what a household said, to whom it went, what came of it; and recommendations."""

from __future__ import annotations

from datetime import date, datetime
from secrets import choice, token_hex

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime
from survey.models.season import Round

#: no 0 O 1 I L: a code is read from paper
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    """By chance, so that it tells nothing of the order of calls or of which items belong together."""
    return "".join(choice(CODE_LETTERS) for _ in range(8))


class ActionBatch(Base):
    """Anonymous items that left together. Never changed."""

    __tablename__ = "action_batch"
    __table_args__ = (CheckConstraint("households >= 5", name="points_at_nobody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("season.id"), index=True)
    #: null: items of several stations, to the district
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    owner: Mapped[str] = mapped_column(String(10))
    #: 户 and items in it when it left
    households: Mapped[int]
    items: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ActionItem(Base):
    """One thing that one household said and that something should follow from. Columns under "cache" follow from its log."""

    __tablename__ = "action_item"
    __table_args__ = (
        UniqueConstraint("interview_id", "question"),
        CheckConstraint(
            "kind IN ('urgent', 'broken_promise', 'language_access', 'complaint', 'need', 'suggestion')",
            name="kind_known",
        ),
        CheckConstraint("consent IN ('named', 'anonymous', 'none')", name="consent_known"),
        CheckConstraint("owner IN ('', 'station', 'street', 'district')", name="owner_known"),
        CheckConstraint("consent <> 'none' OR handed_over_at IS NULL", name="without_consent_stays"),
        CheckConstraint("consent <> 'none' OR text = ''", name="without_consent_untold"),
        CheckConstraint(
            "consent <> 'anonymous' OR handed_over_at IS NULL OR batch_id IS NOT NULL",
            name="anonymous_in_batches",
        ),
        CheckConstraint("consent = 'named' OR contact_sealed IS NULL", name="contact_of_named"),
        CheckConstraint("handed_over_at IS NULL OR checked_at IS NOT NULL", name="checked_before_leaving"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True, default=new_code)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    #: the round whose station accounts see it: another than its own once the next provider took it over
    holder_round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    #: null: the respondent withdrew, and the item is empty
    interview_id: Mapped[int | None] = mapped_column(ForeignKey("interview.id"))
    #: the answer that calls for it
    event_id: Mapped[int | None] = mapped_column(ForeignKey("answer_event.id"), index=True)
    question: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    consent: Mapped[str] = mapped_column(String(10))
    #: organisations that the household allows, space separated
    receivers: Mapped[str] = mapped_column(String(40), default="")
    #: who is to do something; empty: nobody may be told
    owner: Mapped[str] = mapped_column(String(10), default="")
    #: what the owner reads: a paraphrase that somebody checked, or a standing sentence; never the words that were said
    text: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: null with `checked_at` set: a standing sentence, in which nobody's words stand
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    collected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("action_batch.id"), index=True)
    #: 称呼 and numbers of a named item that was handed over, as JSON; null before, and after its time
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    # cache
    state: Mapped[str] = mapped_column(String(12), default="open")
    due_on: Mapped[date | None]

    round: Mapped[Round] = relationship(foreign_keys=[round_id])
    holder_round: Mapped[Round] = relationship(foreign_keys=[holder_round_id])
    batch: Mapped[ActionBatch | None] = relationship()


class ActionEvent(Base):
    """What happened to an item. Only ever added: taken back by a row that names the one it undoes; what is sealed in it
    may be erased."""

    __tablename__ = "action_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('handed_over', 'moved', 'returned', 'replied', 'extended', 'called', 'closed', 'recalled', "
            "'undone')",
            name="kind_known",
        ),
        CheckConstraint(
            "outcome IN ('solved', 'partly', 'not_solved', 'not_reached')",
            name="outcome_known",
        ),
        CheckConstraint("(kind = 'called') = (outcome IS NOT NULL)", name="called_with_outcome"),
        CheckConstraint("(kind = 'undone') = (undoes_id IS NOT NULL)", name="undoes_something"),
        CheckConstraint("kind <> 'extended' OR until IS NOT NULL", name="extended_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: token_hex(16))
    item_id: Mapped[int] = mapped_column(ForeignKey("action_item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: the system, because the respondent withdrew
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None] = mapped_column(String(12))
    #: the owner has until then
    until: Mapped[date | None]
    #: reply, reason or note; null: there is none, or it was erased
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: proof that something was done: name and SHA-256 of a file, and the file; null after its time
    proof_name: Mapped[str | None] = mapped_column(String(200))
    proof_digest: Mapped[str | None] = mapped_column(String(64))
    proof_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("action_event.id"), unique=True)


class Recommendation(Base):
    """建议 of a report to somebody, carried forward from round to round of the station until it is closed."""

    __tablename__ = "recommendation"
    __table_args__ = (
        CheckConstraint("length(text) > 0", name="says_something"),
        CheckConstraint("owner IN ('station', 'street', 'district', 'evaluator')", name="owner_known"),
        CheckConstraint("outcome IN ('done', 'partly', 'dropped')", name="outcome_known"),
        CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (closed_by_id IS NULL) "
            "AND (closed_at IS NULL) = (finding IS NULL)",
            name="closed_with_finding",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    owner: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(400))
    due_on: Mapped[date | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: the same recommendation in the station's round before
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"), unique=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None] = mapped_column(String(8))
    #: how that is known
    finding: Mapped[str | None] = mapped_column(String(400))

    round: Mapped[Round] = relationship()
