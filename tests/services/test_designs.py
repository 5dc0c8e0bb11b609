"""From the rule to the certificate: what is chosen, what is fixed, in which order, and that anybody can check it."""

from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round
from build_draw import walk
from build_frame import make_frame, make_sealed_frame
from sqlalchemy.exc import IntegrityError

from survey.errors import SurveyError
from survey.models.draw import Case
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.frame import FrameUnit
from survey.sampling.verification import verify, verify_commitments
from survey.services import canonical, designs, draws, expectations
from survey.services.designs import Choice

ZONES = {"一片区": 60, "三片区": 100, "二片区": 80}
LOCKED = NOON + timedelta(minutes=10)
NAMED = NOON + timedelta(minutes=20)
EXPECTED = NOON + timedelta(minutes=30)
ENTERED = NOON + timedelta(minutes=40)
DRAWN = NOON + timedelta(minutes=50)


@pytest.fixture
def round_(session):
    return make_round(session)


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator", "李统筹"))


def refused(code, step, *arguments):
    with pytest.raises(SurveyError) as found:
        step(*arguments)
    assert (found.value.code, found.value.status) == (code, 409), found.value
    return str(found.value)


PROPORTIONAL = Choice("proportional", 100, assumed_completion=0.6, minimum_per_stratum=45)


@pytest.mark.parametrize(
    ("zones", "persons", "branch", "target"),
    [
        ({"一片区": 40}, 2, "census", 40),
        ({"一片区": 60}, 2, "census_rule_gap", 60),
        ({"一片区": 120}, 1, "sample", 100),
    ],
)
def test_the_rule_counts_the_households_and_persons_of_the_frame(
    session, vault, round_, zones, persons, branch, target
):
    make_frame(session, vault, round_, zones, persons=persons)

    rule = designs.rule_of(session, round_)
    assert (rule.kind, rule.target_completes) == (branch, target)


def test_a_proportional_design_shares_the_sample_with_a_minimum_and_half_of_it_in_reserve(
    session, vault, round_, coordinator
):
    make_sealed_frame(session, vault, round_, ZONES)
    design = walk(session, coordinator, round_, PROPORTIONAL, until="saved")

    assert design.allocation == {"一片区": 45, "三片区": 68, "二片区": 54}  # 167 = ceiling(100 / 0.6)
    assert design.reserve == 34


