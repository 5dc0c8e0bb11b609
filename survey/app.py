"""create_app(): the only place where the parts meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Config, Flask, request
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
from flask_wtf import CSRFProtect

from survey import api
from survey.db import db, prepare_sqlite, writing
from survey.models.accounts import Role, User
from survey.vault import Keyring, keyring_from_json, load_or_create
from survey.web import BLUEPRINTS, access, headers, language, mistakes, odd_input, pages, reading, showing

#: pages that write when they are opened: that they were read into the trail, or which interviews are to be checked
WRITING_PAGES = frozenset(
    {
        "rosters.page", "rosters.report_file", "frame_checks.attachment", "openings.page", "incidents.record",
        "rechecks.index", "recheck_rounds.page", "report_links.document",
    }
)  # fmt: skip

#: pages without a login that somebody may try very often: setting with the rate, and the method it counts
LIMITED = {
    "accounts.login": ("LOGIN_RATE", "POST"),
    "check.page": ("CHECK_RATE", "GET"),
    "check.certificate": ("CHECK_RATE", "GET"),
    "check.frame_file": ("CHECK_RATE", "GET"),
    "check.commitments_file": ("CHECK_RATE", "GET"),
    "verification.page": ("CHECK_RATE", "GET"),
    "reading.gate": ("CHECK_RATE", "GET"),
    "reading.open_": ("CODE_RATE", "POST"),
    "reading.page": ("CHECK_RATE", "GET"),
    "reading.text": ("CHECK_RATE", "GET"),
    "reading.close": ("CHECK_RATE", "POST"),
    "reading.reply": ("CHECK_RATE", "POST"),
}

HERE = Path(__file__).parent
#: the folder with templates, migrations and config.py: beside the package in a checkout, inside it in a wheel
ROOT = HERE / "_root" if (HERE / "_root").is_dir() else HERE.parent


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    app = Flask("survey", template_folder=str(ROOT / "templates"), static_folder=str(HERE / "static"))
    configure(app, settings or {})
    init_database(app)
    init_people(app)
    Bootstrap5(app)
    language.init_app(app)
    showing.init_app(app)
    mistakes.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.before_request(odd_input.refuse)
    app.before_request(access.check_access)
    app.after_request(headers.set_headers)
    api.init_app(app)
    limit_public_pages(app)
    app.jinja_env.globals.update(
        may=access.may,
        may_everywhere=access.may_everywhere,
        rules=access.RULES,
        round_path=pages.round_path,
        step_page=pages.step_page,
    )
    access.refuse_unruled_routes(app)
    return app


def configure(app: Flask, settings: Mapping[str, Any]) -> None:
    """config.py, then SURVEY_… of the environment, then what the caller sets; then the keys."""
    read_settings(app.config, settings)
    keyring = read_keyring(app)
    app.extensions["vault"] = keyring
    app.config.setdefault("SECRET_KEY", None)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or keyring.session
    app.config["SECURITY_PASSWORD_SALT"] = keyring.password_salt


def read_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    config.from_pyfile(str(ROOT / "config.py"))
    config.from_prefixed_env("SURVEY")
    config.from_mapping(settings)
    return config


def read_keyring(app: Flask) -> Keyring:
    from_environment = os.environ.get("SURVEY_KEYS")
    if from_environment:
        return keyring_from_json(from_environment)
    return load_or_create(Path(app.config["KEYS_FILE"]))


def init_database(app: Flask) -> None:
    Path(app.config["INSTANCE"]).mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        prepare_sqlite(db.engine)

    @app.before_request
    def note_whether_it_writes() -> None:
        writing.set(request.method not in ("GET", "HEAD", "OPTIONS") or request.endpoint in WRITING_PAGES)


def init_people(app: Flask) -> None:
    """Flask-Security keeps sessions and passwords; the pages for it are ours (web/accounts.py)."""
    Security(app, SQLAlchemyUserDatastore(db, User, Role), register_blueprint=False)
    # what a party sends carries a secret of its own, and its pages say nowhere where they are, as CSRFProtect asks
    CSRFProtect(app).exempt(reading.blueprint)
    with app.app_context():  # an unknown name takes as long as a wrong password
        app.extensions["decoy_hash"] = hash_password("decoy")


def limit_public_pages(app: Flask) -> None:
    """So many requests a minute from one address. Every app counts for itself, over all its threads."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    app.extensions["public_limiter"] = limiter  # the views hold it weakly only
    for endpoint, (rate, method) in LIMITED.items():
        limited: Callable[..., Any] = limiter.limit(app.config[rate], methods=[method])
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])
