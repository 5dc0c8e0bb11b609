"""Who may see what, in one table: permission × scope. The app refuses to start when a route has no rule here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, and_, true

from survey.db import db
from survey.errors import N_, Message, Refused
from survey.models.accounts import User
from survey.models.season import Round, Season, Station
from survey.services.api_tokens import SCOPES, scopes_of
from survey.services.trail import Actor
from survey.web import bearer
from survey.web.problem import in_api

ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"accounts.manage", "trail.view", "seasons.view", "api.use"}),
    "coordinator": frozenset(
        {
            "seasons.view", "seasons.manage", "roster.view", "roster.import", "frame.seal", "design.lock",
            "draw.run", "release.make", "round.close", "board.view", "calls.reassign", "trail.view", "certificate.view",
            "questionnaire.view", "incident.handle", "withdrawal.make", "definition.lock", "recheck.manage", "api.use",
            "data.export.identified", "actions.manage", "actions.contact",
        }
    ),
    "surveyor": frozenset({"desk.work", "phone.reveal", "questionnaire.view"}),
    "evaluator": frozenset(
        {
            "seasons.view", "results.view", "verbatims.view", "certificate.view", "questionnaire.view", "api.use",
            "data.export", "quotes.view", "quotes.propose", "quotes.approve", "verbatims.raw",
            "report.write", "report.view",
            "verbatims.code", "verbatims.settle", "codebook.edit", "actions.manage",
        }
    ),
    # room for the roles of the next steps; they hold what exists of theirs today
    "supervisor": frozenset(
        {
            "seasons.view", "board.view", "calls.reassign", "release.make", "questionnaire.view", "incident.handle",
            "withdrawal.make", "recheck.manage", "surveyors.compare", "api.use", "quotes.view", "quotes.approve",
        }
    ),
    "verifier": frozenset({"seasons.view", "recheck.work", "api.use"}),
    "coder": frozenset(
        {"seasons.view", "verbatims.view", "verbatims.code", "api.use", "quotes.view", "quotes.propose"}
    ),
    "station": frozenset({"actions.answer"}),
    "commissioner": frozenset({"seasons.view", "results.view", "certificate.view", "identities.open", "api.use", "report.view"}),
}  # fmt: skip

ROLE_NAMES: Mapping[str, str] = {
    "admin": N_("管理员"),
    "coordinator": N_("统筹员"),
    "surveyor": N_("访问员"),
    "evaluator": N_("评估员"),
    "supervisor": N_("访问督导"),
    "verifier": N_("复核员"),
    "coder": N_("编码员"),
    "station": N_("社工站"),
    "commissioner": N_("委托方"),
}

#: scope of a token -> the permission that its owner needs for it
SCOPE_PERMISSIONS: Mapping[str, str] = {
    "seasons.read": "seasons.view",
    "results.read": "results.view",
    "verbatims.read": "verbatims.view",
    "certificate.read": "certificate.view",
}

#: what lets a person have tokens: each role that has something to read there
API_USE = "api.use"

PUBLIC = "public"
SIGNED_IN = "signed-in"

#: endpoint -> permission. `round_id`, `season_id` or `station_id` in the address narrows it to that round, season or
#: station.
RULES: Mapping[str, str] = {
    "static": PUBLIC,
    "bootstrap.static": PUBLIC,
    "accounts.login": PUBLIC,
    "accounts.choose_language": PUBLIC,
    "pages.health": PUBLIC,
    "check.page": PUBLIC,
    "check.certificate": PUBLIC,
    "check.frame_file": PUBLIC,
    "check.commitments_file": PUBLIC,
    "verification.page": PUBLIC,
    "reading.gate": PUBLIC,
    "reading.open_": PUBLIC,
    "reading.page": PUBLIC,
    "reading.text": PUBLIC,
    "reading.close": PUBLIC,
    "reading.reply": PUBLIC,
    "accounts.logout": SIGNED_IN,
    "accounts.profile": SIGNED_IN,
    "accounts.change_password": SIGNED_IN,
    "pages.home": SIGNED_IN,
    "accounts.people": "accounts.manage",
    "accounts.add_person": "accounts.manage",
    "accounts.edit_person": "accounts.manage",
    "accounts.reset_password": "accounts.manage",
    "accounts.set_active": "accounts.manage",
    "accounts.add_grant": "accounts.manage",
    "accounts.remove_grant": "accounts.manage",
    "accounts.add_recusal": "accounts.manage",
    "accounts.remove_recusal": "accounts.manage",
    "trail.entries": "trail.view",
    "desk.page": "desk.work",
    "desk.state": "desk.work",
    "desk.questionnaire": "desk.work",
    "desk.next_household": "desk.work",
    "desk.heartbeat": "desk.work",
    "desk.give_back": "desk.work",
    "desk.reveal": "phone.reveal",
    "desk.answers": "desk.work",
    "desk.outcome": "desk.work",
    "desk.correct": "desk.work",
    "desk.mine": "desk.work",
    "desk_phone.find": "desk.work",
    "desk_phone.received": "desk.work",
    "desk_phone.lines": "desk.work",
    "desk_phone.choose_line": "desk.work",
    "desk_phone.half_hours": "desk.work",
    "desk.open_case": "desk.work",
    "urgent.report": "desk.work",
    "urgent.standing": "desk.work",
    "urgent.record": "desk.work",
    "incidents.index": "incident.handle",
    "incidents.waiting": "incident.handle",
    "incidents.page": "incident.handle",
    "incidents.acknowledge": "incident.handle",
    "incidents.record": "incident.handle",
    "incidents.reveal": "incident.handle",
    "incidents.close": "incident.handle",
    "visits.page": "desk.work",
    "visits.worker": "desk.work",
    "visits.state": "desk.work",
    "visits.to_choose": "desk.work",
    "visits.take": "desk.work",
    "visits.give_back": "desk.work",
    "rechecks.index": "recheck.work",
    "rechecks.take": "recheck.work",
    "rechecks.page": "recheck.work",
    "rechecks.number": "recheck.work",
    "rechecks.record": "recheck.work",
    "rechecks.judge": "recheck.work",
    "rechecks.give_back": "recheck.work",
    "rechecks.propose": "recheck.work",
    "recheck_rounds.page": "recheck.manage",
    "recheck_rounds.object_": "recheck.manage",
    "recheck_rounds.answer": "recheck.manage",
    "recheck_rounds.decide": "recheck.manage",
    "results.page": "results.view",
    "results.verification": "results.view",
    "results.verbatims": "verbatims.view",
    "reporting.page": "report.view",
    "reporting.save": "report.write",
    "reporting.version": "report.view",
    "reporting.plain": "report.view",
    "reporting.document": "report.view",
    "reporting.pasted": "report.write",
    "report_template.page": "report.write",
    "report_template.upload": "report.write",
    "report_template.end": "report.write",
    "report_template.file": "report.write",
    "report_template.default": "report.write",
    "quotes.page": "quotes.view",
    "quotes.words": "quotes.propose",
    "quotes.propose": "quotes.propose",
    "quotes.decide": "quotes.approve",
    "quotes.take_back": "quotes.view",
    "hiding.page": "quotes.propose",
    "hiding.undo": "quotes.propose",
    "quotes.raw": "verbatims.raw",
    "themes.page": "results.view",
    "themes.words": "verbatims.view",
    "followup.page": "actions.manage",
    "followup.collect": "actions.manage",
    "followup.hand_over": "actions.manage",
    "followup.move": "actions.manage",
    "followup_lists.page": "actions.manage",
    "followup_lists.workbook_file": "actions.manage",
    "followup_lists.named": "actions.contact",
    "followup.item": "actions.manage",
    "followup.step": "actions.manage",
    "followup.undo": "actions.manage",
    "followup.contact": "actions.contact",
    "followup.called": "actions.contact",
    "followup.proof": "actions.contact",
    "followup_season.page": "actions.manage",
    "followup_season.days": "actions.manage",
    "followup_season.district": "actions.manage",
    "followup_station.page": "actions.answer",
    "followup_station.item": "actions.answer",
    "followup_station.reply": "actions.answer",
    "followup_station.contact": "actions.answer",
    "followup_station.proof": "actions.answer",
    "recommendations.page": "actions.manage",
    "recommendations.make": "actions.manage",
    "recommendations.carry": "actions.manage",
    "recommendations.close": "actions.manage",
    "recommendations.reopen": "actions.manage",
    "coding.desk": "verbatims.code",
    "coding.save": "verbatims.code",
    "coding.undo": "verbatims.code",
    "settling.agreement": "verbatims.settle",
    "settling.page": "verbatims.settle",
    "settling.settle": "verbatims.settle",
    "codebook.page": "verbatims.code",
    "codebook.new_theme": "codebook.edit",
    "codebook.edit_theme": "codebook.edit",
    "exports.page": "data.export",
    "exports.download": "data.export",
    "exports.identified": "data.export.identified",
    "exports.download_identified": "data.export.identified",
    "report_links.page": "report.view",
    "report_links.send": "report.write",
    "report_links.extend": "report.write",
    "report_links.end": "report.write",
    "report_links.record": "report.write",
    "report_links.document": "report.write",
    "report_links.words": "report.write",
    "report_links.answer": "report.write",
    "report_links.take_up": "report.write",
    "charts.round_chart": "results.view",
    "charts.season_chart": "results.view",
    "charts.station_chart": "results.view",
    "charts.themes_chart": "results.view",
    "brief.page": "results.view",
    "season_results.season": "results.view",
    "season_results.station": "results.view",
    "seasons.index": "seasons.view",
    "seasons.new": "seasons.manage",
    "seasons.season": "seasons.view",
    "seasons.edit": "seasons.manage",
    "seasons.add_round": "seasons.manage",
    "verification.notice": "seasons.manage",
    "calling.page": "seasons.manage",
    "calling.defaults": "seasons.manage",
    "calling.holiday_table": "seasons.manage",
    "calling.take_over_holidays": "seasons.manage",
    "calling.remove_holiday": "seasons.manage",
    "definitions.season_page": "seasons.view",
    "definitions.change_season": "definition.lock",
    "definitions.round_page": "seasons.view",
    "definitions.change_round": "definition.lock",
    "definitions.preview": "definition.lock",
    "batch.page": "seasons.manage",
    "batch.step": "seasons.manage",
    "batch.take": "seasons.manage",
    "batch.progress": "seasons.manage",
    "batch_rosters.upload": "roster.import",
    "batch_rosters.add_rounds": "seasons.manage",
    "seasons.round_page": "seasons.view",
    "seasons.edit_round": "seasons.manage",
    "recusals.page": "seasons.manage",
    "recusals.declare": SIGNED_IN,
    "question_times.page": "board.view",
    "questionnaires.page": "questionnaire.view",
    "rosters.page": "roster.view",
    "rosters.upload": "roster.import",
    "rosters.columns": "roster.import",
    "rosters.cancel": "roster.import",
    "rosters.decide": "roster.import",
    "rosters.find": "roster.import",
    "rosters.confirmation": "roster.view",
    "rosters.confirm": "roster.import",
    "rosters.seal": "frame.seal",
    "rosters.report_file": "roster.view",
    "frame_checks.page": "roster.view",
    "frame_checks.state": "roster.import",
    "frame_checks.figure": "roster.import",
    "frame_checks.remove_figure": "roster.import",
    "frame_checks.attach": "roster.import",
    "frame_checks.attachment": "roster.view",
    "frame_checks.remove_attachment": "roster.import",
    "draws.page": "design.lock",
    "draws.preview": "design.lock",
    "draws.save": "design.lock",
    "draws.confirm_gap": "design.lock",
    "draws.lock": "design.lock",
    "draws.name_source": "draw.run",
    "draws.enter_seed": "draw.run",
    "draws.run": "draw.run",
    "draws.acknowledge_burden": "design.lock",
    "draws.take_over_seed": "draw.run",
    "draws.start_again": "draw.run",
    "draws.certificate": "certificate.view",
    "draws.earlier_certificate": "certificate.view",
    "draws.certificate_page": "certificate.view",
    "draws.commitments_file": "certificate.view",
    "draws.frame_file": "draw.run",
    "releases.page": "board.view",
    "releases.release": "release.make",
    "live.page": "board.view",
    "live.fragment": "board.view",
    "live.reassign": "calls.reassign",
    "route_ends.end": "calls.reassign",
    "route_ends.take_back": "calls.reassign",
    "lines.index": "seasons.manage",
    "lines.edit": "seasons.manage",
    "lines.set_active": "seasons.manage",
    "closing.page": "board.view",
    "closing.close": "round.close",
    "closing.reopen": "round.close",
    "retention.page": "seasons.manage",
    "retention.record": "seasons.view",
    "withdrawal.page": "withdrawal.make",
    "withdrawal.find": "withdrawal.make",
    "withdrawal.delete": "withdrawal.make",
    "openings.page": "identities.open",
    "openings.open_named": "identities.open",
    "openings.open_random": "identities.open",
    "tokens.page": "api.use",
    "tokens.end": "api.use",
    "tokens.end_of_person": "accounts.manage",
    "api_description.document": PUBLIC,
    "api.seasons": "seasons.view",
    "api.season": "seasons.view",
    "api.round_facts": "seasons.view",
    "api.results": "results.view",
    "api.items": "results.view",
    "api.item": "results.view",
    "api.domain": "results.view",
    "api.outcomes": "results.view",
    "api.definitions": "results.view",
    "api.verbatims": "verbatims.view",
    "api.certificate": "certificate.view",
}


#: what concerns a whole season, or everybody's accounts, is for those whose role covers every round
EVERYWHERE_ONLY = frozenset(
    {
        "seasons.new", "seasons.edit", "seasons.add_round", "batch_rosters.add_rounds", "calling.page",
        "retention.page",
        "calling.defaults", "calling.holiday_table", "calling.take_over_holidays", "calling.remove_holiday",
        "lines.index", "lines.edit",
        "lines.set_active", "definitions.change_season", "report_template.upload", "report_template.end",
        "codebook.new_theme", "codebook.edit_theme",
    }
)  # fmt: skip
EVERYWHERE_PERMISSIONS = frozenset({"accounts.manage"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a person holds a permission: everywhere, or in some rounds; never in stations they are recused from."""

    everywhere: bool
    round_ids: frozenset[int]
    recused_station_ids: frozenset[int]

    @property
    def nowhere(self) -> bool:
        return not self.everywhere and not self.round_ids

    def covers(self, round_: Round) -> bool:
        if round_.station_id in self.recused_station_ids:
            return False
        return self.everywhere or round_.id in self.round_ids

    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on Round, for lists."""
        granted = true() if self.everywhere else Round.id.in_(self.round_ids)
        return and_(granted, Round.station_id.not_in(self.recused_station_ids))


def scope(user: User, permission: str) -> Scope:
    grants = [grant for grant in user.grants if permission in ROLES.get(grant.role, frozenset())]
    return Scope(
        everywhere=any(grant.round_id is None for grant in grants),
        round_ids=frozenset(grant.round_id for grant in grants if grant.round_id is not None),
        recused_station_ids=frozenset(recusal.station_id for recusal in user.recusals),
    )


def person() -> User:
    """Who asks: the owner of the token in the API, on the pages who is signed in."""
    return bearer.owner() if in_api() else current_user


def my_scope(permission: str) -> Scope:
    return scope(person(), permission)


def may(permission: str, round_: Round | None = None) -> bool:
    """Whether the person who asks holds the permission, in the round when one is given (for templates too)."""
    if not person().is_authenticated:
        return False
    held = my_scope(permission)
    return held.covers(round_) if round_ is not None else not held.nowhere


def may_everywhere(permission: str) -> bool:
    """Whether the person holds the permission for every round."""
    return current_user.is_authenticated and scope(current_user, permission).everywhere


def actor() -> Actor:
    """The person signed in, as the services know people."""
    return Actor(current_user.id, current_user.display_name)


def find_round(round_id: int) -> Round:
    return db.get_or_404(Round, round_id)


def covers_season(held: Scope, season: Season) -> bool:
    return held.everywhere or any(held.covers(round_) for round_ in season.rounds)


def covers_station(held: Scope, station: Station) -> bool:
    """Whether some round of the station may be seen; never when recused from it."""
    if station.id in held.recused_station_ids:
        return False
    return held.everywhere or any(held.covers(round_) for round_ in station.rounds)


def allowed(permission: str, arguments: Mapping[str, object]) -> bool:
    held = my_scope(permission)
    if request.endpoint in EVERYWHERE_ONLY or permission in EVERYWHERE_PERMISSIONS:
        return held.everywhere
    if "round_id" in arguments:
        return held.covers(find_round(int(str(arguments["round_id"]))))
    if "season_id" in arguments:
        return covers_season(held, db.get_or_404(Season, arguments["season_id"]))
    if "station_id" in arguments:
        return covers_station(held, db.get_or_404(Station, arguments["station_id"]))
    return not held.nowhere


def check_access() -> ResponseReturnValue | None:
    """Before every request: the route's rule, then the scope."""
    if request.endpoint is None:
        return None  # 404 or 405 follow
    rule = RULES[request.endpoint]
    if rule == PUBLIC:
        return None
    if in_api():
        check_token(rule)
        return None
    if not current_user.is_authenticated:
        if request.accept_mimetypes.best == "application/json":
            abort(401)
        after = request.full_path if request.method == "GET" else None
        return redirect(url_for("accounts.login", next=after))
    if current_user.must_change_password and request.endpoint not in (
        "accounts.change_password", "accounts.logout", "accounts.choose_language",
    ):  # fmt: skip
        return redirect(url_for("accounts.change_password"))
    if rule != SIGNED_IN and not allowed(rule, request.view_args or {}):
        abort(403)
    g.permission = rule
    return None


