"""The coding desk, the agreement of coders and the codebook, as pages without a script."""

import re

import pytest
from build import NOON, actor_of
from build_coding import found, survey_with

from survey.models.coding import CodebookVersion, Coding
from survey.models.interview import Verbatim
from survey.services import coding


@pytest.fixture
def zhao(people):
    return people("coder", "赵编码")


@pytest.fixture
def he(people):
    return people("evaluator", "何评估")


@pytest.fixture
def survey(session, app):
    made = survey_with(session, app.extensions["vault"], "社工很关心我", "羽绒服")
    session.commit()
    return made


def desk_of(survey):
    return f"/rounds/{survey.round_.id}/coding/"


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.html).group(1)


def save(client, survey, page, *codes, status=302, **values):
    data = {"event": hidden(page, "event"), "after": hidden(page, "after"), "code": list(codes), **values}
    return client.post(desk_of(survey), data=data, status=status)


def ticked(page):
    return re.findall(r'name="code" id="[^"]+" value="([^"]+)" checked', page.html)


def open_on(client, survey, session, words):
    """The desk with these words on it."""
    event_id = session.query(Verbatim).filter_by(masked=words).one().event_id
    return client.get(f"{desk_of(survey)}?event={event_id}")


def test_a_suggestion_is_marked_with_its_words_and_not_ticked(client, session, zhao, survey):
    page = open_on(client.sign_in(zhao), survey, session, "社工很关心我")

    assert "程序建议 表扬 · 态度关怀 “关心”" in page.text and ticked(page) == []
    assert session.query(Coding).count() == 0


def test_a_link_ticks_the_suggestions_for_who_has_no_script(client, session, zhao, survey):
    page = open_on(client.sign_in(zhao), survey, session, "社工很关心我")

    taken = client.get(re.search(r'<a href="([^"]+)" id="take"', page.html).group(1).replace("&amp;", "&"))

    assert ticked(taken) == ["praise:CARE"]


def test_saving_keeps_the_codes_and_shows_the_next_remark(client, session, zhao, survey):
    page = client.sign_in(zhao).get(desk_of(survey))
    assert "0 / 2" in page.text

    following = client.get(save(client, survey, page, "praise:CARE", "suggestion:HOME_VISIT").location)

    kept = session.query(Coding).one()
    assert {code.theme for code in kept.codes} == {"CARE", "HOME_VISIT"}
    assert "1 / 2" in following.text and hidden(following, "event") != str(kept.event_id)


def test_an_empty_form_is_refused_and_keeps_what_was_typed(client, session, zhao, survey):
    page = client.sign_in(zhao).get(desk_of(survey))

    refused = save(client, survey, page, status=422, paraphrase="受到关心")

    assert "两者不能同时，也不能都空着" in refused.text and "受到关心" in refused.html
    assert hidden(refused, "event") == hidden(page, "event") and session.query(Coding).count() == 0


def test_nothing_to_code_is_a_coding_too(client, session, zhao, survey):
    page = client.sign_in(zhao).get(desk_of(survey))

    save(client, survey, page, nothing="1")

    assert session.query(Coding).one().codes == []


def test_what_somebody_else_has_just_coded_is_not_coded_again(client, session, zhao, he, survey):
    page = client.sign_in(zhao).get(desk_of(survey))
    event_id = int(hidden(page, "event"))
    coding.code(session, actor_of(he), NOON, survey.round_, event_id, found("praise:HOME_VISIT"))
    session.commit()

    following = client.get(save(client, survey, page, "praise:CARE").location)

    assert "刚刚已有人编过" in following.text and session.query(Coding).one().coder_id == he.id


def test_undo_brings_the_last_remark_back(client, session, zhao, survey):
    page = client.sign_in(zhao).get(desk_of(survey))
    save(client, survey, page, "praise:CARE")

    back = client.get(client.post(f"{desk_of(survey)}undo").location)

    assert hidden(back, "event") == hidden(page, "event") and session.query(Coding).count() == 0


def test_when_nothing_is_left_the_desk_says_so(client, session, zhao, survey):
    client.sign_in(zhao)
    for _ in range(2):
        save(client, survey, client.get(desk_of(survey)), "praise:CARE")

    assert "现在没有要您编码的原话" in client.get(desk_of(survey)).text


