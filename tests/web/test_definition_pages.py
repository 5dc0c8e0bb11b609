"""The page of a definition: in words, worked out, saved, locked by the first release, and changed with a mark."""

import re

import pytest
from build import make_round, make_station
from build_results import make_survey
from web_client import TAG

from survey.models.season import DefinitionVersion, Round, Season
from survey.services import adoptions
from survey.services.definitions import load
from survey.stats.definition import DEFAULT
from survey.stats.points import Band, Below, Kind, Measured, PointsRule, points_for
from survey.web.definition_forms import shown


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def released(session, vault):
    made = make_survey(session, vault, {"一片区": 200}, {"*": 40}, stratify_by="none")
    made.interviews(36, 4)
    session.commit()
    return made.round_


@pytest.fixture
def coordinator(client, people):
    client.sign_in(people("coordinator"))
    return client


def typed(definition=DEFAULT, seen=0, **changed):
    """What a browser sends when the form is filled in with this definition."""
    sent = {}
    for name, value in shown(definition, seen).items():
        if isinstance(value, dict):
            sent |= {f"{name}-{part}": str(each) for part, each in value.items()}
        elif value is not None:
            sent[name] = str(value)
    rest = {"measure": "rate", "started": "whole", "below": "not_scored"}
    return rest | sent | {key.replace("__", "-"): value for key, value in changed.items()}


BANDS = {
    "kind": "bands", "maximum": "10", "band_0-lower": "80", "band_0-points": "8", "band_1-lower": "90",
    "band_1-points": "10",
}  # fmt: skip


def previewed(client, sent, status=200):
    """What the preview shows, as a reader sees it."""
    answer = client.get("/definition/preview", status, query_string=sent)
    return " ".join(TAG.sub("", answer.json["html"]).split())


def in_force(session, round_):
    session.expire_all()
    return load(session.get_one(Round, round_.id).definition)


def test_the_page_says_what_holds_and_works_it_out(coordinator, round_):
    assert f"/rounds/{round_.id}/definition" in coordinator.get(f"/rounds/{round_.id}").html

    page = coordinator.get(f"/rounds/{round_.id}/definition")

    assert "现行口径 满意率 v1" in page.text and "没有约定折分规则" in page.text
    assert "满意率 90.0% （82.8–94.8%）" in page.text and "满意度得分 86.25 分（M2）" in page.text


def test_the_example_is_worked_out_while_typing(coordinator, round_):
    shown = previewed(coordinator, typed(seen=round_.definition_id, **BANDS, score_map="M1"))

    assert "满意度得分 88.50 分（M1）" in shown
    assert "折分 10.00 分（按区间 8.00–10.00 分），满分 10 分，n=100" in shown
    assert "跨过分界 90%" in shown
    assert "得分：原为“按 M2 折算" in shown


def test_the_middle_answer_changes_the_name_with_the_rate(coordinator, round_):
    assert "基本满意以上率 96.0%" in previewed(coordinator, typed(satisfied="5 4 3"))


def test_what_cannot_be_worked_out_is_said_in_its_place(coordinator):
    wrong = typed(**BANDS | {"band_1-points": "7"})
    assert "各档的下限和分值应一起升高" in previewed(coordinator, wrong, 422)


def test_a_definition_is_saved_before_the_first_release(coordinator, round_, session):
    sent = typed(seen=round_.definition_id, **BANDS, minimum="30", below="penalty", penalty="2", level="90")

    coordinator.post(f"/rounds/{round_.id}/definition", sent)

    found = in_force(session, round_)
    assert (found.version, found.level, found.points.kind) == (2, 0.9, Kind.BANDS)
    assert [(band.lower, band.points) for band in found.points.bands] == [(80, 8), (90, 10)]
    assert (found.points.minimum, found.points.below, found.points.penalty) == (30, Below.PENALTY, 2)
    page = coordinator.get(f"/rounds/{round_.id}/definition")
    assert "满意率 v2 现行" in page.text and "开访后更改" not in page.text.replace("此后更改", "")
    assert page.html.count('value="80"') == 1, "what was saved is in the form"


