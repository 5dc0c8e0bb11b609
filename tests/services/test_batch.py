"""One step for many rounds: each for itself, in order, only where the preview offers it, and harmless when repeated."""

from dataclasses import replace
from datetime import timedelta

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from build_draw import MINUTE, SEED, SOURCE
from build_frame import make_frame
from sqlalchemy import event

from survey.errors import Invalid
from survey.models.draw import Case, Design
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.verification import verify
from survey.services import batch, batch_standing, batch_steps, batch_tasks, canonical, designs
from survey.services.designs import Choice

TEMPLATE = Choice("proportional", 20, assumed_completion=0.8, reserve=2)
EXPECTED = NOON + 60 * MINUTE
ZONES = {"一片区": 21, "二片区": 14}


@pytest.fixture
def coordinator(people):
    return actor_of(people("coordinator", "李统筹"))


@pytest.fixture
def season(session):
    return make_season(session)


class Batch:
    """The steps in order, a minute apart, over whatever rounds the season has."""

    def __init__(self, session, vault, actor, season):
        self.session, self.vault, self.actor, self.season, self.now = session, vault, actor, season, NOON
        self.tasks = {
            "confirm": batch_tasks.confirm(batch_tasks.Signers("李站长")),
            "seal": batch_tasks.seal(vault, "zone"),
            "design": batch_tasks.design(TEMPLATE),
            "lock": batch_tasks.lock,
            "source": batch_tasks.name_source(SOURCE, NOON + 5 * MINUTE, EXPECTED),
            "seed": batch_tasks.enter_seed(SEED),
            "draw": batch_tasks.draw,
            "release": batch_tasks.release("第一批"),
        }

    def station(self, name, zones=ZONES, *, confirmed=False, **values):
        round_ = make_round(
            self.session, self.season, make_station(self.session, name, name), target_completes=20
        )
        if zones:
            make_frame(self.session, self.vault, round_, zones, confirmed=confirmed, **values)
        self.session.commit()
        return round_

    def lines(self, key):
        found = batch_standing.standings(self.session, self.season.rounds)
        if key == "design":
            before = batch_tasks.template_of(self.season)
            return batch_tasks.design_lines(batch_steps.STEPS[key], found, self.now, TEMPLATE, before)
        return batch_steps.lines_of(batch_steps.STEPS[key], found, self.now)

    def take(self, key, ticked=None, task=None):
        """As the page does it: what the preview ticks, one round after the other."""
        self.now += MINUTE if key != "seed" else EXPECTED - self.now
        self.session.refresh(self.season)
        lines, step = self.lines(key), batch_steps.STEPS[key]
        if ticked is None:
            ticked = {one.standing.round.id: one.standing.mark for one in lines if one.wanted}
        work = batch.work_of(lines, ticked)
        outcomes = [
            batch.attempt(self.session, self.actor, self.now, step, task or self.tasks[key], round_id, mark)
            for round_id, mark in work.marks.items()
        ]
        if key == "design":
            batch_tasks.keep_template(self.season, TEMPLATE)
        batch.record(self.session, self.actor, self.now, self.season, step, outcomes)
        self.session.commit()
        return batch.summary_of([*outcomes, *work.settled])

    def walk(self, until):
        for key in self.tasks:
            summary = self.take(key)
            if key == until:
                return summary
        raise AssertionError(until)


@pytest.fixture
def desk(session, vault, coordinator, season):
    return Batch(session, vault, coordinator, season)


def reasons(summary):
    return {str(reason): stations for reason, stations in summary.left}


def test_all_steps_in_a_row_bring_every_station_to_a_certificate_that_agrees(desk, session):
    for name in ("甲站", "乙站", "丙站"):
        desk.station(name)

    summary = desk.walk("release")

    assert (summary.done, summary.left) == (3, ())
    for design in session.query(Design):
        frame = canonical.canonical_of(session, design.frame)
        assert [str(c.name) for c in verify(from_json(design.certificate), frame) if not c.agrees] == []
        assert (design.seed_value, design.seed_expected_at) == (SEED, EXPECTED)
    assert session.query(Case).filter(Case.release_id.is_not(None)).count() == 3 * 25


