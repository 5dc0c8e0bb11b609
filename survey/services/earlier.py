"""The round of the same station that a round is compared with, and the households interviewed in both: counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from survey.models.draw import Case
from survey.models.frame import Frame, FrameRow
from survey.models.frozen import DataFreeze
from survey.models.interview import AnswerEvent, Interview
from survey.models.season import Round
from survey.services.answers import questionnaire_of
from survey.services.counted import GivenAnswer, is_counted, off_path, stands
from survey.services.frozen_content import CommonCount, Earlier

AT_ONCE = 500


def earlier_round(session: Session, round_: Round) -> Round | None:
    """The station's last round before this one whose results are frozen."""
    before = or_(
        Round.fieldwork_from < round_.fieldwork_from,
        and_(Round.fieldwork_from == round_.fieldwork_from, Round.id < round_.id),
    )
    return session.scalars(
        _frozen(round_, before).order_by(Round.fieldwork_from.desc(), Round.id.desc())
    ).first()


def later_rounds(session: Session, round_: Round) -> list[Round]:
    """The station's frozen rounds after this one."""
    after = or_(
        Round.fieldwork_from > round_.fieldwork_from,
        and_(Round.fieldwork_from == round_.fieldwork_from, Round.id > round_.id),
    )
    return list(session.scalars(_frozen(round_, after).order_by(Round.fieldwork_from, Round.id)))


def _frozen(round_: Round, which: ColumnElement[bool]) -> Select[Round]:
    standing = and_(DataFreeze.round_id == Round.id, DataFreeze.ended_at.is_(None))
    return select(Round).join(DataFreeze, standing).where(Round.station_id == round_.station_id, which)


def earlier_of(
    session: Session, round_: Round, gone: Collection[GivenAnswer] | None = None
) -> Earlier | None:
    """`gone`: this round's answers off the path, where the caller knows them already."""
    found = earlier_round(session, round_)
    if found is None:
        return None
    off = [_events(round_, _gone(session, round_) if gone is None else gone)]
    off.append(_events(found, _gone(session, found)))
    return Earlier(found.id, _shared(session, round_, found), tuple(_common(session, round_, found, off)))


def _shared(session: Session, round_: Round, earlier: Round) -> int:
    row, frame, before, frame_before = FrameRow, Frame, aliased(FrameRow), aliased(Frame)
    query = (
        select(func.count())
        .select_from(row)
        .join(frame, frame.id == row.frame_id)
        .join(before, before.household_id == row.household_id)
        .join(frame_before, frame_before.id == before.frame_id)
        .where(frame.round_id == round_.id, frame_before.round_id == earlier.id)
        .where(row.excluded_reason.is_(None), before.excluded_reason.is_(None))
    )
    return session.scalar(query) or 0


def _common(
    session: Session, round_: Round, earlier: Round, off: Sequence[Sequence[int]]
) -> Iterator[CommonCount]:
    """`off`: events that are off the path, of this round and of the earlier one."""
    now, then = _said(round_, "now"), _said(earlier, "then")
    pair = (now.c.outcome, now.c.value, then.c.outcome, then.c.value)
    both = now.c.household_id == then.c.household_id
    query = select(*pair, func.count()).select_from(now).join(then, both).group_by(*pair).order_by(*pair)
    counted = Counter({tuple(row[:-1]): row[-1] for row in session.execute(query)})
    gone: dict[int, tuple[str, ...]] = {}  # by event of this round, so that no pair is taken out twice
    for side, events in zip((now, then), off, strict=True):
        for start in range(0, len(events), AT_ONCE):
            pairs = select(now.c.event_id, *pair).select_from(now).join(then, both)
            found = session.execute(pairs.where(side.c.event_id.in_(events[start : start + AT_ONCE])))
            gone |= {row[0]: tuple(row[1:]) for row in found}
    counted.subtract(gone.values())
    return (CommonCount._make((*key, n)) for key, n in counted.items() if n)


def _said(round_: Round, name: str) -> Subquery:
    """Household, outcome, answer to the overall question, and its event, of every counted interview of a round."""
    query = (
        select(Case.household_id, Case.outcome, AnswerEvent.value, AnswerEvent.id.label("event_id"))
        .join(Interview, Interview.id == AnswerEvent.interview_id)
        .join(Case, Case.id == Interview.case_id)
        .where(is_counted(round_), stands(), AnswerEvent.question.in_(_overall(round_)))
        .where(AnswerEvent.value.is_not(None), AnswerEvent.value != "")
    )
    return query.subquery(name)


def _gone(session: Session, round_: Round) -> Iterator[GivenAnswer]:
    return off_path(session, round_, questionnaire_of(round_.questionnaire))


def _events(round_: Round, gone: Iterable[GivenAnswer]) -> list[int]:
    """Events of answers to the overall question among those off the path."""
    names = _overall(round_)
    return [one.event_id for one in gone if one.question in names]


def _overall(round_: Round) -> list[str]:
    return [one.name for one in questionnaire_of(round_.questionnaire).with_role("overall")[:1]]
