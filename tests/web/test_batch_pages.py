"""The pages of a whole season: rosters that find their stations, steps with one confirmation, and who may."""

import io
import re

import pytest
from build import NOON, actor_of, make_round, make_season, make_station
from openpyxl import Workbook
from sqlalchemy import event

from survey.models.draw import Design
from survey.models.frame import Frame, RosterUpload
from survey.models.season import Round
from survey.models.trail import AuditEntry
from survey.services.accounts import recuse

HEADS = ("户编号", "社区", "户主姓名", "联系电话", "对象类别")


def roster(title="", households=30, heads=HEADS, prefix="GY", extra=()):
    book = Workbook()
    sheet = book.active
    sheet.title = "名册"
    sheet.append([title or "服务对象名册"])
    sheet.append([*heads, *extra])
    for n in range(households):
        row = [f"{prefix}-{n:04}", "一社区" if n % 2 else "二社区", f"陈某{n}", f"1390000{n:04}", "低保对象"]
        sheet.append([*row, *("是" for _ in extra)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def named(station, **values):
    return roster(f"2025年度{station}服务对象名册", **values)


@pytest.fixture
def clock(monkeypatch):
    times = [NOON]
    for module in ("batch", "batch_rosters"):
        monkeypatch.setattr(f"survey.web.{module}.now", lambda: times[0])
    return times


@pytest.fixture
def season(session):
    made = make_season(session)
    session.commit()
    return made


@pytest.fixture
def add(session, season):
    def station(name, **values):
        round_ = make_round(
            session, season, make_station(session, name, name.removesuffix("社工服务站")), target_completes=10,
            **values,
        )  # fmt: skip
        session.commit()
        return round_

    return station


@pytest.fixture
def coordinator(client, people, clock):
    client.sign_in(people("coordinator", "林统筹"))
    return client


class Pages:
    def __init__(self, client, season, clock):
        self.client, self.season, self.clock = client, season, clock
        self.base = f"/seasons/{season.id}/batch"

    def get(self, path="", status=200):
        return self.client.get(self.base + path, status)

    def upload(self, *files, status=200, json=True, **values):
        data = {"files": [(io.BytesIO(content), name) for name, content in files], **values}
        headers = {"Accept": "application/json"} if json else {}
        page = self.client.post(
            f"{self.base}/rosters", data, status, content_type="multipart/form-data", headers=headers
        )
        return page.json["files"] if json and status == 200 else page

    def take(self, step, status=302, **values):
        """The page's form with every tick that it has set."""
        html = self.get(f"/{step}").html
        fields = {"name": self.season.name, "shown": re.findall(r'name="shown" value="([^"]+)"', html)}
        fields["rounds"] = re.findall(r'name="rounds" value="([^"]+)"[^>]*checked', html)
        return self.client.post(f"{self.base}/{step}", fields | values, status)


@pytest.fixture
def pages(coordinator, season, clock):
    return Pages(coordinator, season, clock)


def test_many_files_find_their_stations_by_title_or_name(pages, add, session):
    first, second = add("三元里街社工服务站"), add("松柏岗街社工服务站")

    files = pages.upload(("a.xlsx", named("三元里街社工服务站")), ("松柏岗名册.xlsx", roster()))

    assert [file["state"] for file in files] == ["imported", "imported"]
    assert "已导入 30 户" in files[0]["html"]
    assert {frame.round_id: frame.file_name for frame in session.query(Frame)} == {
        first.id: "a.xlsx",
        second.id: "松柏岗名册.xlsx",
    }
    assert session.query(RosterUpload).count() == 0


def test_a_file_that_cannot_be_read_keeps_no_other_out(pages, add, session):
    add("三元里街社工服务站")

    files = pages.upload(("坏.xlsx", b"PK\x03\x04 nothing"), ("三元里.xlsx", roster()))

    assert [file["state"] for file in files] == ["refused", "imported"]
    assert session.query(Frame).count() == 1


def test_the_same_file_again_changes_nothing(pages, add, session):
    add("三元里街社工服务站")
    data = named("三元里街社工服务站")
    pages.upload(("a.xlsx", data))
    before = session.query(AuditEntry).count()

    (file,) = pages.upload(("a.xlsx", data))

    assert file["state"] == "same" and session.query(AuditEntry).count() == before


def test_another_file_for_a_round_that_has_one_waits_for_somebody_to_look(pages, add, session):
    round_ = add("三元里街社工服务站")
    pages.upload(("a.xlsx", named("三元里街社工服务站")))

    (file,) = pages.upload(("b.xlsx", named("三元里街社工服务站", households=31)))

    assert file["state"] == "columns" and f"/rounds/{round_.id}/roster/columns" in file["html"]
    assert session.query(Frame).one().file_name == "a.xlsx"
    assert "名册的列待确认" in pages.get().text


def test_unknown_columns_wait_unless_it_was_agreed_to_leave_them(pages, add, session):
    add("三元里街社工服务站")
    data = named("三元里街社工服务站", extra=("结对网络情况表",))

    (file,) = pages.upload(("a.xlsx", data))
    assert file["state"] == "columns" and "结对网络情况表" in file["html"]
    assert session.query(Frame).count() == 0 and session.query(RosterUpload).count() == 1

    (file,) = pages.upload(("a.xlsx", data), leave_unknown="y")
    assert file["state"] == "imported" and session.query(RosterUpload).count() == 0


def test_columns_confirmed_for_one_station_are_known_for_the_others(pages, add, session):
    first, second = add("三元里街社工服务站"), add("松柏岗街社工服务站")
    first.station.columns_remembered = {"结对网络情况表": "note"}
    session.commit()

    (file,) = pages.upload(("b.xlsx", named("松柏岗街社工服务站", extra=("结对网络情况表",))))

    assert file["state"] == "imported" and session.query(Frame).one().round_id == second.id


def test_a_file_without_numbers_is_not_imported_unseen(pages, add):
    add("三元里街社工服务站")
    heads = ("户编号", "社区", "户主姓名", "住址", "对象类别")

    (file,) = pages.upload(("a.xlsx", named("三元里街社工服务站", heads=heads)))

    assert file["state"] == "columns" and "没有找到联系电话一列" in file["html"]


def test_a_new_station_is_offered_with_name_and_street_and_added_in_one_step(pages, session, season):
    (file,) = pages.upload(("x.xlsx", named("广州市白云区同和街社工服务站")))
    assert file["state"] == "unknown"
    assert 'value="同和街社工服务站"' in file["row"] and 'value="同和街"' in file["row"]

    shared = {"questionnaire": "short", "target_group": "困难群众", "target_completes": "100"}
    answer = pages.client.post(
        f"{pages.base}/rosters/rounds",
        shared | {"station": ["同和街社工服务站", "京溪街社工服务站", ""], "street": ["同和街", "京溪街", "某街"]},
        200, headers={"Accept": "application/json"},
    ).json["rounds"]  # fmt: skip

    assert [sorted(one) for one in answer] == [["href", "id", "station"], ["href", "id", "station"], ["error", "station"]]  # fmt: skip
    made = session.query(Round).order_by(Round.id).all()
    assert [round_.station.street for round_ in made] == ["同和街", "京溪街"]
    assert {round_.questionnaire.name for round_ in made} == {"short"} and made[
        0
    ].fieldwork_to == season.fieldwork_to
    (file,) = pages.upload(("x.xlsx", named("随便")), round=str(made[0].id))
    assert file["state"] == "imported"


def test_a_station_that_has_a_round_is_not_added_twice(pages, add, session):
    round_ = add("同和街社工服务站")
    shared = {"questionnaire": "short", "target_group": "困难群众", "target_completes": "100"}

    answer = pages.client.post(
        f"{pages.base}/rosters/rounds", shared | {"station": "同和街社工服务站", "street": "同和街"}, 200,
        headers={"Accept": "application/json"},
    )  # fmt: skip

    assert answer.json["rounds"][0]["id"] == round_.id and session.query(Round).count() == 1


def test_without_scripts_the_page_says_what_became_of_each_file(pages, add):
    add("三元里街社工服务站")

    page = pages.upload(
        ("a.xlsx", named("三元里街社工服务站")), ("b.xlsx", named("京溪街社工服务站")), json=False
    )

    assert "已导入 30 户" in page.text and "1 个已导入，1 个待办，共 2 个文件" in page.text
    assert (
        'value="京溪街社工服务站"' in page.html and "hidden" not in page.html.split('id="rounds-form"')[1][:8]
    )


def test_the_table_shows_every_round_and_the_filter_those_to_look_at(pages, add):
    add("三元里街社工服务站")
    add("松柏岗街社工服务站")
    pages.upload(("三元里.xlsx", roster()))

    assert "三元里街社工服务站" in pages.get().text.split("各轮")[1]
    filtered = pages.get("?show=attention").text.split("各轮")[1]
    assert "松柏岗街社工服务站" in filtered and "三元里街社工服务站" not in filtered


def test_all_steps_with_each_thing_typed_once(pages, add, session, clock):
    for name in ("三元里街社工服务站", "松柏岗街社工服务站"):
        add(name)
        pages.upload((f"{name}.xlsx", named(name)))
    numbers = {"target": "10", "completion": "80", "satisfaction": "90", "minimum": "2", "reserve": "3"}
    for step, values in [
        ("confirm", {"signed_by": "街道办 何主任"}),
        ("seal", {"stratify_by": "community"}),
        ("design", {"method": "proportional", **numbers}),
        ("lock", {}),
        ("source", {"kind": "public", "source": "双色球第 2025041 期", "expected_at": "2025-04-10T21:30:00"}),
    ]:
        page = pages.take(step, **values)
        assert page.location == pages.base, step
        assert "完成 2 轮" in pages.get().text, step
    assert "随机数还没有产生" in pages.get("/seed").text
    clock[0] = NOON.replace(hour=14)
    pages.take("seed", value="03 08 11", again="03 08 11")
    pages.take("draw")
    pages.take("release", reason="第一批")

    page = pages.get()
    assert "发放第一批：完成 2 轮。" in page.text
    assert {design.seed_value for design in session.query(Design)} == {"03 08 11"}
    assert all(design.drawn_at for design in session.query(Design))
    assert session.query(AuditEntry).filter_by(action="season.batch-run").count() == 8


def test_the_wrong_name_of_the_season_fixes_nothing(pages, add, session):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))

    page = pages.take("confirm", 422, name="别的季", signed_by="何主任")

    assert "与评估季名称不一致" in page.text and 'value="何主任"' in page.html
    assert session.query(Frame).one().confirmed_at is None


