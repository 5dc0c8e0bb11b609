"""Nobody's answer is ever lost: power, network, login and lease may fail in the middle of an interview."""

import json
import re

from desk_steps import (
    SHORT_FORM,
    all_saved,
    answer,
    answer_all,
    at,
    dial,
    end_login,
    expected,
    only_case,
    only_interview,
    open_desk,
    stored,
    wrap_up,
)

from survey.models.draw import Case


def test_after_a_killed_server_every_answer_is_stored_exactly_once(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:5])
    live.kill()
    answer_all(page, SHORT_FORM[5:9])
    page.wait_for_selector("#saving[data-state=offline]")
    live.start()
    answer_all(page, SHORT_FORM[9:])
    wrap_up(page)
    page.wait_for_selector("body[data-phase=idle]")

    assert stored(live) == expected(SHORT_FORM)
    assert (only_case(live).disposition, only_interview(live).revision) == ("D01", len(SHORT_FORM))


def test_an_answer_whose_acknowledgement_was_lost_is_not_stored_twice(live, page):
    """The server stores it, and dies before its answer arrives."""
    open_desk(live, page)
    dial(page)
    answer(page, "A1", "1")
    all_saved(page)
    lost = []

    def swallow(route):
        route.fetch()
        lost.append(route)
        route.abort()

    page.route(re.compile(r"/answers$"), swallow, times=1)
    answer_all(page, SHORT_FORM[1:4])
    all_saved(page)

    assert len(lost) == 1
    assert stored(live) == expected(SHORT_FORM[:4])


def test_without_the_network_the_interview_goes_on_and_afterwards_every_answer_is_stored_once(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:3])
    all_saved(page)
    page.context.set_offline(True)
    answer_all(page, SHORT_FORM[3:])
    wrap_up(page)
    page.wait_for_selector("#saving[data-state=offline]")
    assert "已保存在本机" in page.text_content("#saving")
    assert stored(live) == expected(SHORT_FORM[:3])
    page.context.set_offline(False)
    page.wait_for_selector("body[data-phase=idle]")

    assert stored(live) == expected(SHORT_FORM)
    assert only_case(live).disposition == "D01"


def test_a_page_closed_in_an_outage_uploads_when_it_is_opened_again(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:3])
    all_saved(page)
    page.route(re.compile(r"/answers$"), lambda route: route.abort())
    answer_all(page, SHORT_FORM[3:12])
    page.wait_for_selector("#saving[data-pending='9']")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.close(run_before_unload=True)
    again = page.context.new_page()
    again.goto(f"{live.url}/desk/")

    at(again, "H1b")
    all_saved(again)
    assert stored(live) == expected(SHORT_FORM[:12])
    assert asked == ["beforeunload"]


def test_an_expired_login_keeps_the_answers_until_the_same_person_is_back(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:3])
    all_saved(page)
    end_login(live)
    answer_all(page, SHORT_FORM[3:6])
    page.wait_for_selector("#saving[data-state=login]")
    assert "请重新登录，答案已保存在本机" in page.text_content("#saving")
    answer_all(page, SHORT_FORM[6:8])
    with page.context.expect_page() as opened:
        page.click("#login-again")
    live.log_in(opened.value, "王芳")
    opened.value.close()
    page.bring_to_front()
    all_saved(page)

    assert stored(live) == expected(SHORT_FORM[:8])


def test_a_household_that_went_to_somebody_else_is_not_called_but_its_answers_arrive(live, page):
    open_desk(live, page)
    dial(page)
    answer_all(page, SHORT_FORM[:3])
    all_saved(page)
    other = live.person("surveyor", "陈姨", languages="yue")
    with live.session() as session:
        session.query(Case).one().lease_user_id = other.id
    answer_all(page, SHORT_FORM[3:6])
    all_saved(page)

    assert stored(live) == expected(SHORT_FORM[:6])


def test_an_answer_that_the_server_refuses_is_asked_again_by_name(live, page):
    open_desk(live, page)
    dial(page)
    answer(page, "A1", "1")
    all_saved(page)

    def spoil(route):
        body = route.request.post_data_json
        body["events"][0]["value"] = "7"
        route.continue_(post_data=json.dumps(body))

    page.route(re.compile(r"/answers$"), spoil, times=1)
    answer(page, "A2", "1")
    page.wait_for_selector("#wrong:not([hidden])")

    at(page, "A2")
    assert "A2" in page.text_content("#wrong")
    answer(page, "A2", "1")
    at(page, "B1")
    all_saved(page)
    assert stored(live) == expected(SHORT_FORM[:2])
