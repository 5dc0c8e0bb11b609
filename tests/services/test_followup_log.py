"""From handing over to solved: replies with proof, deadlines, calling back, taking back, the next provider, the share."""

from datetime import date, timedelta

import pytest
from build import actor_of
from build_case import make_desk_round
from build_followup import DAY, collect, hand_over, hold_each, promise, refused
from sqlalchemy import text, true
from sqlalchemy.exc import DBAPIError

from survey.models.followup import ActionEvent
from survey.models.trail import AuditEntry
from survey.services import followup, followup_handover, followup_log, recommendations

TODAY = date(2025, 4, 11)


@pytest.fixture
def boss(people):
    return people("coordinator", "李统筹")


@pytest.fixture
def handed(session, vault, people, boss):
    """A round with three named items that the station has."""
    round_, _ = hold_each(session, vault, people("surveyor", "王芳"), [promise("1", "1")] * 3)
    items = collect(session, boss, round_)
    hand_over(session, vault, boss, round_)
    return round_, items


@pytest.fixture
def do(session, vault, boss):
    """`do(followup_log.reply, item, "…")`"""
    return lambda step, item, *given: step(session, vault, actor_of(boss), DAY, item, *given)


def test_the_owner_of_a_broken_promise_has_five_working_days(handed):
    _, items = handed

    assert {item.due_on for item in items} == {date(2025, 4, 18)}


def test_a_season_gives_other_days_to_what_is_handed_over_later(session, vault, people, boss):
    round_, _ = hold_each(session, vault, people("surveyor"), [promise("1", "1")])
    (item,) = collect(session, boss, round_)

    assert followup.change_days(session, actor_of(boss), DAY, round_.season, {"broken_promise": 1})
    hand_over(session, vault, boss, round_)

    assert item.due_on == date(2025, 4, 14)


def test_what_is_late_stands_in_the_list_of_the_season_until_it_is_answered(session, handed, do):
    _, items = handed
    late = date(2025, 4, 19)
    assert {item.id for item in followup.overdue(session, true(), late)} == {item.id for item in items}

    do(followup_log.reply, items[0], "已补上")
    do(followup_log.extend, items[1], date(2025, 4, 30), "社工站要核实")

    assert followup.overdue(session, true(), late) == [items[2]]


def test_an_extension_into_the_past_is_refused(handed, do):
    with refused("day-past"):
        do(followup_log.extend, handed[1][0], TODAY, "来不及")


def test_a_reply_with_proof_is_sealed_and_read_back(session, vault, boss, handed, do):
    item = handed[1][0]
    proof = followup_log.Proof("回执.pdf", b"%PDF-1.7 receipt")

    do(followup_log.reply, item, "已上门道歉并补上", proof)

    event = session.query(ActionEvent).filter_by(kind="replied").one()
    assert "道歉".encode() not in event.text_sealed and b"receipt" not in event.proof_sealed
    entries = followup_log.entries_of(session, vault, item, with_names=True)
    assert [one.text for one in entries] == ["", "已上门道歉并补上"]
    document = followup_log.open_proof(session, vault, actor_of(boss), DAY, item, event.id)
    assert (document.content, document.mimetype) == (b"%PDF-1.7 receipt", "application/pdf")
    with refused("no-such-proof"):
        followup_log.open_proof(session, vault, actor_of(boss), DAY, handed[1][1], event.id)


@pytest.mark.parametrize(
    "name, data, code",
    [("a.exe", b"MZ", "attachment-kind"), ("a.pdf", b"", "attachment-empty")],
)
def test_a_file_that_is_no_document_is_refused(handed, do, name, data, code):
    with refused(code):
        do(followup_log.reply, handed[1][0], "见附件", followup_log.Proof(name, data))


def test_who_needs_no_names_reads_replies_without_them(session, vault, handed, do):
    item = handed[1][0]
    do(followup_log.reply, item, "已向陈秀英女士说明，电话 13812345678")

    (_, masked) = followup_log.entries_of(session, vault, item, with_names=False)

    assert "陈秀英" not in masked.text and "13812345678" not in masked.text and "说明" in masked.text


def test_the_household_says_whether_it_is_solved(handed, do):
    item = handed[1][0]
    do(followup_log.reply, item, "已补上")
    do(followup_log.call_back, item, "not_reached", "")
    assert item.state == "answered"

    do(followup_log.call_back, item, "not_solved", "只道了歉")
    assert item.state == "not_solved"
    do(followup_log.give_back, item, "请真正补上")
    assert (item.state, item.due_on) == ("handed_over", date(2025, 4, 18))
    do(followup_log.call_back, item, "solved", "")
    do(followup_log.close, item, "住户确认")
    assert item.state == "closed"


