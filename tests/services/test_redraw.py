"""A second draw of the same frame: with a reason, before any release, and never silently."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_draw import walk
from build_frame import make_sealed_frame
from sqlalchemy.exc import IntegrityError

from survey.errors import SurveyError
from survey.models.draw import Case, Design
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.frame import FrameUnit
from survey.sampling.verification import verify
from survey.services import canonical, designs, draws, integrity, progress, releases, seasons
from survey.services.designs import Choice

ZONES = {"一片区": 60, "三片区": 100, "二片区": 80}
FIRST = Choice("proportional", 100, assumed_completion=0.6, minimum_per_stratum=45)
SECOND = Choice("srs", 110, assumed_completion=0.6)
REASON = "每层最低户数填错"
AGAIN = NOON + timedelta(hours=2)
NEXT_DAY = NOON + timedelta(days=1)


@pytest.fixture
def round_(session, vault):
    made = make_round(session)
    make_sealed_frame(session, vault, made, ZONES)
    return made


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def drawn(session, coordinator, round_):
    return walk(session, coordinator, round_, FIRST)


def start_again(session, coordinator, round_, reason=REASON):
    return draws.start_again(session, coordinator, AGAIN, round_, reason)


def refused(code, step, *arguments):
    with pytest.raises(SurveyError) as found:
        step(*arguments)
    assert found.value.code == code, found.value


def test_starting_again_puts_an_unlocked_copy_of_the_choice_in_place_and_takes_the_cases_away(
    session, coordinator, round_, drawn
):
    design = start_again(session, coordinator, round_)

    assert designs.design_of(session, round_) is design is not drawn
    assert (design.redraw_of_id, design.redraw_reason) == (drawn.id, REASON)
    assert designs.choice_of(design) == designs.choice_of(drawn) and design.allocation == drawn.allocation
    assert (design.locked_at, design.seed_source, design.drawn_at) == (None, None, None)
    assert session.query(Case).count() == 0
    assert drawn.certificate and drawn.certificate_digest


def test_the_certificate_of_the_second_draw_names_the_first_with_its_reason(
    session, coordinator, round_, drawn
):
    start_again(session, coordinator, round_)
    second = walk(session, coordinator, round_, SECOND, at=NEXT_DAY, seed="42")

    certificate = from_json(second.certificate)
    (earlier,) = certificate.earlier_draws
    assert (earlier.reason, earlier.drawn_by, earlier.seed_value) == (REASON, "李统筹", drawn.seed_value)
    assert (earlier.certificate_sha256, earlier.drawn_at) == (drawn.certificate_digest, drawn.drawn_at)
    assert [event.name for event in certificate.events][1:4] == [
        "frame_sealed",
        "redraw_started",
        "design_locked",
    ]
    frame = canonical.canonical_of(session, second.frame)
    assert [str(check.name) for check in verify(certificate, frame) if not check.agrees] == []


def test_a_third_draw_names_both_before_it_in_their_order(session, coordinator, round_, drawn):
    start_again(session, coordinator, round_)
    second = walk(session, coordinator, round_, SECOND, at=NEXT_DAY, seed="42")
    draws.start_again(session, coordinator, NEXT_DAY + timedelta(hours=2), round_, "目标数改回")
    third = walk(session, coordinator, round_, FIRST, at=NEXT_DAY + timedelta(days=1), seed="7")

    certificate = from_json(third.certificate)
    assert [(one.certificate_sha256, one.reason) for one in certificate.earlier_draws] == [
        (drawn.certificate_digest, REASON),
        (second.certificate_digest, "目标数改回"),
    ]
    assert [event.name for event in certificate.events].count("redraw_started") == 2


def test_only_the_latest_design_counts_everywhere(session, coordinator, round_, drawn):
    start_again(session, coordinator, round_)
    steps = {step.key: step.state for step in progress.path(session, round_)}
    assert (steps["seal"], steps["design"], steps["draw"]) == ("done", "now", "later")
    assert integrity.integrity_of(session, round_).drawn_at is None
    refused("not-drawn", releases.drawn_design, session, round_)
    seasons.refuse_when_fixed(session, round_)  # nothing has been asked yet

    second = walk(session, coordinator, round_, SECOND, at=NEXT_DAY, seed="42")
    found = integrity.integrity_of(session, round_)
    assert found.verified and found.certificate_digest == second.certificate_digest
    assert {case.design_id for case in session.query(Case)} == {second.id}
    refused("round-fixed", seasons.refuse_when_fixed, session, round_)


def test_a_certificate_that_keeps_an_earlier_draw_silent_is_found(
    session, coordinator, round_, drawn, monkeypatch
):
    start_again(session, coordinator, round_)
    monkeypatch.setattr("survey.services.certification.earlier_draws", lambda *_: [])
    walk(session, coordinator, round_, SECOND, at=NEXT_DAY, seed="42")

    differing = integrity.integrity_of(session, round_).differing
    assert [str(check.name) for check in differing] == ["被替换的抽样"]


def test_the_new_number_is_named_anew_and_lies_in_the_future(session, coordinator, round_, drawn):
    start_again(session, coordinator, round_)
    walk(session, coordinator, round_, SECOND, until="locked", at=NEXT_DAY)

    refused(
        "step-missing", draws.enter_seed, session, coordinator, NEXT_DAY + timedelta(hours=1), round_, "42"
    )
    source, old = drawn.seed_source, drawn.seed_expected_at
    named_at = NEXT_DAY + timedelta(hours=1)
    refused(
        "value-before-source", draws.name_seed_source, session, coordinator, named_at, round_, source, old
    )
    draws.name_seed_source(session, coordinator, named_at, round_, source, named_at + timedelta(hours=1))


@pytest.mark.parametrize("until", ["saved", "locked", "named", "entered"])
def test_nothing_is_replaced_before_it_was_drawn(session, coordinator, round_, until):
    walk(session, coordinator, round_, FIRST, until=until)

    refused("not-drawn-yet", start_again, session, coordinator, round_)
    assert session.query(Design).count() == 1


def test_after_a_release_it_is_too_late(session, coordinator, round_, drawn):
    releases.release(session, coordinator, AGAIN, round_, {"一片区": 1}, "第一批")

    refused("released-already", start_again, session, coordinator, round_)
    assert session.query(Design).count() == 1 and session.query(Case).count() > 167


def test_a_closed_round_is_not_drawn_again(session, coordinator, round_, drawn):
    round_.closed_at = AGAIN

    refused("round-closed", start_again, session, coordinator, round_)
    assert session.query(Design).count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "错" * 201])
def test_a_second_draw_needs_a_reason(session, coordinator, round_, drawn, reason):
    refused("text-length", start_again, session, coordinator, round_, reason)
    assert session.query(Design).count() == 1 and session.query(Case).count() > 167


def test_an_edited_frame_is_not_drawn_again(session, coordinator, round_, drawn, monkeypatch):
    edited = canonical.canonical_frame([FrameUnit("H-1", "一片区")])
    monkeypatch.setattr(canonical, "canonical_of", lambda *_: edited)

    refused("frame-edited", start_again, session, coordinator, round_)
    assert session.query(Design).count() == 1


def test_the_decision_stands_in_the_chained_trail_with_the_digest_of_what_it_replaces(
    session, coordinator, round_, drawn
):
    n = session.query(Case).count()
    design = start_again(session, coordinator, round_)

    entry = session.query(AuditEntry).filter_by(action="sample.redraw-started").one()
    assert entry.chain_number is not None and entry.user_id == coordinator.id
    assert entry.subject == f"design:{design.id}"
    assert entry.details == {"reason": REASON, "households": n, "certificate": drawn.certificate_digest}


def test_the_database_keeps_the_cases_of_a_draw_that_was_not_replaced(session, coordinator, round_, drawn):
    session.commit()

    with pytest.raises(IntegrityError):
        session.query(Case).delete()


def test_the_database_knows_no_second_first_design(session, coordinator, round_, drawn):
    copied = {name: getattr(drawn, name) for name in draws.CHOICE}
    session.commit()
    session.add(Design(**copied))

    with pytest.raises(IntegrityError):
        session.flush()