def test_the_two_entries_of_the_value_have_to_agree(pages, add):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))

    assert "现在没有可以办理的轮次" in pages.get("/seed").text
    page = pages.client.post(
        f"{pages.base}/seed", {"name": pages.season.name, "value": "1 2", "again": "1 3"}, 422
    )
    assert page.status == 422


def test_recalculating_shows_the_template_without_saving_it(pages, add, session, season):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    pages.take("confirm", signed_by="何主任")
    pages.take("seal", stratify_by="community")
    typed = {"method": "proportional", "target": "20", "completion": "100", "satisfaction": "90"}

    page = pages.take("design", 200, recalculate="1", name="", **typed)

    assert "样本 20 户" in page.text and "请填写此项" not in page.text
    assert session.query(Design).count() == 0 and season.design_template == {}


def test_a_template_saves_designs_also_where_the_numbers_shown_before_did_not_fit(
    pages, add, session, season
):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    pages.take("confirm", signed_by="何主任")
    pages.take("seal", stratify_by="community")
    season.design_template = {"method": "srs", "target_completes": 100}
    session.commit()
    assert "目标完成数 100 户不可用" in pages.get("/design").text

    pages.take("design", method="srs", target="20", completion="100", satisfaction="90")

    assert session.query(Design).one().target_completes == 20
    assert season.design_template["target_completes"] == 20


