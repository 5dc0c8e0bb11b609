"""The keys of this installation, for views that seal or open personal data."""

from __future__ import annotations

from flask import current_app

from survey.vault import Keyring


def vault() -> Keyring:
    keyring: Keyring = current_app.extensions["vault"]
    return keyring
