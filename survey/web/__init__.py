"""HTML: one blueprint a subject. Views find, allow (web/access.py does both for rounds), do, then render or redirect."""

from survey.web import (
    accounts,
    batch,
    batch_rosters,
    check,
    closing,
    desk,
    draws,
    frame_checks,
    openings,
    pages,
    questionnaires,
    releases,
    results,
    rosters,
    seasons,
    trail,
)

BLUEPRINTS = [
    pages.blueprint,
    accounts.blueprint,
    trail.blueprint,
    seasons.blueprint,
    batch.blueprint,
    batch_rosters.blueprint,
    questionnaires.blueprint,
    rosters.blueprint,
    frame_checks.blueprint,
    draws.blueprint,
    releases.blueprint,
    closing.blueprint,
    openings.blueprint,
    check.blueprint,
    results.blueprint,
    desk.blueprint,
]