def test_a_draft_may_be_changed_and_a_locked_design_not(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL, until="saved")
    design = walk(session, coordinator, round_, Choice("srs", 120, 0.8), until="locked")

    assert design.allocation == {"*": 150}
    refused("design-locked", walk, session, coordinator, round_, PROPORTIONAL, "saved")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice("srs", 90), "目标完成数 90 户"),
        (Choice("srs", 241), "名册共 240 户"),
        (Choice("srs", 100, assumed_completion=0), "完成率 0"),
        (Choice("srs", 100, assumed_satisfaction=1.2), "满意率 1.2"),
        (Choice("proportional", 100, minimum_per_stratum=70), "各层最低户数合计 200 户，多于样本量 167 户"),
        (Choice("quota", 100), "quota"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_value(session, vault, round_, coordinator, choice, words):
    make_sealed_frame(session, vault, round_, ZONES)

    with pytest.raises(SurveyError, match=words):
        walk(session, coordinator, round_, choice, until="saved")
    assert designs.design_of(session, round_) is None


def test_the_certificate_is_confirmed_by_the_public_verifier(session, vault, round_, coordinator):
    frame = make_sealed_frame(session, vault, round_, ZONES)
    design = walk(session, coordinator, round_, PROPORTIONAL)

    certificate = from_json(design.certificate)
    checks = verify(certificate, canonical.canonical_of(session, frame))
    assert [check.name for check in checks if not check.agrees] == []
    assert verify_commitments(certificate, canonical.commitment_list(session, frame)).agrees
    assert certificate.drawn_by == "李统筹"
    assert design.certificate_digest == certificate.certificate_sha256


def test_the_cases_are_the_units_of_the_certificate_held_in_ticket_order(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    design = walk(session, coordinator, round_, PROPORTIONAL)

    cases = session.query(Case).order_by(Case.stratum, Case.rank).all()
    units = sorted(from_json(design.certificate).units, key=lambda unit: (unit.stratum, unit.rank))
    assert [(c.household_id, c.role, c.ticket) for c in cases] == [(u.id, u.role, u.ticket) for u in units]
    assert {c.state for c in cases} == {"held"}
    for stratum in ZONES:
        tickets = [c.ticket for c in cases if c.stratum == stratum]
        assert tickets == sorted(tickets)


def test_full_coverage_draws_everybody_for_the_order_of_the_calls(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, {"一片区": 40}, persons=2)
    design = walk(session, coordinator, round_, Choice("census", 40))

    assert session.query(Case).count() == 40
    assert (design.rule_branch, design.reserve) == ("census", 0)


def test_where_the_rule_leaves_a_gap_somebody_has_to_confirm_it_first(session, vault, round_, coordinator):
    frame = make_sealed_frame(session, vault, round_, {"一片区": 60}, persons=2)
    choice = Choice("census", 60)
    refused("gap-unconfirmed", walk, session, coordinator, round_, choice, "locked")
    designs.confirm_gap(session, coordinator, LOCKED, round_, "街道办 黄科长，2025-04-10")

    design = walk(session, coordinator, round_, choice)
    certificate = from_json(design.certificate)
    assert certificate.rule.confirmation == "街道办 黄科长，2025-04-10"
    assert all(check.agrees for check in verify(certificate, canonical.canonical_of(session, frame)))


def test_a_sample_is_refused_where_the_rule_asks_for_everybody(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, {"一片区": 60}, persons=2)

    with pytest.raises(SurveyError, match="全部 60 户"):
        walk(session, coordinator, round_, Choice("srs", 60), until="saved")


def test_every_step_refuses_to_come_before_the_one_it_needs(session, vault, round_, coordinator):
    frame = make_frame(session, vault, round_, ZONES)
    refused("frame-not-sealed", walk, session, coordinator, round_, PROPORTIONAL, "saved")
    canonical.seal_frame(session, vault, coordinator, frame, stratify_by="zone", now=NOON)
    walk(session, coordinator, round_, PROPORTIONAL, until="saved")
    refused("step-missing", draws.name_seed_source, session, coordinator, NAMED, round_, "开奖", EXPECTED)
    designs.lock(session, coordinator, LOCKED, round_)
    refused("step-missing", draws.enter_seed, session, coordinator, ENTERED, round_, "42")
    refused("step-missing", draws.draw, session, coordinator, DRAWN, round_)


@pytest.mark.parametrize("expected", [NAMED, NAMED - timedelta(seconds=1)])
def test_a_source_whose_value_may_exist_already_is_refused(session, vault, round_, coordinator, expected):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL, until="locked")

    text = refused(
        "value-before-source", draws.name_seed_source, session, coordinator, NAMED, round_, "开奖", expected
    )
    assert "2025-04-10 12:20:00" in text  # Shanghai


def test_a_value_from_before_its_time_is_refused(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL, until="named")

    early = EXPECTED - timedelta(seconds=1)
    assert "12:30:00" in refused("seed-not-yet", draws.enter_seed, session, coordinator, early, round_, "42")


def test_dice_thrown_a_second_after_their_naming_are_a_source(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL, until="locked")
    second = timedelta(seconds=1)
    draws.name_seed_source(session, coordinator, NAMED, round_, "现场掷骰", NAMED + second)
    draws.enter_seed(session, coordinator, NAMED + second, round_, "4 6 1 3")

    assert draws.draw(session, coordinator, NAMED + 2 * second, round_).drawn_at


def test_full_width_digits_and_outer_blanks_do_not_make_another_seed():
    assert draws.normal_seed("　０４２ １７ \n") == "042 17"


@pytest.mark.parametrize("value", ["", "  ", "4|2", "4\n2", "7" * 201])
def test_an_unusable_seed_is_refused(value):
    with pytest.raises(SurveyError):
        draws.normal_seed(value)


def test_nothing_is_drawn_or_named_or_entered_twice(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL)

    refused("drawn-already", draws.draw, session, coordinator, DRAWN, round_)
    refused("seed-entered", draws.enter_seed, session, coordinator, DRAWN, round_, "43")
    refused("source-named", draws.name_seed_source, session, coordinator, DRAWN, round_, "x", DRAWN)
    assert session.query(Case).count() == len({c.household_id for c in session.query(Case)})


def test_a_frame_that_is_no_longer_the_sealed_one_is_not_drawn(
    session, vault, round_, coordinator, monkeypatch
):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL, until="entered")
    edited = canonical.canonical_frame([FrameUnit("H-1", "一片区")])
    monkeypatch.setattr(canonical, "canonical_of", lambda *_: edited)

    refused("frame-edited", draws.draw, session, coordinator, DRAWN, round_)
    assert session.query(Case).count() == 0


