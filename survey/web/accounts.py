"""Login, the own account, and (for administrators) people, roles and recusals."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user, hash_password, login_user, logout_user, verify_password
from sqlalchemy import select
from wtforms import SelectChoice

from survey.db import db
from survey.models.accounts import User
from survey.models.season import Round, Station
from survey.services import accounts, queue
from survey.services.accounts import get_user
from survey.web.access import ROLE_NAMES, actor
from survey.web.clock import now
from survey.web.forms import (
    GrantForm,
    LoginForm,
    NewPersonForm,
    PasswordForm,
    PersonForm,
    RecusalForm,
    kept,
)
from survey.web.language import LANGUAGES

blueprint = Blueprint("accounts", __name__)

#: the roles given most often stand first in the list
USUAL_ROLES = ("coordinator", "surveyor", "evaluator")


def safe_target(target: str | None) -> str:
    """Only an address inside this site, as given by ?next=."""
    parts = urlsplit(target or "")
    inside = not parts.scheme and not parts.netloc and (target or "").startswith("/")
    plain = target and target.isprintable() and "\\" not in target and not target.startswith("//")
    return target if target and inside and plain else url_for("pages.home")


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    form = LoginForm()
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    if form.validate_on_submit():
        user = try_login(form.username.data, form.password.data)
        if user is not None:
            return redirect(safe_target(request.args.get("next")))
    return render_template("accounts/login.html", form=form), 422 if request.method == "POST" else 200


def try_login(username: str, password: str) -> User | None:
    """The same answer for an unknown name, a wrong password and a switched-off account."""
    user = accounts.find_user(db.session(), username)
    if user is not None:
        accounts.lock_row(db.session(), user)
    stored = (user and user.password) or current_app.extensions["decoy_hash"]
    if not verify_password(password, stored) or user is None or not user.active:
        note_failure(user)
        flash(_("用户名或密码不对。请检查输入法和大小写；连续输错会暂时锁定。"), "error")
        return None
    if accounts.is_locked(user, now()):
        flash_locked(user)
        return None
    session.clear()
    login_user(user)
    accounts.note_login(db.session(), user, now())
    db.session.commit()
    return user


def flash_locked(user: User) -> None:
    """Said only to who knows the password, so that nobody learns from it which names exist."""
    minutes = int((user.locked_until - now()).total_seconds() // 60) + 1 if user.locked_until else 1
    flash(
        _("密码连续输错，账号已暂时锁定，请 %(minutes)s 分钟后再试，或请管理员重设密码。", minutes=minutes),
        "error",
    )


def note_failure(user: User | None) -> None:
    if user is not None and not accounts.is_locked(user, now()):
        settings = current_app.config
        accounts.note_failed_login(
            db.session(), user, now(), limit=settings["LOCKOUT_AFTER"], lock_for=settings["LOCKOUT_FOR"]
        )
        db.session.commit()


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    chosen = session.get("language")
    queue.let_go(db.session(), actor(), now())
    db.session.commit()
    logout_user()
    session.clear()
    if chosen:
        session["language"] = chosen
    return redirect(url_for("accounts.login"))


@blueprint.post("/language")
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            current_user.locale = chosen
            db.session.commit()
    return redirect(safe_target(request.form.get("next")))


@blueprint.get("/account")
def profile() -> ResponseReturnValue:
    rounds = (
        {round_.id: round_ for round_ in db.session.scalars(select(Round))} if current_user.grants else {}
    )
    return render_template("accounts/profile.html", role_names=ROLE_NAMES, rounds=rounds)


@blueprint.route("/account/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        if accounts.is_locked(current_user, now()):
            flash_locked(current_user)
        elif not verify_password(form.current.data, current_user.password):
            note_failure(current_user)
            form.current.errors = [_("现在的密码不对。")]
        else:
            user = current_user._get_current_object()
            accounts.change_password(db.session(), now(), user, hash_password(form.new.data))
            db.session.commit()
            login_user(user)
            flash(_("密码已更改。"), "success")
            return redirect(url_for("pages.home"))
    return render_template("accounts/password.html", form=form), 422 if form.errors else 200


@blueprint.get("/people")
def people() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()
    return render_template(
        "accounts/people.html", people=accounts.people(db.session(), search), search=search,
        role_names=ROLE_NAMES, now=now(),
    )  # fmt: skip


@blueprint.route("/people/new", methods=["GET", "POST"])
def add_person() -> ResponseReturnValue:
    form = NewPersonForm(languages=["zh"])
    if form.validate_on_submit():
        with kept(form):
            user, password = accounts.add_user(
                db.session(), actor(), now(), username=form.username.data, display_name=form.display_name.data,
                staff_number=form.staff_number.data or "", languages=" ".join(form.languages.data),
                skills=" ".join(form.skills.data), hash_password=hash_password,
            )  # fmt: skip
            db.session.commit()
            return render_template("accounts/one_time_password.html", person=user, password=password)
    return render_template("accounts/new_person.html", form=form), 422 if form.errors else 200


@blueprint.route("/people/<int:user_id>", methods=["GET", "POST"])
def edit_person(user_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    form = PersonForm(
        data={
            "display_name": user.display_name,
            "staff_number": user.staff_number,
            "languages": user.languages.split(),
            "skills": user.skills.split(),
        }
    )
    if form.validate_on_submit():
        accounts.edit_user(
            db.session(), actor(), now(), user, display_name=form.display_name.data,
            staff_number=form.staff_number.data or "", languages=" ".join(form.languages.data),
            skills=" ".join(form.skills.data),
        )  # fmt: skip
        db.session.commit()
        flash(_("已保存。"), "success")
        return redirect(url_for("accounts.edit_person", user_id=user.id))
    return show_person(user, form)


def show_person(user: User, form: PersonForm) -> ResponseReturnValue:
    rounds = list(db.session.scalars(select(Round).order_by(Round.id.desc())))
    stations = list(db.session.scalars(select(Station).order_by(Station.name)))
    return render_template(
        "accounts/person.html", person=user, form=form, grant_form=grant_form(rounds),
        recusal_form=recusal_form(stations), role_names=ROLE_NAMES, now=now(),
        rounds={round_.id: round_ for round_ in rounds}, stations={station.id: station for station in stations},
        raised_by=accounts.RAISED_BY,
    ), 422 if form.errors else 200  # fmt: skip


def grant_form(rounds: list[Round]) -> GrantForm:
    form = GrantForm(role="surveyor")
    roles = [*USUAL_ROLES, *(role for role in ROLE_NAMES if role not in USUAL_ROLES)]
    form.role.choices = [SelectChoice(role, _(ROLE_NAMES[role])) for role in roles]
    form.round_id.choices = [SelectChoice(0, _("全部轮次"))] + [
        SelectChoice(round_.id, f"{round_.season.name} · {round_.station.name}") for round_ in rounds
    ]
    return form


def recusal_form(stations: list[Station]) -> RecusalForm:
    form = RecusalForm()
    form.station_id.choices = [SelectChoice(station.id, station.name) for station in stations]
    return form


@blueprint.post("/people/<int:user_id>/password")
def reset_password(user_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    password = accounts.reset_password(db.session(), actor(), now(), user, hash_password)
    db.session.commit()
    return render_template("accounts/one_time_password.html", person=user, password=password)


@blueprint.post("/people/<int:user_id>/active")
def set_active(user_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    accounts.set_active(db.session(), actor(), now(), user, request.form.get("active") == "1")
    db.session.commit()
    return redirect(url_for("accounts.edit_person", user_id=user.id))


@blueprint.post("/people/<int:user_id>/grants")
def add_grant(user_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    form = grant_form(list(db.session.scalars(select(Round))))
    if form.validate_on_submit():
        round_ = db.session.get(Round, form.round_id.data) if form.round_id.data else None
        accounts.grant(db.session(), actor(), now(), user, form.role.data, round_)
        db.session.commit()
        flash(_("已授予角色。"), "success")
    return redirect(url_for("accounts.edit_person", user_id=user.id))


@blueprint.post("/people/<int:user_id>/grants/<int:grant_id>/remove")
def remove_grant(user_id: int, grant_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    accounts.revoke(db.session(), actor(), now(), user, grant_id)
    db.session.commit()
    flash(_("已取消角色。"), "success")
    return redirect(url_for("accounts.edit_person", user_id=user.id))


@blueprint.post("/people/<int:user_id>/recusals")
def add_recusal(user_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    form = recusal_form(list(db.session.scalars(select(Station))))
    if form.validate_on_submit():
        station = db.get_or_404(Station, form.station_id.data)
        by = form.raised_by.data
        accounts.recuse(db.session(), actor(), now(), user, station, form.reason.data, by)
        db.session.commit()
    else:
        flash(_("请选择社工站并填写回避原因。"), "error")
    return redirect(url_for("accounts.edit_person", user_id=user.id))


@blueprint.post("/people/<int:user_id>/recusals/<int:recusal_id>/remove")
def remove_recusal(user_id: int, recusal_id: int) -> ResponseReturnValue:
    user = get_user(db.session(), user_id)
    accounts.end_recusal(db.session(), actor(), now(), user, recusal_id)
    db.session.commit()
    return redirect(url_for("accounts.edit_person", user_id=user.id))
