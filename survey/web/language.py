"""Chinese first, English equal: the language of a request."""

from __future__ import annotations

from typing import Any

from babel.support import NullTranslations
from flask import Flask, request, session
from flask_babel import Babel, Domain, get_locale
from flask_security import current_user

from survey.catalogues import catalogue
from survey.web.problem import in_api

LANGUAGES = {"zh": "中文", "en": "English"}


class PoDomain(Domain):
    """Reads .po files directly, so that no compiled file can be stale or missing."""

    def get_translations(self) -> NullTranslations:
        return catalogue(get_locale().language)


def requested_language() -> str:
    """Chosen here, else the person's own, else what the browser asks for, else Chinese. A program asks anew each time."""
    if in_api():
        return accepted_language()
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    if current_user and current_user.is_authenticated:
        return str(current_user.locale)
    return accepted_language()


def accepted_language() -> str:
    """The one asked for most among ours, whatever its country: en-GB is English."""
    asked = (tag.split("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in asked if language in LANGUAGES), "zh")


def init_app(app: Flask) -> None:
    babel: Any = Babel(
        app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=requested_language
    )
    babel.__dict__["domain_instance"] = PoDomain()
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES)
    app.context_processor(lambda: {"language": get_locale().language})
