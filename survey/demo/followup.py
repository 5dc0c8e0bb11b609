"""The demo's items to follow up: what the first week asked for is handed over, some of it answered and called back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.fieldwork.followup import NAMED, OPEN
from survey.models.accounts import User
from survey.models.followup import ActionItem
from survey.models.season import Round
from survey.services import followup, followup_collect, followup_handover, followup_log, recommendations
from survey.services.queue import actor_of
from survey.vault import Keyring

#: a word of what an invented respondent says -> how the evaluator puts it
PARAPHRASES: Mapping[str, str] = {
    "羽绒服": "希望得到过冬衣物。",
    "褛": "希望得到过冬衣物。",
    "复诊": "希望有人陪同就医。",
    "补习": "希望得到孩子学业上的帮助。",
    "扶手": "希望改善居家安全设施。",
    "普通话": "希望由会讲粤语的社工联系。",
    "执下间屋": "希望有人协助整理居家环境。",
    "约": "预约的上门没有兑现，希望说明原因并补上。",
    "换": "更换社工之后联系变少，希望做好交接。",
    "低保": "希望政策咨询得到及时回应。",
    "短信": "希望增加主动联系的次数。",
    "上门": "希望增加对长者的探访。",
    "活动": "希望有更多可参加的活动。",
    "固定": "希望由固定的社工跟进。",
}
LEFT = 2  # items for whoever tries writing a text
ANSWER = "已由站长联系，说明原因，并约好本周补上。"
ADVICE = "预约探访实行登记和销号，来不了的提前说明并补上。"


class FollowUp:
    """Who follows up what in the demo's round."""

    def __init__(
        self,
        session: Session,
        vault: Keyring,
        round_: Round,
        coordinator: User,
        evaluator: User,
        station: User,
    ) -> None:
        self.session, self.vault, self.round = session, vault, round_
        self.coordinator, self.evaluator, self.station = map(actor_of, (coordinator, evaluator, station))

    def begin(self, at: datetime) -> None:
        """The first week's items leave; the station answers two, and one household is called back."""
        self.collect(at, left=0)
        self.hand_over(at + timedelta(minutes=40))
        handed = [item for item in self.items() if item.consent == NAMED and item.handed_over_at is not None]
        for days, item in enumerate(handed[:2], start=1):
            later = at + timedelta(days=days)
            followup_log.reply(self.session, self.vault, self.station, later, item, ANSWER)
        for item in handed[:1]:
            later = at + timedelta(days=2)
            followup_log.call_back(self.session, self.vault, self.coordinator, later, item, "solved", "")

    def finish(self, at: datetime) -> None:
        """What came later waits to be handed over, and the report has a recommendation."""
        self.collect(at, left=LEFT)
        recommendations.make(
            self.session, self.evaluator, at, self.round, text=ADVICE, owner="station", due_on=None
        )

    def items(self) -> list[ActionItem]:
        mine = select(ActionItem).where(ActionItem.round_id == self.round.id)
        return list(self.session.scalars(mine.order_by(ActionItem.code)))

    def collect(self, at: datetime, left: int) -> None:
        followup_collect.collect(self.session, self.coordinator, at, self.round)
        unwritten = [
            item
            for item in self.items()
            if item.owner and item.state == OPEN and item.checked_at is None and self.text_of(item)
        ]
        for item in unwritten[left:]:
            followup.check_text(
                self.session, self.evaluator, at + timedelta(minutes=20), item, text=self.text_of(item),
                kind=item.kind, owner=item.owner,
            )  # fmt: skip

    def text_of(self, item: ActionItem) -> str:
        words = followup.words_of(self.session, item)
        return next((text for word, text in PARAPHRASES.items() if word in words), "")

    def hand_over(self, at: datetime) -> None:
        waiting = next(
            one for one in followup_handover.waiting_in(self.session, self.round) if one.owner == "station"
        )
        if waiting.named:
            followup_handover.hand_over_named(
                self.session, self.vault, self.coordinator, at, self.round, "station"
            )
        if waiting.may_leave:
            followup_handover.hand_over_batch(self.session, self.coordinator, at, self.round, "station")