def check_token(rule: str) -> None:
    """A token opens what is in its scopes and what its owner may open at this moment. Raises Unrecognised, Refused."""
    token = bearer.identify()
    g.scope_needed = next(name for name, permission in SCOPE_PERMISSIONS.items() if permission == rule)
    if scope(token.user, API_USE).nowhere:
        raise Refused("api-not-allowed", N_("令牌所属的账号没有使用数据接口的权限。"))
    if g.scope_needed not in scopes_of(token):
        text = N_("这个令牌不含“%(scope)s”。请新建一个含这一项的令牌。")
        raise Refused("scope-missing", text, scope=Message(SCOPES[g.scope_needed]))
    if not allowed(rule, request.view_args or {}):
        abort(403)


def offered_scopes(user: User) -> tuple[str, ...]:
    """What the person's tokens may open at present."""
    held = SCOPE_PERMISSIONS.items()
    return tuple(name for name, permission in held if not scope(user, permission).nowhere)


def refuse_unruled_routes(app: Flask) -> None:
    """A route without a rule, or a rule without a route or permission, stops the app from starting."""
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    known = frozenset[str]().union(*ROLES.values()) | {PUBLIC, SIGNED_IN}
    faults = [f"route without access rule: {name}" for name in sorted(routes - RULES.keys())]
    faults += [f"access rule without route: {name}" for name in sorted(RULES.keys() - routes)]
    faults += [f"unknown permission of {name}: {rule}" for name, rule in RULES.items() if rule not in known]
    if faults:
        raise RuntimeError("; ".join(faults))
