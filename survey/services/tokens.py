"""受访编号: which number a case says at the end of its interview. It follows from the case, so a page that has been
offline since the first question can say it too, and no two cases have the same."""

from __future__ import annotations

from survey.fieldwork import tokens
from survey.models.draw import Case
from survey.vault import Keyring

PURPOSE = "token"


def token_of(vault: Keyring, case: Case) -> str:
    """Nine digits. Only the interview that keeps them is found by them (services.withdrawal)."""
    return tokens.token_of(vault.scramble(case.id, PURPOSE))
