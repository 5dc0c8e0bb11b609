"""The vocabulary of a questionnaire: its sheets, their columns, and what may stand in them."""

from __future__ import annotations

import re

#: languages of the interview: Mandarin, written Cantonese (simplified characters), English
LANGUAGES = ("zh", "yue", "en")

TYPES = ("select_one", "select_multiple", "text", "integer", "note", "calculate", "hidden")
SELECTS = ("select_one", "select_multiple")

#: what a question is for; results, desk and report find questions by this, never by name
ROLES = (
    "identity", "consent", "recording", "sensitive_consent", "age", "privacy", "proxy", "residence",
    "aware", "contact", "frequency", "promise", "change", "services",
    "item", "outcome", "overall", "recommend",
    "reason", "praise", "complaint", "need", "wish", "suggestion",
    "referral", "verification", "language", "closing", "observation", "risk", "void",
)  # fmt: skip

#: a choice that is no substantive answer: don't know, refused, not applicable
MISSING = ("dk", "refused", "na")

#: placeholders of wordings; a round, a case and an interviewer supply the values
PLACEHOLDERS = ("称呼", "姓", "评估方", "工号", "委托方", "电话", "街道", "起", "编号", "选项")
#: the placeholder that reads out the question's own choices, in the order of the case
READ_CHOICES = "选项"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

#: never said before the person at the other end is known to be the client or the family
NOT_TO_THIRD_PARTIES = re.compile(
    r"社工|低保|残疾|残障|困难|贫困|特困|social work|welfare|benefit|disab|poverty|low-income|hardship",
    re.IGNORECASE,
)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
DISPOSITION = re.compile(r"D[0-9]{2}")

_LABEL = {f"label::{language}": str for language in LANGUAGES}
_HINT = {f"hint::{language}": str for language in LANGUAGES}

SURVEY_COLUMNS: dict[str, type] = {
    "type": str, "name": str, **_LABEL, **_HINT,
    "relevant": str, "constraint": str, "calculation": str, "required": bool,
    "ends": dict, "role": str, "section": str, "asked": bool, "verbatim": bool, "scale": bool,
    "max_length": int, "unchecked": list,
}  # fmt: skip
CHOICE_COLUMNS: dict[str, type] = {
    "list_name": str, "name": str, **_LABEL, "missing": str, "exclusive": bool, "relevant": str,
}  # fmt: skip
SETTINGS_COLUMNS: dict[str, type] = {
    "id": str, "version": str, "minutes": int, "unchecked": list,
    **{f"{part}::{language}": str for part in ("title", "probe") for language in LANGUAGES},
}  # fmt: skip
COMPLETION_COLUMNS: dict[str, type] = {
    "overall": str, "items": list, "min_items": int, "last": str, "answered": list,
    "consent": str, "no_contact": str, "proxy": str, "aware_n": str, "effective_aware": str, "void": str,
}  # fmt: skip

SHEETS: dict[str, dict[str, type]] = {
    "settings": SETTINGS_COLUMNS,
    "completion": COMPLETION_COLUMNS,
    "choices": CHOICE_COLUMNS,
    "survey": SURVEY_COLUMNS,
}
#: sheets with one row only
SINGLE = ("settings", "completion")
