"""The whole survey once through, in a real browser, as three people: roster in, satisfaction rate out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk_steps import SHORT_FORM, answer_all, dial, wrap_up
from sqlalchemy import select

from survey.demo.story import any_hour
from survey.models.draw import Case
from survey.models.interview import Interview
from survey.models.season import Season

ROSTER = Path(__file__).parent.parent / "golden" / "rosters" / "sanyuanli-2025.xlsx"
STATION = "三元里街社工服务站"
TODAY = datetime.now(UTC).date()


class Coordinator:
    def __init__(self, live, page):
        self.live, self.page = live, page
        live.person("coordinator", "林统筹")
        live.log_in(page, "林统筹")

    def fill(self, **values):
        for name, value in values.items():
            self.page.fill(f"#{name}", str(value))

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()
        self.page.wait_for_load_state()

    def new_season_and_round(self):
        page = self.page
        page.get_by_role("link", name="新建评估季").click()
        self.fill(
            name="2025 年末期评估", evaluator="某市评估中心", commissioner="某街道办事处", verification_phone="020-81234567",
            period_from="2024-05-24", period_to="2025-05-23",
            fieldwork_from=TODAY - timedelta(days=2), fieldwork_to=TODAY + timedelta(days=20),
        )  # fmt: skip
        self.press("保存")
        page.get_by_role("link", name="新增一轮").click()
        self.fill(station=STATION, street="三元里街", district="白云区")
        self.press("新增，下一步导入名册")

    def bring_in_the_roster(self):
        page = self.page
        page.get_by_role("link", name="前往“名册”").click()
        page.set_input_files("#file", ROSTER)
        self.press("读取文件")
        self.press("确认并导入")
        assert "1,047" in page.inner_text("main") and "1,191" in page.inner_text("main")
        self.fill(signed_by="李站长")
        self.press("记录签字")
        page.locator("#seal #name").fill(STATION)
        self.press("封存")

    def draw(self):
        page = self.page
        page.get_by_role("link", name="前往“设计”").click()
        self.press("保存设计")
        self.step("锁定设计")
        page.get_by_label("各方在场，现在就掷骰子").check()
        self.fill(source="三方代表当面掷十面骰 20 次")
        self.step("公布来源")
        page.wait_for_timeout(1500)  # the dice are thrown after the source is named
        self.fill(value="41532266143521364125", again="41532266143521364125")
        self.step("录入随机数")
        self.step("抽样")
        assert "抽样结果" in page.inner_text("main")

    def step(self, label):
        """An irreversible step of the time line: the station's name, then the button."""
        form = self.page.locator("form.step-form").filter(
            has=self.page.get_by_role("button", name=label, exact=True)
        )
        form.locator("#name").fill(STATION)
        form.get_by_role("button", name=label, exact=True).click()
        self.page.wait_for_load_state()

    def release(self):
        self.page.get_by_role("link", name="去发放样本").click()
        self.fill(reason="第一批：按预计完成率发放")
        self.press("发放")


class Surveyor:
    """Works the desk by keyboard alone."""

    def __init__(self, live, page):
        self.live, self.page = live, page
        live.person("surveyor", "王芳", languages="zh yue", staff_number="07")
        live.log_in(page, "王芳")
        page.wait_for_selector("body[data-phase=idle]")

    def interview(self, language, answers):
        dial(self.page)
        while self.page.get_attribute("#wording", "lang") != language:
            self.page.keyboard.press("F2")
        answer_all(self.page, answers)
        wrap_up(self.page)
        self.page.wait_for_selector("body[data-phase=idle]")


BY_PROXY = [
    ("A1", "1"), ("A2", "1"), ("B1", "3"), ("B3", "1"), ("C1", "1"), ("D1", "1"), ("D7", "1"), ("F1", "4"), ("F3", "3"),
    ("F4", "2"), ("F6", "4"), ("G1", "3"), ("H1", "3"), ("H1a", "约咗陈姑娘上门，后来冇嚟"), ("I2", "想要件褛"), ("J1", ""),
    ("K1", None), ("K1_D7", "3"), ("K1_H1a", "3"), ("K1_I2", "3"), ("L", None), ("M3", "0"),
]  # fmt: skip


class Evaluator:
    def __init__(self, live, page):
        self.live, self.page = live, page
        live.person("evaluator", "何评估")
        live.log_in(page, "何评估")
        page.get_by_role("link", name="2025 年末期评估").click()
        page.get_by_role("link", name=STATION).click()

    def results(self):
        self.page.locator("ol.path").get_by_role("link", name="结果").click()
        self.page.wait_for_load_state()
        return self.page.inner_text("main")

    def verbatims(self):
        self.page.get_by_role("link", name="看原话").click()
        self.page.wait_for_load_state()
        return self.page.inner_text("main")


def open_the_desk_at_any_hour(live):
    with live.session() as session:
        session.scalars(select(Season)).one().calling_rules = any_hour()


def test_a_real_roster_in_and_a_satisfaction_rate_out(live, open_window):
    coordinator = Coordinator(live, open_window())
    coordinator.new_season_and_round()
    coordinator.bring_in_the_roster()
    coordinator.draw()
    open_the_desk_at_any_hour(live)
    coordinator.release()
    surveyor = Surveyor(live, open_window())
    surveyor.interview("zh-CN", SHORT_FORM)
    surveyor.interview("yue-Hans", BY_PROXY)

    evaluator = Evaluator(live, open_window())
    shown = evaluator.results()
    assert "计入 2 户，其中代答 1 户" in shown
    assert "基数不足" in shown, "no rate is shown for two households"
    said = evaluator.verbatims()
    assert "社工好有心" in said and "想要件褛" in said
    assert "陈姑娘" not in said, "a worker's name is masked"

    with live.session() as session:
        interviews = session.scalars(select(Interview).order_by(Interview.id)).all()
        assert [(found.language, found.is_proxy, found.status) for found in interviews] == [
            ("zh", False, "complete"),
            ("yue", True, "complete"),
        ]
        assert session.query(Case).filter(Case.release_id.is_not(None)).count() >= 100
