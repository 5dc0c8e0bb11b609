"""Shares of themes: whose base, which codings, which interval, where hidden, and against which round."""

import math
from datetime import date, timedelta

import pytest
from build import NOON, make_round, make_season
from build_results import DISSATISFIED, make_survey
from build_themes import COAT, CONTENT, LATE, VISIT, code, say

from survey.services import frozen
from survey.services.results import names_of_zones, round_results
from survey.services.themes import theme_results
from survey.services.trail import SYSTEM
from survey.stats.cells import Cell, Stratum
from survey.stats.definition import Definition
from survey.stats.estimate import proportion
from survey.stats.reliability import Verdict
from survey.stats.results import Method


@pytest.fixture
def survey(session, vault):
    return make_survey(session, vault, {"一片区": 500, "二片区": 547}, {"*": 120}, released={"*": 110})


def found(survey):
    survey.session.flush()
    return theme_results(survey.session, survey.round_)


def silent(survey, n):
    for _ in range(n):
        survey.interview(CONTENT)


def row(results, key):
    (one,) = [row for row in results.rows if (row.kind, row.theme) == key]
    return one


def test_the_base_is_everybody_interviewed_whether_they_spoke_or_not(survey):
    for _ in range(4):
        say(survey, LATE)
    silent(survey, 36)

    results = found(survey)

    one = row(results, LATE)
    assert (results.respondents, one.n, one.rate.n, one.rate.satisfied) == (40, 4, 40, 4)
    assert one.rate.value == pytest.approx(0.1)
    assert one.rate.method is Method.HYPERGEOMETRIC and one.rate.N == 1047


def test_a_household_that_says_it_twice_counts_once(survey):
    both = survey.interview(words={"J1": "约了没来", "I2": "又没来"})
    for question in ("J1", "I2"):
        code(survey, both, [LATE, COAT], question=question)
    silent(survey, 19)

    results = found(survey)

    assert [(one.kind, one.n) for one in results.rows] == [("complaint", 1), ("request", 1)]
    assert results.coded == 2, "two verbatims"


def test_a_kind_counts_who_said_anything_of_it_once(survey):
    say(survey, LATE, ("complaint", "HOME_VISIT"))
    say(survey, LATE, VISIT)
    silent(survey, 18)

    kinds = {one.kind: one.n for one in found(survey).kinds}

    assert kinds == {"praise": 1, "complaint": 2}


def test_one_theme_may_be_praised_by_some_and_asked_for_by_others(survey):
    say(survey, VISIT)
    say(survey, VISIT)
    say(survey, ("request", "HOME_VISIT"))

    results = found(survey)

    assert row(results, VISIT).n == 2 and row(results, ("request", "HOME_VISIT")).n == 1
    assert [one.kind for one in results.rows] == ["praise", "request"], "praise first"


def test_only_codings_that_stand_count(survey):
    made = survey.interview(words={"J1": "约了没来"})
    code(survey, made, [COAT], stands=False)
    code(survey, made, [VISIT], role="second", stands=False)
    code(survey, made, [LATE], role="settled")

    assert [(one.kind, one.theme) for one in found(survey).rows] == [LATE]


def test_words_without_anything_to_code_are_coded_words_still_waiting_are_not(survey):
    say(survey)
    say(survey, LATE)
    survey.interview(words={"J1": "还没有编"})

    results = found(survey)

    assert (results.coded, results.uncoded) == (2, 1)


def test_interviews_that_do_not_count_mention_nothing(survey):
    voided = say(survey, LATE)
    say(survey, LATE, partial=True)
    say(survey, LATE)
    voided.case.outcome, voided.case.disposition = None, "D61"

    results = found(survey)

    assert (row(results, LATE).n, results.respondents, results.coded) == (1, 1, 1)


def test_partial_interviews_count_where_the_definition_counts_them(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100}, partials_count=True)
    say(survey, LATE, partial=True)
    say(survey, LATE)

    assert row(found(survey), LATE).n == 2


def test_words_off_the_path_mention_nothing_unless_they_were_said_elsewhere_too(survey):
    elsewhere = survey.interview(DISSATISFIED, words={"H1a": "约好没有来", "J1": "希望守时"})
    gone = survey.interview(DISSATISFIED, words={"H1a": "约好没有来"})
    code(survey, elsewhere, [LATE, COAT], question="H1a")
    code(survey, elsewhere, [LATE], question="J1")
    code(survey, gone, [LATE, VISIT], question="H1a")
    survey.session.flush()
    for interview in (elsewhere, gone):
        survey.answer(interview, "H1", "5")

    results = found(survey)

    assert [(one.kind, one.theme, one.n) for one in results.rows] == [(*LATE, 1)]
    assert [(one.kind, one.n) for one in results.kinds] == [("complaint", 1)]
    assert (results.coded, results.uncoded) == (1, 0)


def test_words_said_anew_leave_their_old_coding_behind(survey):
    made = say(survey, LATE)
    survey.answer(made, "J1", None)

    results = found(survey)

    assert (results.rows, results.coded, results.uncoded) == ((), 0, 0)


