"""The outgoing telephone lines, which one a surveyor dials from, and which seem to have been marked as spam."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, Message, Missing
from survey.fieldwork.lines import RECENT, Collapse, Dials, connects, counted, warning, watch
from survey.models.accounts import User
from survey.models.call import Attempt, Line
from survey.services import trail
from survey.services.trail import Actor

#: the newest calls that are looked at, of all lines together
LOOKED_AT = 5000
LONGEST = 40
NUMBER_SIGNS = frozenset("0123456789+-() ")


@dataclass(frozen=True, slots=True)
class Dial:
    """One dial on a line; `place` counts the dials of all lines, the newest first."""

    line_id: int
    place: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A line, how its last dials went, and its collapse if there was one."""

    line: Line
    recent: Dials
    collapse: Collapse | None

    @property
    def warning(self) -> Message | None:
        return warning(self.collapse) if self.collapse is not None else None


def called(line: Line) -> str:
    """What people call a line: its name, or where it has none its number."""
    return line.name or line.number


def lines_of(session: Session) -> Sequence[Line]:
    """All lines, those in use first."""
    return session.scalars(select(Line).order_by(Line.active.desc(), Line.name, Line.number)).all()


def in_use(session: Session) -> Sequence[Line]:
    """The lines that calls may go out on, by name."""
    return session.scalars(select(Line).where(Line.active).order_by(Line.name, Line.number)).all()


def get_line(session: Session, line_id: int) -> Line:
    line = session.get(Line, line_id)
    if line is None:
        raise Missing("no-such-line", N_("没有这条外呼线路，请刷新页面。"))
    return line


def add_line(session: Session, actor: Actor, now: datetime, number: str, name: str) -> Line:
    """A new line. Raises Invalid (line-number), Conflict (line-known)."""
    line = Line(number=_number(session, number), name=name.strip(), created_at=now)
    session.add(line)
    session.flush()
    trail.record(session, actor, "line.added", now, subject=f"line:{line.id}", line_name=called(line))
    return line


def edit_line(session: Session, actor: Actor, now: datetime, line: Line, number: str, name: str) -> None:
    """Another number or name for a line; calls recorded on it stay its calls."""
    line.number, line.name = _number(session, number, line), name.strip()
    session.flush()
    trail.record(session, actor, "line.edited", now, subject=f"line:{line.id}", line_name=called(line))


def set_active(session: Session, actor: Actor, now: datetime, line: Line, active: bool) -> None:
    """Retire a line, so that nobody calls from it any more, or take it back into use."""
    line.active = active
    if not active:
        session.execute(update(User).where(User.line_id == line.id).values(line_id=None))
    session.flush()
    action = "line.restored" if active else "line.retired"
    trail.record(session, actor, action, now, subject=f"line:{line.id}", line_name=called(line))


def choose(session: Session, actor: Actor, now: datetime, line_id: int | None) -> None:
    """From now on this surveyor's dials go out on that line; None: nobody says. Raises Missing (no-such-line)."""
    line = session.get(Line, line_id) if line_id is not None else None
    if line_id is not None and (line is None or not line.active):
        raise Missing("no-such-line", N_("没有这条外呼线路，或已停用，请另选一条。"))
    user = session.get_one(User, actor.id)
    if user.line_id != line_id:
        user.line_id = line_id
        trail.record(session, actor, "line.chosen", now, line=line_id)


def _number(session: Session, number: str, line: Line | None = None) -> str:
    cleaned = " ".join(number.split())
    if not any(sign.isdigit() for sign in cleaned) or not NUMBER_SIGNS.issuperset(cleaned):
        raise Invalid(
            "line-number",
            N_("“%(value)s”不是电话号码，请只用数字、空格、加号和横线。"),
            value=number[:LONGEST],
        )
    same = session.scalars(select(Line).where(Line.number == cleaned)).first()
    if same is not None and same is not line:
        raise Conflict(
            "line-known", N_("号码 %(number)s 已登记为“%(name)s”。"), number=cleaned, name=called(same)
        )
    return cleaned


# -- watching ----------------------------------------------------------------------------------------------


def watched(session: Session) -> list[Watched]:
    """Every line in use, judged by the newest calls of all; the cost is that of reading LOOKED_AT of them by key."""
    lines = in_use(session)
    dials = _newest_dials(session) if lines else []
    by_line: dict[int, list[Dial]] = defaultdict(list)
    for dial in dials:
        by_line[dial.line_id].append(dial)
    answered = list(accumulate((dial.answered for dial in dials), initial=0))
    return [_judge(line, by_line[line.id], answered) for line in lines]


def warnings(session: Session) -> list[tuple[str, Message]]:
    """The lines whose connect rate collapsed: what people call each, and what the board says of it."""
    return [(called(found.line), found.warning) for found in watched(session) if found.warning is not None]


def _judge(line: Line, dials: Sequence[Dial], answered: Sequence[int]) -> Watched:
    """`answered`: how many of the newest n dials of all lines were answered, for each n."""
    recent = counted(dial.answered for dial in dials[:RECENT])
    since = dials[recent.dials - 1].place + 1 if recent.dials else 0
    others = Dials(since - recent.dials, answered[since] - recent.connected)
    return Watched(line, recent, watch([dial.answered for dial in dials], others))


def _newest_dials(session: Session) -> list[Dial]:
    """Of all lines, the newest first. A call that was corrected counts as what it was corrected to."""
    newest = (
        select(Attempt.id, Attempt.line_id, Attempt.outcome, Attempt.corrects_id, Attempt.mode)
        .order_by(Attempt.id.desc())
        .limit(LOOKED_AT)
    )
    dials: list[Dial] = []
    corrected: dict[int, str] = {}
    for id_, line_id, recorded, corrects, mode in session.execute(newest):
        outcome = corrected.get(id_, recorded)
        if corrects is not None:
            corrected[corrects] = outcome
        elif line_id is not None and mode == "phone" and (answered := connects(outcome)) is not None:
            dials.append(Dial(line_id, len(dials), answered))
    return dials
