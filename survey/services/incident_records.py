"""密封记录: what happened in an emergency and what was decided, sealed; and who the household is, to send help.

Entries are only ever added, each with its author and time. The raiser writes without reading; those who handle alarms
read once one of them has taken it over, and every reading is a critical entry of the trail.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from survey.errors import N_, Conflict, Invalid
from survey.models.care import Incident
from survey.models.frame import Contact, FrameRow
from survey.models.season import Round
from survey.services.incidents import DANGERS, note
from survey.services.personal import Person, open_contact, open_identity
from survey.services.trail import Actor
from survey.vault import Keyring

LONGEST_TEXT = 4000
#: who was told, in the decision that closes an alarm
TOLD: Mapping[str, str] = {
    "110": N_("110"),
    "120": N_("120"),
    "civil_affairs": N_("民政局"),
    "family": N_("家属"),
    "station": N_("社工站"),
    "other": N_("其他（写在决定里）"),
    "nobody": N_("没有告知任何人"),
}
#: whether what was said is about the station's own people
ABOUT_STAFF: Mapping[str, str] = {
    "no": N_("与社工站工作人员无关"),
    "yes": N_("涉及社工站工作人员"),
    "unclear": N_("还不清楚"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of the record. `uid` makes that sending it twice writes it once; `dangers` are codes of M7; `told` and
    `about_staff` are set in the decision that closes."""

    uid: str
    text: str
    dangers: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    about_staff: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    at: datetime
    by: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Everything that helps to send help; `person` and `identity` are empty where they were destroyed since."""

    person: Person
    identity: str
    zone: str
    community: str
    needs: tuple[str, ...]


def write(
    session: Session, vault: Keyring, actor: Actor, now: datetime, incident: Incident, entry: Entry
) -> None:
    """Add an entry: its raiser until the alarm is closed, others once it has been taken over. Written once per uid."""
    _lock(session, incident)
    if incident.raised_by_id != actor.id:
        refuse_unacknowledged(incident)
    elif incident.closed_at is not None:
        raise Conflict("incident-closed", N_("这件事已经办结，要补充请告诉访问督导。"))
    _check(entry)
    entries = _entries(vault, incident)
    if any(old["uid"] == entry.uid for old in entries):
        return
    _seal(vault, incident, [*entries, _row(actor, now, entry)])
    session.flush()
    note(session, actor, "incident.record-added", now, incident)


def read(session: Session, vault: Keyring, actor: Actor, now: datetime, incident: Incident) -> list[Written]:
    """The record, oldest entry first; that it was read goes into the trail. Raises Conflict before it is taken over."""
    refuse_unacknowledged(incident)
    _load(session, incident)
    note(session, actor, "incident.record-read", now, incident)
    return [_written(row) for row in _entries(vault, incident)]


def close(
    session: Session, vault: Keyring, actor: Actor, now: datetime, incident: Incident, decision: Entry
) -> None:
    """Write the decision and close. Raises Invalid when the station was told of what may be about its own staff."""
    _lock(session, incident)
    refuse_unacknowledged(incident)
    if incident.closed_at is not None:
        raise Conflict("incident-closed", N_("这件事已经办结，要补充请告诉访问督导。"))
    _check(decision)
    _check_decision(decision)
    _seal(vault, incident, [*_entries(vault, incident), _row(actor, now, decision)])
    incident.closed_by_id, incident.closed_at = actor.id, now
    session.flush()
    note(session, actor, "incident.closed", now, incident)


def reveal(session: Session, vault: Keyring, actor: Actor, now: datetime, incident: Incident) -> Whereabouts:
    """Who the household is and where, to send help; a critical entry of the trail. Raises Conflict before it is taken over."""
    refuse_unacknowledged(incident)
    row = session.get_one(FrameRow, incident.case.frame_row_id)
    contact = session.get(Contact, row.id)
    note(session, actor, "incident.identity-revealed", now, incident)
    return Whereabouts(
        person=open_contact(vault, contact) if contact is not None else Person("", (), ""),
        identity=open_identity(vault, contact) if contact is not None and contact.identity_sealed else "",
        zone=row.zone,
        community=row.community,
        needs=tuple(row.needs.split()),
    )


def street_of(session: Session, incident: Incident) -> str:
    """街道 and district of the station, where an ambulance would be sent to."""
    station = session.get_one(Round, incident.round_id).station
    return f"{station.district}{station.street}"


def refuse_unacknowledged(incident: Incident) -> None:
    if incident.acknowledged_at is None:
        raise Conflict("acknowledge-first", N_("请先按“我来处理”接手，再看记录、身份或办结。"))


# -- checking ------------------------------------------------------------------------------------------------


def _check(entry: Entry) -> None:
    if not entry.text.strip() and not entry.dangers:
        raise Invalid("record-empty", N_("请写下经过，或选一种危险。"))
    if len(entry.text) > LONGEST_TEXT:
        raise Invalid("record-too-long", N_("每段最多 %(most)s 个字，请分成几段。"), most=LONGEST_TEXT)
    _refuse_unknown(entry.dangers, DANGERS)
    _refuse_unknown(entry.told, TOLD)


def _refuse_unknown(given: Collection[str], known: Mapping[str, str]) -> None:
    for value in given:
        if value not in known:
            raise Invalid("no-such-choice", N_("没有“%(value)s”这个选项，请从列表中选。"), value=value[:20])


def _check_decision(decision: Entry) -> None:
    if not decision.told or not decision.text.strip() or decision.about_staff not in ABOUT_STAFF:
        raise Invalid(
            "decision-incomplete", N_("办结要写明：做了什么决定，告知了谁，是否涉及社工站工作人员。")
        )
    if "nobody" in decision.told and len(decision.told) > 1:
        raise Invalid("told-nobody-and-somebody", N_("选了“没有告知任何人”，就不能再选其他对象。"))
    if "station" in decision.told and decision.about_staff != "no":
        raise Invalid(
            "station-not-to-be-told",
            N_("涉及或可能涉及社工站工作人员时，不告知社工站，改为告知民政局；请改“告知了谁”。"),
        )


# -- sealing -------------------------------------------------------------------------------------------------


def context(incident: Incident) -> str:
    return f"incident:{incident.uid}"


def _lock(session: Session, incident: Incident) -> None:
    _load(session, incident, lock=True)


def _load(session: Session, incident: Incident, lock: bool = False) -> None:
    """The row with its sealed column, as it is now."""
    query = select(Incident).where(Incident.id == incident.id).options(undefer(Incident.record_sealed))
    if lock:
        query = query.with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).one()


def _entries(vault: Keyring, incident: Incident) -> list[dict[str, Any]]:
    if incident.record_sealed is None:
        return []
    entries: list[dict[str, Any]] = json.loads(vault.open(incident.record_sealed, context(incident)))
    return entries


def _seal(vault: Keyring, incident: Incident, entries: Sequence[Mapping[str, Any]]) -> None:
    incident.record_sealed = vault.seal(json.dumps(entries, ensure_ascii=False), context(incident))


def _row(actor: Actor, now: datetime, entry: Entry) -> dict[str, Any]:
    return {"at": now.astimezone(UTC).isoformat(), "by": actor.name, "by_id": actor.id, **asdict(entry)}


def _written(row: Mapping[str, Any]) -> Written:
    entry = Entry(
        row["uid"], row["text"], tuple(row["dangers"]), tuple(row["told"]), row.get("about_staff", "")
    )
    return Written(datetime.fromisoformat(row["at"]), row["by"], entry)
