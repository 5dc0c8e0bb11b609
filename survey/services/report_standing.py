"""Where a report stands between draft, consultation and final version: who has been asked, opened it, answered, is late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey.errors import N_
from survey.models.report import ReportVersion
from survey.models.report_link import ReportComment, ReportLink, ReportReply
from survey.models.season import Round
from survey.services import report_comments, report_links, reporting
from survey.services.report_links import MOST_WRONG, PARTIES

STATES: Mapping[str, str] = {
    "unsent": N_("还没有发送"),
    "waiting": N_("已发送，还没有打开"),
    "opened": N_("已打开，还没有答复"),
    "read": N_("已打开"),
    "answered": N_("已答复"),
    "locked": N_("验证码错满 5 次，已锁定"),
    "ended": N_("链接已结束，没有答复"),
    "late-unopened": N_("逾期：从未打开"),
    "late": N_("逾期：打开后没有答复"),
}
LATE = ("late-unopened", "late")
#: the sender has to do something
NEEDS_ACTION = (*LATE, "locked", "ended")


@dataclass(frozen=True, slots=True)
class Party:
    """One party and what became of the newest version it was sent. `late`: also when another link was made since."""

    key: str
    state: str
    link: ReportLink | None
    reply: ReportReply | None

    @property
    def late(self) -> bool:
        return self.state in LATE


@dataclass(frozen=True, slots=True)
class Standing:
    """The way of a round's report so far. Dates are None for what has not happened."""

    versions: tuple[ReportVersion, ...]
    parties: tuple[Party, ...]
    links: tuple[ReportLink, ...]
    replies: tuple[ReportReply, ...]
    draft_since: datetime | None
    asked_since: datetime | None
    asked_until: date | None
    final_since: datetime | None

    @property
    def newest(self) -> ReportVersion | None:
        return self.versions[-1] if self.versions else None

    @property
    def late(self) -> list[Party]:
        return [one for one in self.parties if one.late]

    @property
    def extendable(self) -> list[Party]:
        """Those who may be given more time."""
        return [
            one for one in self.parties
            if one.link is not None and one.state != "answered" and report_links.is_extendable(one.link)
        ]  # fmt: skip

    @property
    def comments(self) -> list[ReportComment]:
        return [comment for reply in self.replies for comment in reply.comments if comment.kind != "agree"]

    def taken_up_in(self, version: ReportVersion) -> list[ReportComment]:
        """The comments that this version follows, the oldest first."""
        found = [one for one in self.comments if one.taken_up_in_id == version.id]
        return sorted(found, key=lambda one: one.id)

    def later_than(self, version: ReportVersion) -> list[ReportVersion]:
        return [one for one in self.versions if one.number > version.number]


def standing(session: Session, round_: Round, now: datetime) -> Standing:
    versions = tuple(reversed(reporting.versions(session, round_)))
    links = tuple(session.scalars(report_links.of_round(round_).options(selectinload(ReportLink.reply))))
    replies = tuple(report_comments.replies(session, round_))
    finals = [one.made_at for one in versions if one.stage == reporting.FINAL]
    drafts = [one for one in links if one.version.stage == reporting.DRAFT]
    return Standing(
        versions=versions,
        parties=tuple(_party(key, links, replies, now) for key in PARTIES),
        links=links,
        replies=replies,
        draft_since=versions[0].made_at if versions else None,
        asked_since=min((one.made_at for one in drafts), default=None),
        asked_until=max((report_links.last_day_of(one) for one in drafts), default=None),
        final_since=finals[-1] if finals else None,
    )


def _party(key: str, links: Sequence[ReportLink], replies: Sequence[ReportReply], now: datetime) -> Party:
    link = next((one for one in reversed(links) if one.party == key), None)
    mine = [one for one in replies if one.party == key]
    asked = max((one.version_id for one in (link, *mine) if one is not None), default=0)
    reply = next((one for one in mine if one.version_id == asked), None)
    if reply is not None and (link is None or link.version_id <= reply.version_id):
        return Party(key, "answered", link, reply)
    return Party(key, state_of(link, now) if link is not None else "unsent", link, reply)


def state_of(link: ReportLink, now: datetime) -> str:
    """Of STATES, by the link alone."""
    if link.reply is not None:
        return "answered"
    if link.version.stage == reporting.FINAL and link.opened_at is not None:
        return "read"
    if link.ended_at is not None:
        return "ended"
    if now >= link.expires_at:
        return "late-unopened" if link.opened_at is None else "late"
    if link.opened_at is None and link.wrong_codes >= MOST_WRONG:
        return "locked"
    return "waiting" if link.opened_at is None else "opened"


def seen_before(session: Session, link: ReportLink) -> ReportVersion | None:
    """The last earlier version that the link's party opened; None: this is its first."""
    mine = (
        select(ReportVersion)
        .join(ReportLink, ReportLink.version_id == ReportVersion.id)
        .where(ReportVersion.round_id == link.version.round_id, ReportVersion.number < link.version.number)
        .where(ReportLink.party == link.party, ReportLink.opened_at.is_not(None))
    )
    return session.scalars(mine.order_by(ReportVersion.number.desc()).limit(1)).first()