def test_the_steps_stand_in_the_chained_trail_with_who_took_them(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL)

    chained = session.query(AuditEntry).filter(AuditEntry.chain_number.is_not(None)).order_by(AuditEntry.id)
    assert [e.action for e in chained] == [
        "frame.sealed",
        "design.locked",
        "seed.source-named",
        "seed.entered",
        "sample.drawn",
    ]
    assert {e.user_id for e in chained if e.action != "frame.sealed"} == {coordinator.id}


LATER = DRAWN + timedelta(days=1)


@pytest.mark.parametrize(
    ("until", "changes"),
    [
        ("saved", {"seed_source": "x", "seed_named_at": NAMED, "seed_expected_at": EXPECTED}),
        ("locked", {"seed_source": "x", "seed_named_at": NAMED, "seed_expected_at": NAMED}),
        ("locked", {"seed_named_at": NAMED}),
        ("locked", {"seed_value": "1", "seed_entered_at": ENTERED}),
        ("locked", {"method": "srs"}),
        ("locked", {"allocation": {"一片区": 60}}),
        ("locked", {"locked_at": LATER}),
        ("locked", {"prn_start": "8"}),
        ("locked", {"prn_start": "8", "coordinated_with_id": 1}),
        ("named", {"seed_value": "1", "seed_entered_at": EXPECTED - timedelta(seconds=1)}),
        ("named", {"drawn_at": DRAWN, "certificate": "{}"}),
        ("named", {"seed_source": "另一个"}),
        ("entered", {"seed_value": "43"}),
        ("entered", {"drawn_at": DRAWN}),
        ("entered", {"drawn_at": NAMED, "certificate": "{}"}),
        ("drawn", {"certificate": "{}"}),
    ],
)
def test_the_database_itself_refuses_what_is_out_of_order(
    session, vault, round_, coordinator, until, changes
):
    make_sealed_frame(session, vault, round_, ZONES)
    design = walk(session, coordinator, round_, PROPORTIONAL, until)
    session.commit()
    for column, value in changes.items():
        setattr(design, column, value)

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_database_refuses_a_lock_without_the_confirmation_of_the_gap(session, vault, round_, coordinator):
    make_sealed_frame(session, vault, round_, {"一片区": 60}, persons=2)
    design = walk(session, coordinator, round_, Choice("census", 60), until="saved")
    design.locked_at = LOCKED

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("change", [{"rank": 9999}, {"ticket": "0"}, {"role": "reserve"}])
def test_the_database_refuses_to_change_what_was_drawn(session, vault, round_, coordinator, change):
    make_sealed_frame(session, vault, round_, ZONES)
    walk(session, coordinator, round_, PROPORTIONAL)
    session.commit()
    drawn = session.query(Case).filter_by(role="sample").first()
    for column, value in change.items():
        setattr(drawn, column, value)

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("choice", [PROPORTIONAL, Choice("srs", 100), Choice("census", 100)])
def test_the_parts_of_a_preview_add_up_to_the_whole(session, vault, round_, choice):
    make_sealed_frame(session, vault, round_, ZONES)
    found = expectations.preview(session, round_, choice)

    zones = found.lines[1:]
    assert [line.name for line in zones] == list(ZONES)
    for field in ("households", "sample", "completes", "satisfied"):
        assert sum(getattr(line, field) for line in zones) == getattr(found.whole, field)
    assert all(line.low <= line.satisfied / line.completes <= line.high for line in found.lines)


def test_a_preview_gives_the_interval_that_the_results_will_give(session, vault, round_):
    make_sealed_frame(session, vault, round_, ZONES)
    whole = expectations.preview(session, round_, Choice("srs", 100, 0.6, 0.96)).whole

    assert (whole.sample, whole.completes, whole.satisfied) == (167, 100, 96)
    from survey.stats.hypergeometric import hypergeometric

    exact = hypergeometric(96, 100, 240)
    assert (whole.low, whole.high) == (exact.low, exact.high)


def test_communities_stand_under_their_zones_in_a_preview(session, vault, round_):
    make_sealed_frame(session, vault, round_, ZONES, stratify_by="community")
    found = expectations.preview(session, round_, Choice("proportional", 100))

    assert [line.level for line in found.lines] == ["whole"] + 3 * ["zone"] + 3 * ["stratum"]