def test_interviewers_notes_are_no_ones_opinion(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100}, questionnaire="full")
    say(survey, LATE, question="M4a")

    results = found(survey)

    assert (results.rows, results.coded) == ((), 0)


# -- the design's own interval ---------------------------------------------------------------------------------------

SIZES, ASKED, SAID = (
    {"甲": 400, "乙": 150, "丙": 90},
    {"甲": 40, "乙": 30, "丙": 20},
    {"甲": 2, "乙": 12, "丙": 7},
)


@pytest.fixture
def stratified(session, vault):
    survey = make_survey(session, vault, SIZES, ASKED)
    for stratum, n in ASKED.items():
        for number in range(n):
            codes = [LATE] if number < SAID[stratum] else []
            say(survey, *codes, stratum=stratum)
    return survey


def test_a_stratified_share_is_weighted_and_has_the_error_of_the_textbook(stratified):
    """Cochran: p = Σ W_h p_h, var = Σ W_h² (1 - n_h/N_h) p_h q_h / (n_h - 1), by hand."""
    one = row(found(stratified), LATE)

    whole = sum(SIZES.values())
    share = sum(SIZES[h] / whole * SAID[h] / ASKED[h] for h in SIZES)
    variance = sum(
        (SIZES[h] / whole) ** 2
        * (1 - ASKED[h] / SIZES[h])
        * (SAID[h] / ASKED[h])
        * (1 - SAID[h] / ASKED[h])
        / (ASKED[h] - 1)
        for h in SIZES
    )
    assert one.rate.value == pytest.approx(share, abs=1e-12)
    assert one.rate.se == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert one.rate.value < sum(SAID.values()) / sum(ASKED.values()), "unweighted it would be higher"


def test_its_limits_are_those_of_the_statistics_for_the_same_answers(stratified):
    one = row(found(stratified), LATE)

    strata = {h: Stratum(SIZES[h], ASKED[h], ASKED[h], 0) for h in SIZES}
    cells = [Cell(h, 1, SAID[h]) for h in SIZES] + [Cell(h, 0, ASKED[h] - SAID[h]) for h in SIZES]
    expected = proportion(cells, strata, {1}, {0, 1})
    for name in ("value", "se", "low", "high", "effective"):
        assert getattr(one.rate, name) == pytest.approx(getattr(expected, name), rel=1e-12), name
    assert (one.rate.n, one.rate.satisfied, one.rate.N) == (90, 21, 640)
    assert one.rate.method is expected.method is Method.KORN_GRAUBARD_KISH


def test_a_zone_that_is_a_stratum_has_the_exact_interval_of_its_own_sample(stratified):
    zones = row(found(stratified), LATE).by_zone

    for zone, share in zones.items():
        assert (share.n, share.rate.N) == (SAID[zone], SIZES[zone])
        assert share.rate.value == pytest.approx(SAID[zone] / ASKED[zone])
        assert share.rate.method is Method.HYPERGEOMETRIC


def test_level_and_weights_are_those_of_the_definition(session, vault):
    unweighted = Definition(weights="none", level=0.9)
    survey = make_survey(session, vault, SIZES, ASKED, changes=[unweighted])
    for stratum, n in ASKED.items():
        for number in range(n):
            codes = [LATE] if number < SAID[stratum] else []
            say(survey, *codes, stratum=stratum)

    one = row(found(survey), LATE)

    assert one.rate.value == pytest.approx(sum(SAID.values()) / sum(ASKED.values()))
    assert (one.rate.level, one.rate.method) == (0.9, Method.HYPERGEOMETRIC)


def test_without_a_sample_error_a_census_states_a_fact(session, vault):
    survey = make_survey(session, vault, {"一片区": 40}, {"*": 40})
    for number in range(40):
        say(survey, *([LATE] if number < 10 else []))

    one = row(found(survey), LATE)

    assert (one.rate.value, one.rate.method) == (0.25, Method.CENSUS)


# -- what is not shown -----------------------------------------------------------------------------------------------


def test_a_base_below_ten_hides_every_share(survey):
    for _ in range(9):
        say(survey, LATE)

    one = row(found(survey), LATE)

    assert one.rate is None and not one.may_show and one.reliability.verdict is Verdict.HIDDEN


def test_a_theme_of_one_or_two_households_is_not_broken_down(session, vault):
    survey = make_survey(session, vault, {"一片区": 200, "二片区": 200}, {"一片区": 30, "二片区": 30})
    for number in range(30):
        say(survey, *([LATE, COAT] if number < 2 else [LATE]), stratum="一片区")
        say(survey, stratum="二片区")

    results = found(survey)

    assert row(results, COAT).n == 2 and row(results, COAT).few and row(results, COAT).by_zone == {}
    assert set(row(results, LATE).by_zone) == {"一片区", "二片区"} and not row(results, LATE).few


