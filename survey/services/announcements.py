"""What may be said in public of a season: that it is genuine, never who is in it.

Stations, target groups and the season's own name stay out: a neighbour who read them would know what it means when
somebody is called. Streets, both parties, times and the verification telephone are what a caller says anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey.fieldwork.ruleset import Window
from survey.models.season import Round, Season
from survey.questionnaire.columns import NOT_TO_THIRD_PARTIES
from survey.services.cases import holidays, rules_of
from survey.vault import Keyring

#: the page opens so long before the first call, and stays so long after the last one
OPENS_BEFORE = timedelta(days=30)
STAYS_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Street:
    """A street or town (镇街) and the days between which its households may be called."""

    district: str
    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Announcement:
    """Texts and dates only, no models: what is not here cannot slip onto the page."""

    number: str
    evaluator: str
    commissioner: str
    phone: str
    streets: tuple[Street, ...]
    first: date
    last: date
    weekday_windows: tuple[Window, ...]
    weekend_windows: tuple[Window, ...]
    days_off: tuple[date, ...]
    records_calls: bool
    home_visits: bool

    @property
    def opens(self) -> date:
        return self.first - OPENS_BEFORE

    @property
    def closes(self) -> date:
        return self.last + STAYS_AFTER

    def is_public(self, today: date) -> bool:
        """Whether the page is shown on `today`: never for a season without a street."""
        return bool(self.streets) and self.opens <= today <= self.closes


def gives_away(announcement: Announcement) -> str:
    """A word in the names given that tells a bystander why somebody is called; empty when there is none."""
    names = [announcement.evaluator, announcement.commissioner, announcement.phone]
    names += [street.district + street.name for street in announcement.streets]
    found = NOT_TO_THIRD_PARTIES.search("\n".join(names))
    return found.group() if found else ""


def number_of(vault: Keyring, season: Season) -> str:
    """Eight digits that name the season in public: easy to read out, and without a rule that leads to the next season.

    A keyed hash of the id, so nothing is stored; the same as long as the keys are, which every backup carries.
    """
    return f"{int(vault.blind(str(season.id), 'season-page'), 16) % 10**8:08d}"


def find(session: Session, vault: Keyring, number: str, today: date) -> Announcement | None:
    """The announcement of this number, if it is public on `today`."""
    seasons = session.scalars(select(Season).order_by(Season.id.desc()))
    season = next((each for each in seasons if number_of(vault, each) == number), None)
    if season is None:
        return None
    announcement = announcement_of(session, vault, season)
    return announcement if announcement.is_public(today) else None


def announcement_of(session: Session, vault: Keyring, season: Season) -> Announcement:
    """What may be said of a season; its days are those of its rounds, which may differ from the season's own."""
    rounds = rounds_of(session, season)
    first = min((each.fieldwork_from for each in rounds), default=season.fieldwork_from)
    last = max((each.fieldwork_to for each in rounds), default=season.fieldwork_to)
    rules = rules_of(season)
    return Announcement(
        number=number_of(vault, season),
        evaluator=season.evaluator,
        commissioner=season.commissioner,
        phone=season.verification_phone,
        streets=streets_of(rounds),
        first=first,
        last=last,
        weekday_windows=rules.weekday_windows,
        weekend_windows=rules.weekend_windows,
        days_off=tuple(sorted(day for day in holidays(session) if first <= day <= last)),
        records_calls=any(each.records_calls for each in rounds),
        home_visits=any(each.home_visits for each in rounds),
    )


def rounds_of(session: Session, season: Season) -> list[Round]:
    mine = select(Round).where(Round.season_id == season.id).options(selectinload(Round.station))
    return list(session.scalars(mine.order_by(Round.id)))


def streets_of(rounds: Iterable[Round]) -> tuple[Street, ...]:
    """Each street once, also when it has several stations, by district and name."""
    days: dict[tuple[str, str], list[Round]] = {}
    for each in rounds:
        days.setdefault((each.station.district, each.station.street), []).append(each)
    return tuple(
        Street(
            district, name, min(each.fieldwork_from for each in mine), max(each.fieldwork_to for each in mine)
        )
        for (district, name), mine in sorted(days.items())
    )