def test_an_unticked_round_gets_no_design(pages, add, session):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    pages.take("confirm", signed_by="何主任")
    pages.take("seal", stratify_by="community")

    pages.take("design", rounds=[], method="srs", target="20", completion="100", satisfaction="90")

    assert session.query(Design).count() == 0 and "没有勾选" in pages.get().text


def test_what_was_not_done_is_told_with_station_and_reason(pages, add):
    add("三元里街社工服务站")
    add("松柏岗街社工服务站")
    pages.upload(("三元里.xlsx", roster()))

    pages.take("confirm", signed_by="何主任")

    assert "登记签字：完成 1 轮。 没有做 1 轮： 松柏岗街社工服务站：还没有导入名册。" in pages.get().text


def test_a_batch_that_takes_too_long_stops_between_rounds_and_keeps_what_was_typed(
    pages, add, session, monkeypatch
):
    monkeypatch.setattr("survey.web.batch.PATIENCE", -1.0)
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))

    page = pages.take("confirm", 200, signed_by="何主任")

    assert "还有 1 轮没有做到" in page.text and 'value="何主任"' in page.html
    monkeypatch.setattr("survey.web.batch.PATIENCE", 20.0)
    pages.take("confirm", signed_by="何主任")
    assert session.query(Frame).one().confirmed_at is not None