def test_one_number_for_all_draws_other_households_in_each_station(desk, session):
    desk.station("甲站")
    desk.station("乙站")
    desk.walk("draw")

    first, second = (from_json(d.certificate) for d in session.query(Design).order_by(Design.id))
    assert first.seed.value == second.seed.value and first.seed.named_at == second.seed.named_at
    assert first.frame.sha256 != second.frame.sha256
    assert not {unit.ticket for unit in first.units} & {unit.ticket for unit in second.units}


def test_a_round_that_fails_stops_no_other_and_keeps_nothing(desk, session):
    good, bad = desk.station("甲站"), desk.station("乙站")
    desk.walk("lock")

    def task(session, actor, now, standing):
        batch_tasks.name_source(SOURCE, desk.now, EXPECTED)(session, actor, now, standing)
        if standing.round.id == bad.id:
            raise Invalid("odd", "出了错")

    summary = desk.take("source", task=task)

    assert summary.done == 1 and reasons(summary) == {"出了错": ("乙站",)}
    assert designs.design_of(session, good).seed_source == SOURCE
    assert designs.design_of(session, bad).seed_source is None
    named = session.query(AuditEntry).filter_by(action="seed.source-named")
    assert [entry.round_id for entry in named] == [good.id]


@pytest.mark.parametrize("key", batch_steps.STEPS)
def test_a_step_repeated_changes_nothing(desk, session, key):
    desk.station("甲站")
    desk.walk(key)
    written = {"design.saved", "season.batch-run"}
    before = session.query(AuditEntry).filter(AuditEntry.action.not_in(written)).count()
    saved = session.query(AuditEntry).filter_by(action="design.saved").count()

    summary = desk.take(key)

    assert summary.left == ()
    assert session.query(AuditEntry).filter(AuditEntry.action.not_in(written)).count() == before
    assert session.query(AuditEntry).filter_by(action="design.saved").count() == saved


@pytest.mark.parametrize(
    ("key", "after"),
    [("seal", None), ("design", "confirm"), ("lock", "seal"), ("source", "design"), ("draw", "source"), ("release", "source")],
)  # fmt: skip
def test_no_step_is_taken_before_the_one_it_needs(desk, session, key, after):
    round_ = desk.station("甲站")
    if after:
        desk.walk(after)

    summary = desk.take(key, ticked={round_.id: "whatever"})

    assert summary.done == 0 and len(summary.left) == 1
    assert (
        desk.take(key).done == 0
        and not session.query(AuditEntry)
        .filter(
            AuditEntry.details["rounds_done"].as_integer() > 0, AuditEntry.details["step"].as_string() == key
        )
        .count()
    )


def test_the_value_is_not_entered_before_it_exists(desk):
    desk.station("甲站")
    desk.walk("source")

    (line,) = desk.lines("seed")

    assert (line.state, str(line.note)) == ("later", "随机数还没有产生。")


def test_rounds_without_a_roster_are_named_not_forgotten(desk):
    desk.station("甲站")
    desk.station("乙站", zones=None)
    desk.station("丙站", zones=None)

    summary = desk.take("confirm")

    assert summary.done == 1 and summary.left_over == 2
    assert reasons(summary) == {"还没有导入名册。": ("乙站", "丙站")}


def test_every_round_without_a_tick_is_accounted_for(desk):
    first = desk.station("甲站")
    desk.station("乙站")
    (line, _other) = desk.lines("confirm")

    summary = desk.take("confirm", ticked={first.id: line.standing.mark})

    assert summary.done == 1 and reasons(summary) == {"没有勾选。": ("乙站",)}


def test_only_rounds_of_the_season_are_touched(desk, session):
    other = make_round(session, make_season(session, "另一季"), make_station(session, "别站", "别街"))
    desk.station("甲站")
    make_frame(session, desk.vault, other, ZONES, confirmed=False)
    (mark,) = [one.mark for one in batch_standing.standings(session, [other])]
    session.commit()

    summary = desk.take("confirm", ticked={other.id: mark})

    assert summary.done == 0
    assert batch_standing.standings(session, [other])[0].frame.confirmed_at is None