def test_a_mistake_is_taken_back_and_what_has_left_is_not(session, handed, do):
    item = handed[1][0]
    do(followup_log.close, item, "按错了")

    do(followup_log.undo, item)

    assert item.state == "handed_over"
    with refused("nothing-to-undo"):
        do(followup_log.undo, item)
    assert [one.kind for one in session.query(ActionEvent).filter_by(item_id=item.id)] == [
        "handed_over", "closed", "undone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE action_event SET kind = 'closed'",
        "UPDATE action_event SET text_sealed = 'x'",
        "DELETE FROM action_event",
    ],
)
def test_the_database_refuses_to_change_the_log(session, handed, change):
    with pytest.raises(DBAPIError):
        session.execute(text(change))
    session.rollback()


def test_a_closed_item_takes_no_reply(handed, do):
    item = handed[1][0]
    do(followup_log.close, item, "不再需要")

    with refused("not-in-hand"):
        do(followup_log.reply, item, "已补上")


# -- the next provider --------------------------------------------------------------------------------------------


def later_round(session, round_):
    later = make_desk_round(session, now=DAY + timedelta(days=300), station=round_.station)
    session.flush()
    return later


def test_what_is_in_hand_goes_to_the_next_provider_with_a_note(session, vault, boss, handed, do):
    round_, items = handed
    do(followup_log.close, items[0], "住户确认")
    later = later_round(session, round_)

    moved = followup_handover.move_to_next_provider(
        session, vault, actor_of(boss), DAY, round_, later, "合同到期，由新机构接着办"
    )

    assert moved == 2 and followup_handover.in_hand(session, round_) == []
    assert {item.id for item in followup_handover.in_hand(session, later)} == {item.id for item in items[1:]}
    assert items[0].holder_round_id == round_.id
    last = followup_log.entries_of(session, vault, items[1], with_names=True)[-1]
    assert (last.event.kind, last.text) == ("moved", "合同到期，由新机构接着办")


def test_nothing_moves_backwards_or_to_another_station(session, vault, boss, handed):
    round_, _ = handed
    elsewhere = make_desk_round(session, now=DAY + timedelta(days=300))

    with refused("not-next"):
        followup_handover.move_to_next_provider(
            session, vault, actor_of(boss), DAY, round_, elsewhere, "移交"
        )


# -- how much is solved -------------------------------------------------------------------------------------------


def test_the_share_counts_every_item_that_was_handed_over(session, handed, do):
    round_, items = handed
    do(followup_log.reply, items[0], "已补上")
    do(followup_log.call_back, items[0], "solved", "")
    do(followup_log.close, items[0], "住户确认")
    do(followup_log.reply, items[1], "已说明")
    do(followup_log.call_back, items[1], "partly", "")

    found = followup.solved_share(session, round_)

    assert (found.handed_over, found.answered, found.reached, found.solved) == (3, 2, 2, 1)
    assert found.share == pytest.approx(1 / 3)


def test_a_call_that_was_taken_back_counts_no_more(session, handed, do):
    round_, items = handed
    do(followup_log.call_back, items[0], "solved", "")
    do(followup_log.undo, items[0])

    assert followup.solved_share(session, round_).solved == 0


def test_a_round_that_handed_nothing_over_has_no_share(session):
    assert followup.solved_share(session, make_desk_round(session)).share is None


# -- recommendations ----------------------------------------------------------------------------------------------


def make(session, boss, round_, told="按约定的时间上门，来不了先打电话说明。"):
    return recommendations.make(
        session, actor_of(boss), DAY, round_, text=told, owner="station", due_on=date(2025, 9, 30)
    )


def test_a_recommendation_is_carried_forward_once_and_closed_where_it_is_now(session, boss):
    round_ = make_desk_round(session)
    later = later_round(session, round_)
    first = make(session, boss, round_)

    assert recommendations.carry_forward(session, actor_of(boss), DAY, later) == 1
    with refused("nothing-to-carry"):
        recommendations.carry_forward(session, actor_of(boss), DAY, later)
    with refused("carried-on"):
        recommendations.close(session, actor_of(boss), DAY, first, "done", "已落实")
    (carried,) = recommendations.of_round(session, later)
    recommendations.close(session, actor_of(boss), DAY, carried, "done", "抽查 20 次探访都守约")

    assert (carried.text, carried.outcome, carried.carried_from_id) == (first.text, "done", first.id)
    assert session.query(AuditEntry).filter_by(action="recommendation.carried").count() == 1


def test_a_closed_recommendation_is_not_carried_on(session, boss):
    round_ = make_desk_round(session)
    later = later_round(session, round_)
    recommendations.close(session, actor_of(boss), DAY, make(session, boss, round_), "dropped", "合同到期")

    assert recommendations.open_before(session, later) == []


def test_a_recommendation_names_nobody(session, boss):
    with refused("text-tells"):
        make(session, boss, make_desk_round(session), "请陈秀英女士改进服务")