def test_progress_is_counted_while_a_batch_runs(pages, add):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    assert pages.get("/confirm/progress").json == {"done": 0}

    pages.take("confirm", signed_by="何主任")

    assert pages.get("/confirm/progress").json == {"done": 1}


@pytest.mark.parametrize("path", ["", "/confirm", "/seal", "/release"])
def test_a_page_costs_as_many_queries_for_one_round_as_for_many(pages, add, session, path):
    def queries():
        session.expire_all()
        seen = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        pages.get(path)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        return len(seen)

    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    one = queries()
    for number, name in enumerate(("松柏岗", "同和", "京溪", "永平")):
        add(f"{name}街社工服务站")
        pages.upload((f"{name}街.xlsx", roster(prefix=f"S{number}")))

    assert queries() == one


def test_there_is_no_other_step(pages):
    pages.get("/close", status=404)


def test_a_coordinator_of_one_round_sees_and_touches_that_one_only(
    client, people, session, add, season, clock
):
    mine, other = add("三元里街社工服务站"), add("松柏岗街社工服务站")
    pages = Pages(client.sign_in(people("coordinator", round_=mine)), season, clock)

    files = pages.upload(("三元里.xlsx", roster()), ("松柏岗.xlsx", roster(prefix="SB")))
    assert [file["state"] for file in files] == ["imported", "refused"]
    assert "松柏岗" not in pages.get().text and "新增这些轮次" not in pages.get().text
    client.post(f"{pages.base}/rosters/rounds", {"station": "新站", "street": "新街"}, 403)
    frame = session.query(Frame).one()
    assert frame.round_id == mine.id and other.id != mine.id


def test_a_coordinator_of_one_round_designs_it_and_leaves_the_template_of_the_season(
    client, people, session, add, season, clock
):
    add("松柏岗街社工服务站")
    pages = Pages(client.sign_in(people("coordinator", round_=add("三元里街社工服务站"))), season, clock)
    pages.upload(("三元里.xlsx", roster()))
    pages.take("confirm", signed_by="何主任")
    pages.take("seal", stratify_by="none")

    pages.take("design", method="srs", target="20", completion="100", satisfaction="90")

    assert session.query(Design).one().target_completes == 20
    session.refresh(season)
    assert season.design_template == {}


def test_a_recused_coordinator_cannot_take_a_step_in_that_station(pages, people, add, session):
    round_ = add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    user = people("coordinator", "回避的人")
    recuse(session, actor_of(user), NOON, user, round_.station, "曾在该站任职")
    session.commit()
    keys = re.findall(r'name="rounds" value="([^"]+)"', pages.get("/confirm").html)
    pages.client.sign_in(user)

    values = {"rounds": keys, "name": pages.season.name, "signed_by": "何"}
    pages.client.post(f"{pages.base}/confirm", values)
    assert len(keys) == 1 and "三元里" not in pages.get().text
    assert session.query(Frame).one().confirmed_at is None


@pytest.mark.parametrize("role", ["evaluator", "surveyor", "supervisor", "commissioner", "admin"])
def test_others_are_refused(client, people, season, role):
    client.sign_in(people(role)).get(f"/seasons/{season.id}/batch", status=403)


def test_the_season_page_leads_here(pages, add, season):
    add("三元里街社工服务站")

    assert f'href="{pages.base}"' in pages.client.get(f"/seasons/{season.id}").html


def test_the_trail_reads_the_batch_in_words(pages, add, people):
    add("三元里街社工服务站")
    pages.upload(("三元里.xlsx", roster()))
    pages.take("confirm", signed_by="何主任")

    text = pages.client.get("/trail/").text

    assert "整季办理一步" in text and "步骤 登记签字" in text and "完成 1 轮" in text