def test_the_desk_shows_neither_household_nor_first_coder_nor_which_coding_it_is(
    client, session, app, zhao, he
):
    survey = survey_with(session, app.extensions["vault"], "社工很关心我", twice=True)
    event_id = session.query(Verbatim).one().event_id
    coding.code(session, actor_of(zhao), NOON, survey.round_, event_id, found("complaint:PRIVACY"))
    household = survey.cases["*", 1].household_id
    session.commit()

    page = client.sign_in(he).get(desk_of(survey))

    assert household not in page.html and "赵编码" not in page.text
    assert ticked(page) == []


@pytest.fixture
def differing(session, app, zhao, he):
    """A remark that the two have coded differently."""
    survey = survey_with(session, app.extensions["vault"], "社工很关心我", twice=True)
    event_id = session.query(Verbatim).one().event_id
    for user, code in ((zhao, "praise:CARE"), (he, "praise:HOME_VISIT")):
        coding.code(session, actor_of(user), NOON, survey.round_, event_id, found(code))
    session.commit()
    return survey


def test_an_evaluator_sees_the_agreement_and_settles_what_differs(client, session, he, differing):
    told = client.sign_in(he).get(f"{desk_of(differing)}agreement/")
    assert "0 条 · 0.0%" in told.text and "社工很关心我" in told.text
    address = re.search(r'href="([^"]+/agreement/\d+)"', told.html).group(1)
    page = client.get(address)
    assert ticked(page) == ["praise:CARE"] and "编码员乙 表扬 · 上门探访" in page.text

    client.post(address, {"code": "praise:HOME_VISIT", "excerpt": "社工"})

    settled = session.query(Coding).filter_by(role="settled").one()
    assert settled.stands and settled.excerpt == "社工"
    assert "没有要裁定的分歧" in client.get(f"{desk_of(differing)}agreement/").text


def test_a_settlement_without_a_choice_is_refused(client, session, he, differing):
    event_id = session.query(Verbatim).one().event_id

    client.sign_in(he).post(f"{desk_of(differing)}agreement/{event_id}", {}, status=422)

    assert session.query(Coding).filter_by(role="settled").count() == 0


def test_a_coder_does_not_settle(client, zhao, differing):
    client.sign_in(zhao).get(f"{desk_of(differing)}agreement/", status=403)


def theme_form(**changes):
    return {
        "seen": "1", "name_zh": "宠物", "name_en": "Pets", "definition": "养宠物的事。", "kinds": ["request"],
        "words_request": "养猫、想 养狗", "action": "", "note": "两户提到养猫",
    } | changes  # fmt: skip


def test_an_evaluator_adds_a_theme_and_the_desk_offers_it(client, session, he, survey):
    client.sign_in(he).post("/codebook/new", theme_form(key="PETS"))

    page = client.get("/codebook/")
    assert "宠物 PETS" in page.text and "两户提到养猫" in page.text
    assert 'value="request:PETS"' in client.get(desk_of(survey)).html
    assert "宠物" not in client.get("/codebook/?version=1").text
    client.get("/codebook/?version=9", status=404)


def test_a_theme_changed_through_its_form_keeps_what_was_not_changed(client, session, he):
    page = client.sign_in(he).get("/codebook/CARE")
    fields = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*(.*?)</textarea>', page.html, re.S))

    client.post(
        "/codebook/CARE",
        theme_form(**fields, name_zh="态度", kinds=["praise", "complaint"], action="complaint"),
    )

    first, second = (row.content for row in session.query(CodebookVersion).order_by(CodebookVersion.version))
    care, changed = ({row["key"]: row for row in content}["CARE"] for content in (first, second))
    assert changed == care | {"name": {"zh": "态度", "en": "Pets"}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note": ""}, "请填写此项"),
        ({"key": "CARE"}, "已经有了"),
        ({"key": "a b"}, "不合格式"),
        ({"kinds": []}, "至少选一类"),
        ({"words_praise": "好猫"}, "请先选上该类别"),
    ],
)
def test_a_theme_that_cannot_be_kept_is_shown_again_with_what_to_mend(client, session, he, changes, said):
    page = client.sign_in(he).post("/codebook/new", theme_form(key="PETS") | changes, status=422)

    assert said in page.text and "养猫" in page.html
    assert session.query(CodebookVersion).count() <= 1


def test_a_coder_reads_the_codebook_and_does_not_change_it(client, zhao):
    page = client.sign_in(zhao).get("/codebook/")

    assert "BROKEN_APPOINTMENT" in page.text and "/codebook/CARE" not in page.html
    client.get("/codebook/CARE", status=403)


def test_who_evaluates_one_round_alone_does_not_change_the_codebook(client, people, survey):
    client.sign_in(people("evaluator", round_=survey.round_)).get("/codebook/new", status=403)
    client.get("/codebook/")
