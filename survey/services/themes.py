"""主题: what respondents (户) mention, as praise, complaint, request or suggestion; by zone, and against the last round.

Codings that stand count, and no others. While part of the words is not coded, shares are too low, and no difference to
another round is spoken of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.errors import N_, Message
from survey.models.season import Round
from survey.services.codebooks import themes_in_force
from survey.services.comparing import INDEPENDENT, OTHER_FORM
from survey.services.domains import MERGED
from survey.services.earlier import earlier_round
from survey.services.mentions import ANY
from survey.services.season_sentences import UNCHANGED, changed, show_p
from survey.services.theme_shares import Key, Mentions, Share, mentions_of
from survey.stats.definition import Definition
from survey.stats.multiplicity import holm
from survey.stats.reliability import Reliability
from survey.stats.results import Estimate
from survey.stats.trend import Change, change
from survey.verbatim.codebook import KINDS

#: a theme that fewer respondents (户) mention is not broken down by zone
FEW = 3

NOT_CODED = N_("上一轮的原话没有编码，无从比较。")
CHANGED_ALONE = N_("单看这一主题像是变了（p%(p)s），各主题一并考虑后不能这样说（调整后 p%(adjusted)s）。")
NOT_ALL_CODED = N_("两轮的原话都编完以后才作比较：没有编完的一轮，占比偏低。")

Name = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Before:
    """The same theme in the last round, and what may be said of the difference; `beyond_chance`: with all themes
    compared in mind (Holm)."""

    share: Share
    change: Change | None
    text: Message | None
    beyond_chance: bool = False


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme (or ANY) as one kind. `name`: zh and en. `n`: respondents (户) who mention it at least once; `rate`: of
    all respondents, None where the base hides it. `by_zone`: empty where fewer than FEW mention it, in all or in one of
    the zones."""

    kind: str
    theme: str
    name: Name
    n: int
    rate: Estimate | None
    reliability: Reliability
    by_zone: Mapping[str, Share]
    last_round: Before | None = None

    @property
    def may_show(self) -> bool:
        return self.reliability.may_show

    @property
    def few(self) -> bool:
        """So few mention it that its count is for those alone who read the words."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class ThemeZone:
    """A zone, or the small ones together (`merged` names them): N, and respondents (户), None where hidden."""

    name: str
    population: int
    respondents: int | None
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastRound:
    """The station's last frozen round. `tested`: themes whose difference was tested together. `notes`: what a reader of
    the differences must be told."""

    round: Round
    respondents: int
    coded: int
    uncoded: int
    tested: int
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ThemeResults:
    """`respondents`: counted interviews (户), the base. `coded`, `uncoded`: verbatims. `kinds`: anything said as each
    kind; `rows`: the themes, by kind, the largest share first. `zones`: those that `by_zone` names; none where one would be
    the whole."""

    definition: Definition
    respondents: int
    population: int
    coded: int
    uncoded: int
    kinds: tuple[ThemeRow, ...]
    rows: tuple[ThemeRow, ...]
    zones: tuple[ThemeZone, ...]
    last_round: LastRound | None

    def of_kind(self, kind: str) -> tuple[ThemeRow, ...]:
        return tuple(row for row in self.rows if row.kind == kind)


def theme_results(session: Session, round_: Round) -> ThemeResults:
    """Under the definition in force. Works before the first interview and before the first coding."""
    now = mentions_of(session, round_, round_.definition)
    before_round = earlier_round(session, round_)
    then = mentions_of(session, before_round, round_.definition) if before_round else None
    keys = dict.fromkeys((*now.keys, *(then.keys if then else ())))
    before = _before(now, then, keys) if then and then.coded else {}
    zones = _zones(now)
    names = theme_names(session)
    rows = [_row(now, key, names, bool(zones), before.get(key)) for key in keys]
    return ThemeResults(
        definition=now.definition,
        respondents=now.tally.respondents,
        population=sum(now.tally.zones().values()),
        coded=now.coded,
        uncoded=now.uncoded,
        kinds=_by_kind(row for row in rows if row.theme == ANY),
        rows=_by_kind(row for row in rows if row.theme != ANY),
        zones=zones,
        last_round=_last_round(round_, before_round, then, before) if before_round and then else None,
    )


def _row(now: Mentions, key: Key, names: Mapping[str, Name], zones: bool, before: Before | None) -> ThemeRow:
    kind, theme = key
    whole, n = now.share(key), now.n(key)
    return ThemeRow(
        kind=kind,
        theme=theme,
        name=names.get(theme, {"zh": theme, "en": theme}),
        n=n,
        rate=whole.rate,
        reliability=whole.reliability,
        by_zone=_nameable(now.by_zone(key)) if zones and n >= FEW else {},
        last_round=before,
    )


def _by_kind(rows: Iterable[ThemeRow]) -> tuple[ThemeRow, ...]:
    """In the order of the kinds; within one the largest share first."""
    order = list(KINDS)
    return tuple(sorted(rows, key=lambda row: (order.index(row.kind), -_size(row), -row.n, row.theme)))


def _size(row: ThemeRow) -> float:
    return row.rate.value if row.rate and row.rate.value is not None else 0.0


def _nameable(shares: Mapping[str, Share]) -> Mapping[str, Share]:
    """None where a zone has one or two: leaving out that zone alone would tell it by subtraction."""
    return {} if any(0 < (share.n or 0) < FEW for share in shares.values()) else shares


def _zones(now: Mentions) -> tuple[ThemeZone, ...]:
    populations, verdicts = now.tally.zones(), now.zone_verdicts()
    if len(populations) < 2:
        return ()
    return tuple(
        ThemeZone(
            zone,
            population,
            verdicts[zone].n if verdicts[zone].may_show else None,
            tuple(one for one, name in now.zone_names.items() if name == zone) if zone == MERGED else (),
        )
        for zone, population in populations.items()
    )


def theme_names(session: Session) -> Mapping[str, Name]:
    """Theme -> its name, as the last version of the codebook has it, also of themes no longer given."""
    return {theme.key: theme.name for theme in themes_in_force(session)}


# -- against the last round ------------------------------------------------------------------------------------------


def _before(now: Mentions, then: Mentions, keys: Iterable[Key]) -> dict[Key, Before]:
    """Every theme in the last round; differences only where all words of both rounds are coded."""
    shares = {key: (then.share(key), now.share(key)) for key in keys}
    if now.uncoded or then.uncoded:
        return {key: Before(share, None, None) for key, (share, _) in shares.items()}
    changes = {key: _change(share.rate, mine.rate) for key, (share, mine) in shares.items()}
    p_values = {"/".join(key): _p_value(found) for key, found in changes.items()}
    adjusted = holm(p_values).values
    return {key: _judged(shares[key][0], found, adjusted["/".join(key)]) for key, found in changes.items()}


def _change(then: Estimate | None, now: Estimate | None) -> Change | None:
    """Tested only where the interval leaves out 0: elsewhere p is above alpha, whatever it is."""
    if then is None or now is None:
        return None
    found = change(then, now, test=False)
    return change(then, now) if found and _leaves_out_zero(found) else found


def _leaves_out_zero(found: Change) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)


def _p_value(found: Change | None) -> float | None:
    """For Holm: of what was not tested, 1, which decides as every p above alpha does; None of what cannot be."""
    if found is None or found.method in ("census", "nonresponse"):
        return None
    return 1.0 if found.p_value is None else found.p_value


def _judged(share: Share, found: Change | None, adjusted: float | None) -> Before:
    if found is None:
        return Before(share, None, None)
    if found.p_value is None and adjusted is not None:
        return Before(share, found, Message(UNCHANGED))
    beyond = adjusted is not None and adjusted <= 1 - found.level
    if found.p_value is not None and adjusted is not None and not beyond:
        values: dict[str, object] = {"p": show_p(found.p_value), "adjusted": show_p(adjusted)}
        return Before(share, found, Message(CHANGED_ALONE, values))
    return Before(share, found, changed(found, adjusted), beyond)


def _last_round(round_: Round, earlier: Round, then: Mentions, before: Mapping[Key, Before]) -> LastRound:
    compared = [one.change for one in before.values() if one.change]
    notes = [] if before else [Message(NOT_CODED)]
    if before and not compared:
        notes.append(Message(NOT_ALL_CODED))
    if compared:
        notes.append(Message(INDEPENDENT))
    if earlier.questionnaire_id != round_.questionnaire_id:
        notes.append(Message(OTHER_FORM))
    tested = sum(1 for one in compared if one.method not in ("census", "nonresponse"))
    return LastRound(earlier, then.tally.respondents, then.coded, then.uncoded, tested, tuple(notes))