def test_what_is_in_the_form_is_what_was_laid_down(coordinator, round_, session):
    sent = typed(seen=round_.definition_id, **BANDS | {"band_2-lower": "0", "band_2-points": "0.5"})
    coordinator.post(f"/rounds/{round_.id}/definition", sent)

    found = in_force(session, round_)

    assert [(band.lower, band.points) for band in found.points.bands] == [(0, 0.5), (80, 8), (90, 10)]
    page = coordinator.post(f"/rounds/{round_.id}/definition", typed(found, round_.definition_id), status=422)
    assert "没有可保存的改动" in page.text


def test_looking_first_keeps_nothing(coordinator, round_, session):
    sent = typed(seen=round_.definition_id, score_map="M1", step="preview")

    page = coordinator.post(f"/rounds/{round_.id}/definition", sent, status=200)

    assert "按所填内容（尚未保存）" in page.text
    assert in_force(session, round_).version == 1


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"kind": "bands", "maximum": "10"}, "至少要有一档"),
        ({"kind": "proportional"}, "应大于 0"),
        ({"kind": "deduction", "maximum": "10", "target": "95"}, "每点扣分"),
        ({"kind": "bands", "maximum": "10", "band_0-lower": "80"}, "下限和分值要一起填"),
        ({"kind": "proportional", "maximum": "abc"}, "有几处需要改正"),
        ({"satisfied": "5 4 3 2"}, "有几处需要改正"),
    ],
)
def test_a_rule_that_could_not_be_applied_is_refused_beside_its_field(
    coordinator, round_, session, changed, fault
):
    sent = typed(seen=round_.definition_id, **changed)

    page = coordinator.post(f"/rounds/{round_.id}/definition", sent, status=422)

    assert fault in page.text
    assert in_force(session, round_).version == 1


def test_after_the_first_release_a_change_needs_a_reason(coordinator, released, session):
    page = coordinator.get(f"/rounds/{released.id}/definition")
    assert "自此锁定" in page.text and "开访后更改口径…" in page.text
    sent = typed(seen=released.definition_id, score_map="M1")

    page = coordinator.post(f"/rounds/{released.id}/definition", sent, status=422)

    assert "请填写此项" in page.text
    assert in_force(session, released).version == 1


def test_a_change_after_the_first_release_is_marked_with_its_reason(coordinator, released, session):
    first = released.definition_id
    sent = typed(seen=first, score_map="M1", reason="委托方来函要求")

    coordinator.post(f"/rounds/{released.id}/definition", sent)

    assert in_force(session, released).version == 2
    page = coordinator.get(f"/rounds/{released.id}/definition")
    assert (
        "现行口径 满意率 v2" in page.text
        and "满意率 v2 现行 开访后更改" in page.text
        and "委托方来函要求" in page.text
    )
    assert "得分：原为“按 M2 折算" in page.text


def test_a_change_on_an_old_page_is_refused(coordinator, round_, session):
    first = round_.definition_id
    coordinator.post(f"/rounds/{round_.id}/definition", typed(seen=first, score_map="M1"))

    page = coordinator.post(f"/rounds/{round_.id}/definition", typed(seen=first, level="90"), status=422)

    assert "口径已被别人更改" in page.text
    assert in_force(session, round_).level == 0.95


def test_a_season_s_definition_reaches_its_rounds_and_says_which(coordinator, released, session):
    season = released.season
    follows = make_round(session, season, make_station(session, "甲站"))
    session.commit()

    coordinator.post(f"/seasons/{season.id}/definition", typed(score_map="M1"))

    assert in_force(session, follows).score_map_name == "M1"
    assert in_force(session, released).score_map_name == "M2"
    page = coordinator.get(f"/seasons/{season.id}/definition")
    assert "已开始发放，锁定不变" in page.text and "随之改用" in page.text
    assert session.get_one(Season, season.id).definition.version == 2


