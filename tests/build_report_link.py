"""Builder of report versions and of links to them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from build import NOON, actor_of
from sqlalchemy.orm import Session

from survey.models.accounts import User
from survey.models.report import ReportVersion
from survey.models.season import Round
from survey.services import report_links
from survey.services.report_links import Sent
from survey.vault import Keyring

METHOD = "从社工站提供的服务对象名册中随机抽取 100 户，用电话开展满意度调查。"
PRAISE = ["服务对象总体满意度（满意率）为 96.0%。", "多名服务对象对上门探访表达了感谢。"]
CONCERN = ["有服务对象反映预约探访后未落实。"]
LAST_DAY = date(2025, 4, 17)


def make_version(
    session: Session,
    round_: Round,
    *,
    stage: str = "draft",
    at: datetime = NOON,
    concern: Sequence[str] = tuple(CONCERN),
) -> ReportVersion:
    """The next version of the round's report, committed."""
    number = session.query(ReportVersion).filter_by(round_id=round_.id).count() + 1
    version = ReportVersion(
        round_id=round_.id, number=number, stage=stage, method=METHOD, praise=PRAISE, concern=list(concern), facts={},
        digest=hashlib.sha256(f"{stage}{number}".encode()).hexdigest(), open_findings=0, made_at=at,
    )  # fmt: skip
    session.add(version)
    session.commit()
    return version


def send_link(
    session: Session,
    vault: Keyring,
    user: User,
    round_: Round,
    *,
    party: str = "station",
    last_day: date = LAST_DAY,
    at: datetime = NOON,
) -> Sent:
    """A link to the round's newest version, committed."""
    sent = report_links.send(
        session, vault, actor_of(user), at, round_, party=party, recipient="王站长", last_day=last_day
    )
    session.commit()
    return sent
