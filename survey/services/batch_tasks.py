"""What is done in each round of a batch: the ordinary verbs, with values that are given once for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy.orm import Session

from survey.errors import N_, Conflict, Invalid, SurveyError
from survey.models.draw import Design
from survey.models.frame import Frame
from survey.models.season import Round, Season
from survey.roster.stations import recognise
from survey.sampling.size import to_issue
from survey.services import canonical, designs, draws, releases, roster_review
from survey.services.batch_standing import Standing
from survey.services.batch_steps import Line, Step, lines_of
from survey.services.designs import Allocation, Choice, allocate
from survey.services.trail import Actor
from survey.vault import Keyring

Task = Callable[[Session, Actor, datetime, Standing], object]

USUAL = 100  # completes (户) that a round without a word about it asks for


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signed for the stations: one for all, or one each by round id."""

    everywhere: str = ""
    by_round: Mapping[int, str] | None = None

    def of(self, round_: Round) -> str:
        return (self.by_round or {}).get(round_.id, self.everywhere)


def read_signers(text: str, rounds: Iterable[Round]) -> dict[int, str]:
    """Round id → name, of lines `station<TAB>name` as they come out of a spreadsheet.

    Raises Invalid for a line without a tab, a station that is not in the season, or one that stands there twice.
    """
    stations = {round_.id: round_.station.name for round_ in rounds}
    found: dict[int, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        station, tab, name = line.partition("\t")
        round_id = recognise([station], "", stations)
        if not tab or not name.strip() or len(name.strip()) > 60:
            raise Invalid(
                "signer-line", N_("第 %(n)s 行应为：社工站、制表符、签字人（最多 60 个字）。"), n=number
            )
        if round_id is None or round_id in found:
            wrong = N_("第 %(n)s 行的“%(station)s”不是本季的社工站，或写了两次。")
            raise Invalid("signer-station", wrong, n=number, station=station.strip())
        found[round_id] = name.strip()
    return found


def confirm(signers: Signers) -> Task:
    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        name = signers.of(standing.round).strip()
        if not name:
            raise Conflict("no-signer", N_("没有写明签字人。"))
        roster_review.confirm(session, actor, now, standing.round, name)

    return task


def seal(vault: Keyring, stratify_by: str) -> Task:
    """Strata as chosen for the season; none where the station would have a single one."""

    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        frame = _frame_of(standing)
        several = len(set(canonical.stratum_labels(session, frame, stratify_by).values())) > 1
        by = stratify_by if several else "none"
        canonical.seal_frame(session, vault, actor, frame, stratify_by=by, now=now)

    return task


def _frame_of(standing: Standing) -> Frame:
    if standing.frame is None:
        raise Conflict("no-roster", N_("还没有导入名册。"))
    return standing.frame


def template_of(season: Season) -> Choice:
    """The season's choice; before anybody saved one, in proportion to the strata for what most rounds ask."""
    known = {field.name for field in fields(Choice)}
    kept = {key: value for key, value in season.design_template.items() if key in known}
    if kept:
        return Choice(**kept)
    asked = Counter(round_.target_completes for round_ in season.rounds) or {USUAL: 1}
    return Choice("proportional", max(asked, key=lambda target: asked[target]))


def keep_template(season: Season, template: Choice) -> None:
    season.design_template = asdict(template)


def adapted(template: Choice, standing: Standing) -> Choice:
    """The season's choice as it fits the round: everybody where the rule says so, no strata where there is one, and
    never fewer completes than the round's own target."""
    rule, values = standing.rule, asdict(template)
    if rule.kind != "sample":
        return Choice(**values | {"method": "census", "target_completes": rule.target_completes})
    values["target_completes"] = max(template.target_completes, rule.target_completes)
    if template.method == "proportional" and len(standing.strata) < 2:
        values |= {"method": "srs", "minimum_per_stratum": 0}
    return Choice(**values)


def planned(template: Choice, standing: Standing) -> tuple[Choice, Allocation]:
    """Raises what `designs.allocate` raises."""
    choice = adapted(template, standing)
    return choice, allocate(choice, standing.rule, dict(sorted(standing.strata.items())))


def says(design: Design, choice: Choice, allocation: Allocation) -> bool:
    """Whether the saved design is that choice."""
    saved = designs.choice_of(design)
    mine = Choice(**asdict(choice) | {"reserve": allocation.reserve})
    return saved == mine and design.allocation == allocation.sample


def design_lines(
    step: Step, found: Iterable[Standing], now: datetime, template: Choice, before: Choice
) -> list[Line]:
    """The preview of saving designs. One that somebody made by hand is replaced only when its round is ticked;
    `before`: the season's template so far."""
    return [_design_line(line, template, before) for line in lines_of(step, list(found), now)]


def _design_line(line: Line, template: Choice, before: Choice) -> Line:
    if line.state != "ready":
        return line
    try:
        planned(template, line.standing)
    except SurveyError as error:
        return Line(line.standing, "later", error.message)
    return Line(line.standing, "ready", None, wanted=not made_by_hand(line.standing, before))


def made_by_hand(standing: Standing, template: Choice) -> bool:
    """Whether the round has a design that is not the template's."""
    if standing.design is None:
        return False
    try:
        return not says(standing.design, *planned(template, standing))
    except SurveyError:
        return True


def design(template: Choice) -> Task:
    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        choice, allocation = planned(template, standing)
        if standing.design is None or not says(standing.design, choice, allocation):
            designs.save_draft(session, actor, now, standing.round, choice)

    return task


def lock(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
    designs.lock(session, actor, now, standing.round)


def name_source(source: str, named_at: datetime, expected_at: datetime) -> Task:
    """One announcement for all: every round keeps the same two moments. A round that is coordinated with an earlier one
    of its station takes over that one's number instead."""

    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        if standing.design is not None and standing.design.coordinated_with_id is not None:
            draws.take_over_seed(session, actor, now, standing.round)
        else:
            draws.name_seed_source(session, actor, named_at, standing.round, source, expected_at)

    return task


def enter_seed(value: str) -> Task:
    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        draws.enter_seed(session, actor, now, standing.round, value)

    return task


def draw(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
    draws.draw(session, actor, now, standing.round)


def release(reason: str) -> Task:
    """The first batch, as large as the design forecasts."""

    def task(session: Session, actor: Actor, now: datetime, standing: Standing) -> None:
        counts = releases.propose(session, standing.round, now).counts
        releases.release(session, actor, now, standing.round, counts, reason, after=0)

    return task


def first_batch_size(standing: Standing) -> int | None:
    """户 that the first batch will have."""
    design = standing.design
    if design is None or not standing.drawn:
        return None
    if design.method == "census":
        return standing.drawn
    return to_issue(design.target_completes, design.assumed_completion, standing.drawn)