def test_a_roster_replaced_after_the_page_was_shown_is_not_confirmed(desk, session):
    round_ = desk.station("甲站")
    shown = batch_standing.standings(session, [round_])[0]
    shown.frame.file_digest = "1" * 64
    session.commit()

    summary = desk.take("confirm", ticked={round_.id: shown.mark[::-1]})

    assert summary.done == 0 and reasons(summary) == {batch.CHANGED: ("甲站",)}


def test_the_mark_changes_with_what_a_batch_would_fix(desk, session):
    round_ = desk.station("甲站")
    marks = set()
    for key in ("confirm", "seal", "design", "lock", "source", "seed", "draw", "release"):
        marks.add(batch_standing.standings(session, [round_])[0].mark)
        desk.take(key)
    marks.add(batch_standing.standings(session, [round_])[0].mark)

    assert len(marks) == 9


def test_a_small_station_is_covered_fully_and_a_gap_waits_for_its_own_confirmation(desk, session):
    census = desk.station("小站", {"一片区": 12})
    gap = desk.station("缺口站", {"一片区": 16}, persons=2)
    one_zone = desk.station("单片站", {"一片区": 30})
    desk.station("大站")

    summary = desk.walk("design")

    assert summary.done == 3
    assert [stations for _reason, stations in summary.left] == [("缺口站",)]
    assert designs.design_of(session, census).method == "census"
    assert designs.design_of(session, census).target_completes == 12
    assert designs.design_of(session, gap) is None
    assert designs.design_of(session, one_zone).method == "srs"
    assert batch_standing.standings(session, [one_zone])[0].frame.stratify_by == "none"


def test_a_round_with_a_higher_target_keeps_it(desk, session):
    round_ = desk.station("甲站")
    round_.target_completes = 24
    session.commit()
    desk.walk("design")

    assert designs.design_of(session, round_).target_completes == 24


def test_a_target_above_the_frame_is_left_with_the_reason(desk, session):
    round_ = desk.station("甲站", {"一片区": 22})
    desk.walk("seal")
    standing = batch_standing.standings(session, [round_])[0]
    (line,) = batch_tasks.design_lines(
        batch_steps.STEPS["design"], [standing], desk.now, replace(TEMPLATE, target_completes=28), TEMPLATE
    )

    assert line.state == "later" and "28" in str(line.note)


def test_a_design_made_by_hand_is_not_replaced_unless_ticked(desk, session):
    round_ = desk.station("甲站")
    desk.walk("seal")
    mine = Choice("srs", 22, assumed_completion=0.9, reserve=5)
    designs.save_draft(session, desk.actor, desk.now, round_, mine)
    session.commit()

    assert [line.wanted for line in desk.lines("design")] == [False]
    assert desk.take("design").done == 0
    assert designs.design_of(session, round_).method == "srs"
    (line,) = desk.lines("design")
    desk.take("design", ticked={round_.id: line.standing.mark})
    assert designs.design_of(session, round_).method == "proportional"


def test_the_template_saved_again_follows_in_rounds_that_had_it(desk, session):
    round_ = desk.station("甲站")
    desk.walk("design")
    standing = batch_standing.standings(session, [round_])[0]
    larger = replace(TEMPLATE, target_completes=24)
    before = batch_tasks.template_of(desk.season)

    (line,) = batch_tasks.design_lines(batch_steps.STEPS["design"], [standing], desk.now, larger, before)

    assert before == TEMPLATE and line.wanted


def test_two_sources_are_entered_one_after_the_other(desk, session):
    desk.station("甲站")
    desk.station("乙站")
    other = desk.station("丙站")
    desk.walk("lock")
    named = batch_tasks.name_source("上证指数收盘", desk.now, EXPECTED)
    session.commit()
    only = {
        line.standing.round.id: line.standing.mark
        for line in desk.lines("source")
        if line.standing.round.id == other.id
    }
    desk.take("source", ticked=only, task=named)
    desk.take("source")

    summary = desk.take("seed")

    assert summary.done == 2 and [stations for _reason, stations in summary.left] == [("丙站",)]
    assert designs.design_of(session, other).seed_value is None
    desk.now = EXPECTED
    assert desk.take("seed").done == 1


