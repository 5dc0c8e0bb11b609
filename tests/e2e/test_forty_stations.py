"""A season of forty stations from their files to their certificates, in a real browser, typing each thing once."""

from collections import Counter
from datetime import date

from build import NOON
from forty_rosters import STREETS, households, station, write
from sqlalchemy import func, select

from survey.models.draw import Design
from survey.models.frame import Frame, FrameRow
from survey.models.season import Round, Season
from survey.models.trail import AuditEntry
from survey.sampling.certificate import from_json
from survey.sampling.verification import verify
from survey.services import canonical

SEASON = "2025 年末期评估"
DICE = "41532266143521364125"


class Coordinator:
    """Everything that is typed goes through `type`, so that the test can count it."""

    def __init__(self, live, page):
        self.page, self.typed = page, []
        live.person("coordinator", "林统筹")
        live.log_in(page, "林统筹")

    def type(self, field, text):
        self.typed.append(text)
        self.page.fill(f"#{field}", text)

    def press(self, label):
        self.page.get_by_role("button", name=label).click()

    def press_until_done(self, label):
        """On a busy machine a batch stops before the last round, keeps what was typed and asks for another press."""
        done = self.page.locator("#rounds")
        while not done.count():
            with self.page.expect_navigation():
                self.press(label)

    def bring_in(self, paths):
        page = self.page
        page.get_by_role("link", name=SEASON).click()
        page.get_by_role("link", name="一次导入各站名册").click()
        page.set_input_files("#files", paths)
        self.press("读取并导入")
        page.wait_for_selector("#unknown-rows tr:nth-child(40)")
        assert page.input_value("#unknown-rows tr:first-child [name=station]").endswith("社工服务站")
        self.press("新增这些轮次，导入文件")
        page.wait_for_selector("#steps a.btn-primary")
        assert page.locator("#arrivals li.imported").count() == 40, page.inner_text("#arrivals")

    def take(self, name, **values):
        """The step that the page says is next: what it asks for, the season's name, and one button."""
        page = self.page
        page.locator("#steps a.btn-primary").click()
        page.wait_for_selector(f"h1:has-text('{name}')")
        for field, text in values.items():
            self.type(field, text)
        self.type("name", SEASON)
        self.press_until_done(f"{name}：以下勾选的各轮")
        assert f"{name}：完成" in page.inner_text("main")


def make_season(live):
    with live.session() as session:
        session.add(
            Season(
                name=SEASON, period_from=date(2024, 5, 24), period_to=date(2025, 5, 23),
                fieldwork_from=date(2025, 4, 1), fieldwork_to=date(2025, 4, 30), evaluator="某市评估中心",
                commissioner="某区民政局", created_at=NOON,
            )
        )  # fmt: skip


def test_forty_stations_are_drawn_without_typing_anything_forty_times(live, page, tmp_path):
    make_season(live)
    coordinator = Coordinator(live, page)
    coordinator.bring_in(write(tmp_path))

    coordinator.take("登记签字", signed_by="区民政局 何主任")
    coordinator.take("封存")
    coordinator.take("保存设计", completion="80")
    coordinator.take("锁定设计")
    page.locator("#steps a.btn-primary").click()
    page.get_by_label("各方在场，现在就掷骰子").check()
    coordinator.type("source", "三方代表当面掷六面骰 20 次，各站共用")
    coordinator.type("name", SEASON)
    coordinator.press_until_done("公布随机数来源：以下勾选的各轮")
    page.wait_for_timeout(3500)  # the dice are thrown when the source has been named everywhere
    page.reload()
    coordinator.take("录入随机数", value=DICE, again=DICE)
    coordinator.take("抽样")

    assert len(coordinator.typed) == 12, coordinator.typed
    assert page.locator(".batch-rounds tbody tr").count() == 40
    with live.session() as session:
        check_every_certificate(session)
        runs = session.scalars(select(AuditEntry).where(AuditEntry.action == "season.batch-run"))
        done = Counter()
        for run in runs:
            done[run.details["step"]] += run.details["rounds_done"]
            assert run.details["rounds_left"] == 0
        assert list(done.values()) == [40] * 7


def check_every_certificate(session):
    """Each of its own station, over every household of its file, with the one number; all lines agree."""
    designs = session.scalars(select(Design).order_by(Design.id)).all()
    counted = select(FrameRow.frame_id, func.count()).group_by(FrameRow.frame_id)
    sizes = dict(session.execute(counted).all())
    frames = {frame.id: frame for frame in session.scalars(select(Frame))}
    stations = {round_.id: round_.station.name for round_ in session.scalars(select(Round))}
    assert sorted(stations.values()) == sorted(map(station, STREETS))
    assert sorted(sizes.values()) == sorted(map(households, range(40)))
    assert len({frame.digest for frame in frames.values()}) == 40
    for design in designs:
        certificate = from_json(design.certificate)
        frame = canonical.canonical_of(session, frames[design.frame_id])
        differing = [str(check.name) for check in verify(certificate, frame) if not check.agrees]
        assert (certificate.station, certificate.seed.value, differing) == (
            stations[design.round_id],
            DICE,
            [],
        )
