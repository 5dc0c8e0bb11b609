"""Chinese first, English equal: message catalogues read from .po files, and the language of a request."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, Domain, get_locale
from flask_security import current_user

LANGUAGES = {"zh": "中文", "en": "English"}
CATALOGUES = Path(__file__).parent.parent / "translations"


@cache
def catalogue(language: str) -> NullTranslations:
    """The catalogue of a language; Chinese is the language of the sources and needs none."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


class PoDomain(Domain):
    """Reads .po files directly, so that no compiled file can be stale or missing."""

    def get_translations(self) -> NullTranslations:
        return catalogue(get_locale().language)


def requested_language() -> str:
    """Chosen here, else the person's own, else what the browser asks for, else Chinese."""
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    if current_user and current_user.is_authenticated:
        return str(current_user.locale)
    return request.accept_languages.best_match(LANGUAGES) or "zh"


def init_app(app: Flask) -> None:
    babel: Any = Babel(
        app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=requested_language
    )
    babel.__dict__["domain_instance"] = PoDomain()
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES)
    app.context_processor(lambda: {"language": get_locale().language})