def test_a_theme_of_one_or_two_households_of_a_zone_is_broken_down_by_none(session, vault):
    survey = make_survey(session, vault, {"一片区": 200, "二片区": 200}, {"一片区": 30, "二片区": 30})
    for number in range(30):
        say(survey, *([LATE, COAT] if number < 5 else [LATE]), stratum="一片区")
        say(survey, *([COAT] if number < 2 else []), stratum="二片区")

    results = found(survey)

    assert row(results, COAT).n == 7 and row(results, COAT).by_zone == {}
    assert row(results, LATE).by_zone["二片区"].n == 0


def test_small_zones_go_together_as_on_the_page_of_results(session, vault):
    survey = make_survey(
        session,
        vault,
        {"一片区": 100, "二片区": 40, "三片区": 30},
        {"一片区": 60, "二片区": 30, "三片区": 20},
    )
    for stratum, n in {"一片区": 40, "二片区": 12, "三片区": 6}.items():
        for _ in range(n):
            say(survey, LATE, stratum=stratum)

    results = found(survey)

    shown = round_results(session, survey.round_)
    names = names_of_zones(shown.content, shown.answers)
    assert {zone.name for zone in results.zones} == set(names.values())
    (merged,) = [zone for zone in results.zones if zone.merged]
    assert set(merged.merged) == {"二片区", "三片区"} and merged.respondents == 18
    assert row(results, LATE).by_zone[merged.name].n == 18


def test_one_zone_alone_is_the_whole_and_not_repeated(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    for _ in range(20):
        say(survey, LATE)

    results = found(survey)

    assert results.zones == () and row(results, LATE).by_zone == {}


def test_nothing_is_known_before_the_first_interview(survey):
    results = found(survey)

    assert (results.respondents, results.coded, results.uncoded, results.rows) == (0, 0, 0, ())


# -- against the last round ------------------------------------------------------------------------------------------


def freeze(survey):
    survey.round_.closed_at = NOON + timedelta(days=20)
    survey.session.flush()
    frozen.freeze(survey.session, SYSTEM, survey.round_.closed_at, survey.round_)


@pytest.fixture
def two_rounds(session, vault):
    """`two_rounds(then, now)`: so many of 50 interviews mention LATE in a frozen round and in the next one."""

    def make(then, now, households=200, **last):
        earlier = make_survey(session, vault, {"一片区": households}, {"*": 50})
        fill(earlier, then, **last)
        freeze(earlier)
        season = make_season(session, "下一季")
        season.fieldwork_from, season.fieldwork_to = date(2026, 4, 1), date(2026, 4, 30)
        round_ = make_round(session, season, earlier.round_.station)
        survey = make_survey(session, vault, {"一片区": households}, {"*": 50}, round_=round_)
        fill(survey, now)
        return survey

    return make


def fill(survey, said, uncoded=0):
    for number in range(50 - uncoded):
        say(survey, *([LATE] if number < said else [VISIT] if number < 30 else []))
    for _ in range(uncoded):
        survey.interview(CONTENT, words={"J1": "还没有编"})


def test_a_large_change_is_beyond_chance_and_both_shares_are_given(two_rounds):
    results = found(two_rounds(3, 25))

    last = row(results, LATE).last_round
    assert (last.share.n, last.share.rate.value) == (3, pytest.approx(0.06))
    assert last.change.value == pytest.approx(0.44) and last.change.low > 0
    assert last.beyond_chance and "比上一轮高" in str(last.text)
    assert results.last_round.respondents == 50


def test_a_small_change_is_not_spoken_of_as_one(two_rounds):
    last = row(found(two_rounds(10, 11)), LATE).last_round

    assert last.change.low < 0 < last.change.high
    assert not last.beyond_chance and "不能说变了" in str(last.text)


def test_what_stands_out_only_alone_is_not_called_a_change(two_rounds):
    """2 against 8 of 50: p about .04 alone, above .05 once the themes compared beside it are minded."""
    last = row(found(two_rounds(2, 8)), LATE).last_round

    assert last.change.p_value < 0.05 and not last.beyond_chance
    assert "各主题一并考虑" in str(last.text)


def test_a_theme_nobody_mentions_any_more_is_still_listed(two_rounds):
    one = row(found(two_rounds(25, 0)), LATE)

    assert one.n == 0 and one.last_round.share.n == 25 and one.last_round.beyond_chance


def test_while_words_wait_to_be_coded_no_difference_is_spoken_of(two_rounds):
    results = found(two_rounds(10, 25, uncoded=5))

    last = row(results, LATE).last_round
    assert last.share.n == 10 and last.change is None and last.text is None
    assert any("都编完" in str(note) for note in results.last_round.notes)


def test_a_last_round_that_nobody_coded_is_said_to_be_so(two_rounds):
    results = found(two_rounds(0, 25, uncoded=50))

    assert row(results, LATE).last_round is None
    assert any("没有编码" in str(note) for note in results.last_round.notes)


def test_a_frozen_round_gives_the_same_figures_as_before_its_freeze(stratified):
    before = found(stratified)
    freeze(stratified)

    assert found(stratified) == before