def test_whoever_covers_one_round_neither_changes_the_season_nor_sees_other_rounds(
    client, people, round_, session
):
    client.sign_in(people("coordinator", round_=round_))
    season = round_.season_id
    make_round(session, round_.season, make_station(session, "别人的社工站"))
    session.commit()
    assert "别人的社工站" not in client.get(f"/seasons/{season}/definition").text

    client.post(f"/seasons/{season}/definition", typed(score_map="M1"), status=403)
    client.post(f"/rounds/{round_.id}/definition", typed(seen=round_.definition_id, score_map="M1"))


def test_an_evaluator_reads_and_changes_nothing(client, people, round_, session):
    client.sign_in(people("evaluator"))

    page = client.get(f"/rounds/{round_.id}/definition")
    assert "现行口径" in page.text and "definition-form" not in page.html
    client.post(f"/rounds/{round_.id}/definition", typed(score_map="M1"), status=403)

    assert session.query(DefinitionVersion).count() == 1


def printed(app, template, macro, *values):
    """What a macro makes of these values, as a reader sees it, and its links."""
    with app.test_request_context():
        made = str(getattr(app.jinja_env.get_template(template).module, macro)(*values))
    return " ".join(TAG.sub("", made).split()), re.findall(r'href="([^"]+)"', made)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (
            Measured(90, 82, 95, 100),
            ["折分 10.00 分（按区间 8.00–10.00 分）", "区间跨过分界", "折分规则：按总体满意率折分"],
        ),
        (Measured(100, 100, 100, 100), ["折分 10.00 分（区间两端相同）"]),
        (Measured(89.96, 85, 89.99, 100), ["没有达到 90%"]),
        (Measured(95, None, None, 100), ["折分 10.00 分（没有区间）"]),
        (Measured(95, 90, 99, 20), ["折分 —（满分 10 分）", "基数 20 户，少于约定的 30 户"]),
    ],
)
def test_the_points_stand_beside_a_result_with_rule_interval_and_warning(app, measured, words):
    rule = PointsRule(Kind.BANDS, 10, bands=(Band(80, 8), Band(90, 10)), minimum=30)
    points = points_for(rule, measured)

    text, _links = printed(app, "definitions/_points.html", "points_block", points, rule)

    assert [word for word in words if word not in text] == []


def test_without_a_rule_that_is_said_too(app):
    text, _links = printed(app, "definitions/_points.html", "points_block", None, None)
    assert text == "折分规则：没有约定折分规则，结果不折成分数。"


def test_the_mark_beside_a_result_leads_to_the_earlier_one_and_back(app, coordinator, released, session):
    first = released.definition
    sent = typed(seen=first.id, score_map="M1", reason="委托方来函要求")
    coordinator.post(f"/rounds/{released.id}/definition", sent)
    session.expire_all()
    round_ = session.get_one(Round, released.id)
    history = adoptions.history(session, round_)

    now, to_earlier = printed(app, "definitions/_mark.html", "mark", round_, history, round_.definition)
    then, back = printed(app, "definitions/_mark.html", "mark", round_, history, first)

    assert "满意率 v2 开访后更改" in now and "原因：委托方来函要求" in now
    assert f"/rounds/{round_.id}/results?definition={first.id}" in to_earlier
    assert "这是更改前的口径" in then and f"/rounds/{round_.id}/results" in back


def test_the_pages_speak_english(coordinator, released):
    coordinator.speak("en")
    sent = typed(seen=released.definition_id, **BANDS, reason="x")
    coordinator.post(f"/rounds/{released.id}/definition", sent)

    page = coordinator.get(f"/rounds/{released.id}/definition")

    assert "Changed after fieldwork began" in page.text
    assert "from 90% 10 points, from 80% 8 points, below 80% 0 points" in page.text
