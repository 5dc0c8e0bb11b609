"""The red button in a real browser: raised without the network, it arrives once, and the surveyor sees that help is coming."""

import json

from axe import serious_faults
from desk_steps import SHORT_FORM, all_saved, answer, answer_all, at, dial, open_desk, stored, wrap_up

from survey.models.care import Incident
from survey.models.interview import AnswerEvent
from survey.models.season import Season
from survey.services import incident_records
from survey.services.trail import Actor

SAID = "对方说两天没有吃饭，已请同事打 110"


def open_desk_with_on_call(live, page, **more):
    open_desk(live, page, **more)
    with live.session() as session:
        season = session.query(Season).one()
        season.on_call_name, season.on_call_phone = "李明", "139-0000-0001"


def incidents(live):
    """Every alarm: its id, who raised it, who took it over."""
    with live.session() as session:
        return [
            (one.id, one.raised_by.username, one.acknowledged_by.username if one.acknowledged_by else None)
            for one in session.query(Incident)
        ]


def waiting_here(page, n):
    """Wait until the browser holds `n` alarms and reports that the server has not acknowledged."""
    page.wait_for_function(
        "(n) => Object.keys(localStorage).filter((key) => key.includes('.urgent.')).length === n", arg=n
    )


def state(page, name, place="urgent-line"):
    page.wait_for_selector(f"#{place}[data-state={name}]:not([hidden])")
    return page.text_content(f"#{place}")


def test_an_alarm_raised_while_the_server_is_dead_arrives_once_and_its_surveyor_sees_who_took_it_over(
    live, page, open_window
):
    open_desk_with_on_call(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:2])
    all_saved(page)
    live.kill()
    page.keyboard.press("F9")

    assert "还没有送出" in state(page, "unsent", "urgent-recorded")
    assert "李明" in page.text_content(".on-call") and "139-0000-0001" in page.text_content(".on-call")
    assert page.is_visible("#on-call-phone a[href='tel:139-0000-0001']")
    page.keyboard.press("4")
    page.keyboard.press("Escape")
    page.keyboard.press("F9")
    page.keyboard.press("Escape")
    answer(page, "B1", "1")
    waiting_here(page, 2)
    live.start()
    assert "还没有人接手" in state(page, "waiting")
    [(raised, by, taken_by)] = incidents(live)
    assert (by, taken_by) == ("王芳", None)

    supervisor = open_window()
    live.sign_in(supervisor, live.person("supervisor", "李明"))
    supervisor.goto(f"{live.url}/seasons/")
    assert "1 个紧急情况还没有人接手" in supervisor.text_content("#alarm")
    assert supervisor.title().startswith("(1) ")
    supervisor.click("#alarm a")
    supervisor.wait_for_selector("#incident-list")
    assert serious_faults(supervisor) == []
    supervisor.click("#incident-list button")
    supervisor.wait_for_selector("h1:text('一条紧急情况')")
    assert serious_faults(supervisor) == []

    assert "李明" in state(page, "taken") and "已接手" in page.text_content("#urgent-line")
    all_saved(page)
    assert incidents(live) == [(raised, "王芳", "李明")]
    waiting_here(page, 0)
    assert stored(live)["B1"] == ["1"]


def test_what_happened_is_written_between_calls_and_sealed(live, page):
    open_desk_with_on_call(live, page)
    dial(page)
    answer(page, "A1", "1")
    page.keyboard.press("F9")
    state(page, "waiting", "urgent-recorded")
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    wrap_up(page, "c")
    page.wait_for_selector("body[data-phase=idle]")
    page.click("#report-dangers [data-danger='4']")
    assert serious_faults(page) == []
    page.fill("#report-text", SAID)
    page.click("#urgent-report button.btn")
    page.wait_for_selector("#report-written:not([hidden])")

    waiting_here(page, 0)
    assert page.input_value("#report-text") == ""
    with live.session() as session:
        [incident] = session.query(Incident).all()
        incident.acknowledged_at, incident.acknowledged_by_id = incident.raised_at, incident.raised_by_id
        written = incident_records.read(session, live.vault, Actor(None), incident.raised_at, incident)
    assert [(one.entry.dangers, one.entry.text) for one in written] == [(("3",), ""), (("4",), SAID)]
    assert SAID not in json.dumps(page.evaluate("Object.values(localStorage)"))


def test_an_alarm_survives_a_page_closed_without_network(live, page):
    open_desk_with_on_call(live, page)
    dial(page)
    page.context.set_offline(True)
    page.keyboard.press("F9")
    state(page, "unsent", "urgent-recorded")
    page.on("dialog", lambda dialog: dialog.accept())
    page.close(run_before_unload=True)
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{live.url}/desk/")

    assert "还没有人接手" in state(again, "waiting")
    assert len(incidents(live)) == 1


def test_a_risk_signal_reminds_of_the_button_until_it_was_pressed(live, page):
    open_desk_with_on_call(live, page, questionnaire="full")
    dial(page)
    walk_to(page, "M7")
    page.keyboard.press("1")
    assert "请按 F9" in state(page, "hint")
    page.keyboard.press("F9")
    state(page, "waiting", "urgent-recorded")
    page.keyboard.press("Escape")

    assert "还没有人接手" in state(page, "waiting")


def walk_to(page, question):
    """Answer with whatever is offered first, except for what would end the interview or branch off."""
    for _ in range(80):
        name = page.get_attribute("#question", "data-name")
        if name == question:
            return
        if page.is_visible("#words-field"):
            page.fill("#words", "1" if page.get_attribute("#words", "inputmode") == "numeric" else "")
        elif page.query_selector("#choices .choice"):
            page.click("#choices .choice")
        page.click("#advance")
        page.wait_for_function(
            "(name) => document.querySelector('#question').dataset.name !== name", arg=name
        )
    raise AssertionError(f"{question} was not reached")


def test_the_seconds_that_a_question_stood_on_the_page_are_stored_with_its_answer(live, page):
    open_desk(live, page)
    dial(page)
    at(page, "A1")
    page.wait_for_timeout(1200)
    answer_all(page, SHORT_FORM[:2])
    at(page, "B1")
    page.keyboard.press("ArrowLeft")
    at(page, "A2")
    page.wait_for_timeout(1200)
    page.keyboard.press("2")
    page.wait_for_selector("body[data-phase=wrapup]")
    all_saved(page)

    with live.session() as session:
        events = session.query(AnswerEvent).order_by(AnswerEvent.revision).all()
    first, second, changed = (event.seconds for event in events)
    assert first >= 1.2 and changed >= second + 1.2 and changed < 600
