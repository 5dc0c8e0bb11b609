"""Every door by which data of a round could change is shut once the round is closed."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_case import TEN, make_released_cases
from build_frame import make_frame
from sqlalchemy import true

from survey.errors import Conflict
from survey.models.call import Attempt
from survey.models.draw import Release
from survey.models.frame import FrameRow
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.services import (
    calls,
    canonical,
    designs,
    draws,
    hands,
    interviews,
    queue,
    releases,
    roster_review,
    rosters,
    seasons,
)
from survey.services.calls import Outcome
from survey.services.interviews import Given

LEASE = timedelta(minutes=15)
AFTER = TEN + timedelta(minutes=10)
ANSWER = Given("event-0001", "A1", "1", "zh", 0)
CHANGED = Given("event-0002", "A1", "2", "zh", 1)


@pytest.fixture
def wang(people):
    return people("surveyor", "王芳")


@pytest.fixture
def field(session, vault, wang):
    """Two households: one with an answer and a call just recorded, one taken and not yet called."""
    make_released_cases(session, vault, 3)
    first = queue.next_case(session, wang, true(), TEN, LEASE)
    interview = interviews.start(session, actor_of(wang), TEN, first)
    interviews.save_answers(session, vault, actor_of(wang), TEN, interview, [ANSWER])
    calls.record(session, vault, actor_of(wang), TEN, first, Outcome("uid-00000001", "D22", 1))
    second = queue.next_case(session, wang, true(), TEN, LEASE)
    assert second is not first
    session.get(Round, first.round_id).closed_at = AFTER
    session.flush()
    return Field(session, vault, wang, first, second)


class Field:
    def __init__(self, session, vault, user, called, taken):
        self.session, self.vault, self.actor = session, vault, actor_of(user)
        self.called, self.taken = called, taken
        self.round_ = session.get(Round, called.round_id)

    def record(self):
        calls.record(
            self.session, self.vault, self.actor, AFTER, self.taken, Outcome("uid-00000002", "D37", 1)
        )

    def appointment(self):
        given = Outcome("uid-00000003", "D21", 1, appointment_at=AFTER + timedelta(days=1))
        calls.record(self.session, self.vault, self.actor, AFTER, self.taken, given)

    def correct(self):
        wrong = self.session.query(Attempt).filter_by(case_id=self.called.id).one()
        calls.correct(self.session, self.vault, self.actor, AFTER, wrong, Outcome("uid-00000004", "D12", 1))

    def reveal(self):
        calls.reveal(self.session, self.vault, self.actor, AFTER, self.taken, 1)

    def start(self):
        interviews.start(self.session, self.actor, AFTER, self.taken)

    def answer(self):
        interview = interviews.start(self.session, self.actor, AFTER, self.called)
        interviews.save_answers(self.session, self.vault, self.actor, AFTER, interview, [CHANGED])

    def open_again(self):
        hands.check_in_field(self.session, AFTER, self.called)

    def release(self):
        releases.release(self.session, self.actor, AFTER, self.round_, {"*": 1}, "补一户")

    def edit_round(self):
        seasons.edit_round(
            self.session, self.actor, AFTER, self.round_, questionnaire="short", target_group="别的对象",
            target_completes=100, fieldwork_from=self.round_.fieldwork_from, fieldwork_to=self.round_.fieldwork_to,
            records_calls=False,
        )  # fmt: skip

    def upload(self):
        rosters.upload(
            self.session, self.vault, self.actor, AFTER, self.round_, name="名册.xlsx", data=b"x", password=""
        )

    def import_roster(self):
        rosters.import_roster(self.session, self.vault, self.actor, AFTER, self.round_)

    def exclude(self):
        roster_review.exclude(
            self.session, self.actor, AFTER, self.round_, self.called.household_id, "已迁出"
        )

    def confirm(self):
        roster_review.confirm(self.session, self.actor, AFTER, self.round_, "站长")


DOORS = [
    "record", "appointment", "correct", "reveal", "start", "answer", "open_again", "release", "edit_round", "upload",
    "import_roster", "exclude", "confirm",
]  # fmt: skip


def contents(session):
    session.flush()
    rows = [
        session.query(kind).order_by(kind.id).all() for kind in (Attempt, AnswerEvent, Interview, Release)
    ]
    excluded = session.query(FrameRow.id, FrameRow.excluded_reason).order_by(FrameRow.id).all()
    return rows, excluded, [(row.value, row.revision) for row in rows[1]]


@pytest.mark.parametrize("door", DOORS)
def test_nothing_of_a_closed_round_can_be_changed(session, field, door):
    before = contents(session)

    with pytest.raises(Conflict, match="数据已冻结") as found:
        getattr(field, door)()

    assert found.value.code == "round-closed"
    assert contents(session) == before


@pytest.mark.parametrize("door", sorted(set(DOORS) - {"exclude", "confirm", "upload", "import_roster"}))
def test_the_same_doors_are_open_while_the_round_is(session, field, door):
    """Otherwise the test above would pass for the wrong reason."""
    field.round_.closed_at = None
    session.flush()

    try:
        getattr(field, door)()
    except Conflict as other:
        assert other.code != "round-closed"
    except Exception as other:
        assert door in ("release", "edit_round"), (
            other
        )  # refused for what they were given, not for the freeze


def test_the_queue_offers_nobody_of_a_closed_round(session, field, people):
    assert queue.next_case(session, people("surveyor"), true(), AFTER, LEASE) is None


def test_what_was_stored_before_is_acknowledged_again_so_that_browsers_can_forget_it(session, vault, field):
    interview = interviews.start(session, field.actor, AFTER, field.called)
    saved = interviews.save_answers(session, vault, field.actor, AFTER, interview, [ANSWER])
    attempt, _ = calls.record(
        session, vault, field.actor, AFTER, field.called, Outcome("uid-00000001", "D22", 1)
    )

    assert saved.uids == ("event-0001",) and not saved.not_kept
    assert attempt.outcome == "D22" and session.query(Attempt).count() == 1


def test_a_frame_of_a_closed_round_is_not_sealed(session, vault, people):
    round_ = make_round(session)
    frame = make_frame(session, vault, round_, {"一片区": 3})
    round_.closed_at = NOON
    session.flush()

    with pytest.raises(Conflict) as found:
        canonical.seal_frame(
            session, vault, actor_of(people("coordinator")), frame, stratify_by="zone", now=NOON
        )

    assert found.value.code == "round-closed"


@pytest.mark.parametrize("step", ["save", "gap", "lock", "source", "seed", "draw"])
def test_neither_design_nor_draw_of_a_closed_round_changes(session, field, step):
    at, round_, actor = AFTER, field.round_, field.actor
    steps = {
        "save": lambda: designs.save_draft(session, actor, at, round_, designs.Choice("census", 3)),
        "gap": lambda: designs.confirm_gap(session, actor, at, round_, "确认"),
        "lock": lambda: designs.lock(session, actor, at, round_),
        "source": lambda: draws.name_seed_source(session, actor, at, round_, "骰子", at + LEASE),
        "seed": lambda: draws.enter_seed(session, actor, at, round_, "1"),
        "draw": lambda: draws.draw(session, actor, at, round_),
    }

    with pytest.raises(Conflict):
        steps[step]()
