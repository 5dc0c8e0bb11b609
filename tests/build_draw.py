"""The way from a sealed frame to a draw: the steps of a coordinator, by services or through the pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from build import NOON
from sqlalchemy.orm import Session
from web_client import Client, Page

from survey.models.draw import Design
from survey.models.season import Round
from survey.services import designs, draws
from survey.services.designs import Choice
from survey.services.trail import Actor

MINUTE = timedelta(minutes=1)
SOURCE = "双色球第 2025040 期"
SEED = "03 08 11 19 22 30 07"


def walk(
    session: Session,
    actor: Actor,
    round_: Round,
    choice: Choice,
    until: str = "drawn",
    *,
    at: datetime = NOON,
    seed: str = SEED,
) -> Design:
    """The steps in order, up to and with `until`: saved and locked 10 minutes after `at`, then one every 10 minutes."""
    ten = 10 * MINUTE
    steps = {
        "saved": lambda: designs.save_draft(session, actor, at + ten, round_, choice),
        "locked": lambda: designs.lock(session, actor, at + ten, round_),
        "named": lambda: draws.name_seed_source(session, actor, at + 2 * ten, round_, SOURCE, at + 3 * ten),
        "entered": lambda: draws.enter_seed(session, actor, at + 4 * ten, round_, seed),
        "drawn": lambda: draws.draw(session, actor, at + 5 * ten, round_),
    }
    for name, step in steps.items():
        design = step()
        if name == until:
            return design
    raise AssertionError(until)


#: what a coordinator types into the form of the design
DESIGN = {
    "method": "proportional",
    "target": "100",
    "completion": "80",
    "satisfaction": "90",
    "minimum": "10",
    "reserve": "3",
}


class DrawDesk:
    """The page of one round's draw; every step takes a minute of the pages' clock."""

    def __init__(self, client: Client, round_: Round, clock: list[datetime]) -> None:
        self.client, self.clock, self.station = client, clock, round_.station.name
        self.base = f"/rounds/{round_.id}/draw/"

    def get(self, path: str = "", status: int = 200, **values) -> Page:
        return self.client.get(self.base + path, status, **values)

    def post(self, path: str, status: int = 302, **data) -> Page:
        self.clock[0] += MINUTE
        return self.client.post(self.base + path, data, status)

    def walk(self, until: str = "run", dice: str = "4 6 1 3", **design: str) -> None:
        """The steps as a person takes them, with dice."""
        steps = [
            ("design", DESIGN | design),
            ("lock", {}),
            ("source", {"kind": "dice", "source": "现场掷骰四次，三方在场"}),
            ("seed", {"value": dice, "again": dice}),
            ("run", {}),
        ]
        for path, data in steps:
            self.post(path, **data, name=self.station)
            if path == until:
                break
