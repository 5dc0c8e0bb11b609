"""The demo season: accounts, a roster through the real import, the draw in its order of events, and the fieldwork."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.demo import roster
from survey.demo.checks import check_some
from survey.demo.coding import code_all
from survey.demo.fieldwork import Fieldwork, moment
from survey.demo.quoting import quote_some
from survey.fieldwork.rules import SHANGHAI
from survey.fieldwork.ruleset import CallingRules, Window
from survey.models.accounts import User
from survey.models.season import Round, Season
from survey.services import accounts, canonical, designs, draws, releases, roster_review, rosters, seasons
from survey.services.trail import SYSTEM, Actor
from survey.vault import Keyring

SEASON = "末期评估（演示）"
SEED = 20250429
DAYS = 12  # of fieldwork before today
CHECKS = 2  # an evening, by the verifier
OPEN_CASES = 4  # per stratum, left for whoever tries the desk


@dataclass(frozen=True, slots=True)
class DemoAccount:
    username: str
    display_name: str
    role: str
    staff_number: str
    languages: str


ACCOUNTS = (
    DemoAccount("coordinator", "林统筹", "coordinator", "", "zh"),
    DemoAccount("surveyor", "王芳", "surveyor", "07", "zh yue"),
    DemoAccount("surveyor2", "陈杰", "surveyor", "12", "zh yue"),
    DemoAccount("verifier", "孙复核", "verifier", "31", "zh yue"),
    DemoAccount("coder", "赵编码", "coder", "", "zh yue"),
    DemoAccount("evaluator", "何评估", "evaluator", "", "zh"),
    DemoAccount("admin", "管理员", "admin", "", "zh"),
)


def demo_season(session: Session) -> Season | None:
    return session.scalars(select(Season).where(Season.name == SEASON)).first()


def demo_passwords(
    session: Session, now: datetime, hash_password: Callable[[str], str]
) -> dict[str, str | None]:
    """One-time passwords: made anew for whoever has not logged in yet, None for whoever has chosen an own one."""
    passwords: dict[str, str | None] = {}
    for person in ACCOUNTS:
        user = accounts.find_user(session, person.username)
        if user is None:
            user, passwords[person.username] = accounts.add_user(
                session, SYSTEM, now, username=person.username, display_name=person.display_name,
                staff_number=person.staff_number, languages=person.languages, hash_password=hash_password,
            )  # fmt: skip
            accounts.grant(session, SYSTEM, now, user, person.role)
        elif user.must_change_password:
            passwords[person.username] = accounts.reset_password(session, SYSTEM, now, user, hash_password)
        else:
            passwords[person.username] = None
    return passwords


class Story:
    """From an empty database to a round in the field. `today` is Shanghai's; everything lies before it."""

    def __init__(
        self, session: Session, vault: Keyring, now: datetime, say: Callable[[str], None], days: int = DAYS
    ) -> None:
        self.session, self.vault, self.now, self.say, self.days = session, vault, now, say, days
        self.today: date = now.astimezone(SHANGHAI).date()
        self.draw = random.Random(SEED)

    def tell(self) -> Round:
        round_ = self.open_round()
        self.import_and_seal(round_)
        self.draw_sample(round_)
        self.work(round_)
        self.code(round_)
        self.quote(round_)
        return round_

    def person(self, username: str) -> User:
        user = accounts.find_user(self.session, username)
        assert user is not None, username
        return user

    @property
    def coordinator(self) -> Actor:
        user = self.person("coordinator")
        return Actor(user.id, user.display_name)

    def at(self, days_ago: int, clock: time) -> datetime:
        return moment(self.today - timedelta(days=days_ago), clock)

    def open_round(self) -> Round:
        last = self.today + timedelta(days=30)
        first = self.today - timedelta(days=self.days + 2)
        season = seasons.save_season(
            self.session, self.coordinator, self.at(self.days + 3, time(9, 0)), None, name=SEASON,
            period_from=self.today - timedelta(days=330), period_to=last, fieldwork_from=first, fieldwork_to=last,
            evaluator="某市社会组织评估中心（演示）", commissioner="榕江街道办事处（演示）",
            verification_phone="020-00000000", on_call_name="李督导（演示）", on_call_phone="020-00000001",
            calling_rules=any_hour(),
        )  # fmt: skip
        return seasons.add_round(
            self.session, self.coordinator, self.at(self.days + 3, time(9, 10)), season, station=roster.STATION,
            street=roster.STREET, district="演示区", questionnaire="short", target_group="建档的困难群众和特殊群体",
            target_completes=100, fieldwork_from=first, fieldwork_to=last, records_calls=False,
        )  # fmt: skip

    def import_and_seal(self, round_: Round) -> None:
        self.say("导入名册、签字、封存 · roster, confirmation, seal")
        actor, at = self.coordinator, self.at
        data = roster.workbook(SEED)
        rosters.upload(
            self.session, self.vault, actor, at(self.days + 2, time(10, 0)), round_, name="榕江街名册.xlsx", data=data, password=""
        )  # fmt: skip
        frame = rosters.import_roster(self.session, self.vault, actor, at(self.days + 2, time(10, 5)), round_)
        moved = next(
            (row for row in roster_review.flagged_rows(self.session, frame) if "moved_out" in row.flags), None
        )
        if moved is not None:
            reason = "截止日前已迁出本街，社工站出具证明"
            roster_review.exclude(
                self.session, actor, at(self.days + 2, time(11, 0)), round_, moved.household_id, reason
            )
        roster_review.confirm(self.session, actor, at(self.days + 2, time(15, 0)), round_, "苏站长")
        canonical.seal_frame(
            self.session, self.vault, actor, frame, stratify_by="zone", now=at(self.days + 2, time(15, 30))
        )

    def draw_sample(self, round_: Round) -> None:
        self.say("设计、掷骰、抽样、发放 · design, dice, draw, release")
        session, actor, at = self.session, self.coordinator, self.at
        choice = designs.Choice(
            "proportional", 100, assumed_completion=0.62, assumed_satisfaction=0.9, minimum_per_stratum=20
        )
        designs.save_draft(session, actor, at(self.days + 2, time(16, 0)), round_, choice)
        designs.lock(session, actor, at(self.days + 2, time(16, 10)), round_)
        source = "评估方、街道和社工站三方代表当面各掷十面骰 8 次，依次连写"
        draws.name_seed_source(
            session, actor, at(self.days + 2, time(16, 20)), round_, source, at(self.days + 1, time(9, 0))
        )
        dice = "".join(str(self.draw.randint(0, 9)) for _ in range(24))
        draws.enter_seed(session, actor, at(self.days + 1, time(9, 5)), round_, dice)
        draws.draw(session, actor, at(self.days + 1, time(9, 10)), round_)
        first = releases.propose(session, round_, at(self.days + 1, time(9, 20)))
        releases.release(
            session,
            actor,
            at(self.days + 1, time(9, 20)),
            round_,
            first.counts,
            "第一批：按预计完成率 62% 发放",
        )

    def work(self, round_: Round) -> None:
        self.say("回访 · fieldwork")
        fieldwork = Fieldwork(
            self.session, self.vault, round_, [self.person("surveyor"), self.person("surveyor2")], self.draw
        )
        checks = random.Random(SEED)  # its own, so that the calls stay what they were
        for days_ago in range(self.days, 0, -1):
            fieldwork.work(self.today - timedelta(days=days_ago))
            check_some(
                self.session,
                self.vault,
                self.person("verifier"),
                self.at(days_ago, time(20, 30)),
                CHECKS,
                checks,
            )
            if days_ago == 3:
                self.release_more(round_)
        self.leave_open_cases(round_)
        fieldwork.keep_appointments_for(self.now)

    def code(self, round_: Round) -> None:
        self.say("给原话编码 · coding of the verbatims")
        coders = [self.person("coder"), self.person("evaluator")]
        code_all(self.session, round_, coders, self.at(1, time(21, 0)), random.Random(SEED))

    def quote(self, round_: Round) -> None:
        people = self.person("coder"), self.person("evaluator")
        quote_some(self.session, self.vault, round_, *people, self.at(1, time(21, 30)))

    def release_more(self, round_: Round) -> None:
        at = self.at(3, time(21, 0))
        more = releases.propose(self.session, round_, at)
        if more.total:
            reason = "预测完成数不足 100 户，按预测补发"
            releases.release(self.session, self.coordinator, at, round_, more.counts, reason)

    def leave_open_cases(self, round_: Round) -> None:
        """A small batch that nobody has called yet, so that the desk has something to try."""
        proposed = releases.propose(self.session, round_, self.now).counts
        counts = {stratum: max(count, OPEN_CASES) for stratum, count in proposed.items()}
        releases.release(
            self.session, self.coordinator, self.now, round_, counts, "演示：留给试用访问台的样本"
        )


def any_hour() -> dict[str, object]:
    """The demo may be tried at night: its season allows calls at any hour. Real seasons keep the default windows."""
    whole_day = (Window(time(0, 0), time(23, 59)),)
    return CallingRules(weekday_windows=whole_day, weekend_windows=whole_day).to_dict()