def test_signers_are_read_from_a_pasted_list(desk, session):
    desk.station("松柏岗街社工服务站")
    desk.station("三元里街社工服务站")
    listed = batch_tasks.read_signers("松柏岗街社工服务站\t陈站长\n\n三元里\t 李站长 \n", desk.season.rounds)
    desk.take("confirm", task=batch_tasks.confirm(batch_tasks.Signers("", listed)))

    found = batch_standing.standings(session, desk.season.rounds)
    assert [one.frame.confirmed_name for one in found] == ["陈站长", "李站长"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("甲站 陈站长", "signer-line"), ("甲站\t", "signer-line"), ("别站\t陈站长", "signer-station"), ("甲站\t陈\n甲站\t李", "signer-station")],
)  # fmt: skip
def test_a_list_of_signers_that_cannot_be_read_is_refused_with_the_line(desk, text, code):
    desk.station("甲站")

    with pytest.raises(Invalid) as refused:
        batch_tasks.read_signers(text, desk.season.rounds)

    assert refused.value.code == code and "第" in str(refused.value)


def test_a_station_without_a_signer_is_left(desk):
    first = desk.station("甲站")
    desk.station("乙站")

    summary = desk.take("confirm", task=batch_tasks.confirm(batch_tasks.Signers("", {first.id: "陈站长"})))

    assert summary.done == 1 and reasons(summary) == {"没有写明签字人。": ("乙站",)}


def test_the_trail_has_an_entry_for_each_round_and_one_for_the_batch(desk, session):
    rounds = [desk.station(name) for name in ("甲站", "乙站")]
    desk.station("丙站", zones=None)
    desk.walk("seal")

    sealed = session.query(AuditEntry).filter_by(action="frame.sealed")
    assert sorted(entry.round_id for entry in sealed) == [round_.id for round_ in rounds]
    (run,) = [
        entry
        for entry in session.query(AuditEntry).filter_by(action="season.batch-run")
        if entry.details["step"] == "seal"
    ]
    assert run.subject == f"season:{desk.season.id}" and run.round_id is None
    assert run.details == {"step": "seal", "rounds_done": 2, "rounds_left": 0}


def test_a_closed_round_is_left_alone(desk, session):
    round_ = desk.station("甲站", confirmed=True)
    round_.closed_at = NOON
    session.commit()

    summary = desk.take("seal")

    assert summary.done == 0 and reasons(summary) == {batch_steps.CLOSED: ("甲站",)}


def test_the_table_costs_as_many_queries_for_one_round_as_for_many(desk, session):
    def queries():
        session.expire_all()
        rounds = list(desk.season.rounds)
        for round_ in rounds:
            _ = round_.station.name, round_.target_completes
        seen = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        found = batch_standing.standings(session, rounds)
        told = [(one.attention, one.mark, one.sampled) for one in found]
        batch_steps.progress_of(found, desk.now)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        assert len(told) == len(rounds)
        return len(seen)

    desk.station("一站")
    one = queries()
    for number in range(6):
        desk.station(f"第{number}站", {"一片区": 21 + number})
    desk.walk("draw")

    assert queries() == one


def test_what_somebody_has_to_look_at_is_said(desk, session):
    round_ = desk.station("甲站", {"一片区": 16}, persons=2)
    desk.station("乙站", zones=None)
    frame = batch_standing.standings(session, [round_])[0].frame
    frame.counts = [{"households": 16, "persons": 32, "stated_households": 17, "stated_persons": 32}]
    session.commit()

    found = batch_standing.standings(session, desk.season.rounds)

    assert [[str(note) for note in one.attention] for one in found] == [
        ["1 处与社工站自报数不符", "规则有缺口，须由委托方确认"],
        ["还没有名册"],
    ]


def test_times_stay_in_order_when_a_batch_takes_long(desk, session):
    """Naming is one act: all rounds keep its moment, however long writing takes."""
    desk.station("甲站")
    desk.station("乙站")
    desk.walk("lock")
    named_at = desk.now
    task = batch_tasks.name_source(SOURCE, named_at, named_at + timedelta(seconds=2))
    desk.take("source", task=task)  # a minute later

    assert {design.seed_named_at for design in session.query(Design)} == {named_at}
