"""A refusal that several estimates share: values that are no numbers."""

from __future__ import annotations

import numpy as np

from survey.errors import N_, Invalid
from survey.stats.design import Booleans, Floats


def check_numbers(values: Floats, base: Booleans | None = None) -> None:
    """Refuse an empty column and, inside the base, values that are missing or infinite, naming the row."""
    if not len(values):
        raise Invalid("empty-sample", N_("没有受访户，无法估计。"))
    wrong = ~np.isfinite(values) if base is None else base & ~np.isfinite(values)
    if wrong.any():
        raise Invalid("bad-value", N_("第 %(row)s 行的值不是数字。请更正。"), row=int(np.argmax(wrong)) + 1)
