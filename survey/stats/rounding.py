"""Numbers as people read them: a half goes up, as in a spreadsheet, so that page, workbook and sentence show the same."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def fixed(value: float, digits: int = 1) -> str:
    """`value` with so many decimals: 86.25 is 86.3, where binary rounding to even would say 86.2.

    Like a spreadsheet it looks at fifteen significant digits, so that 0.1 + 0.2 is 0.3.
    """
    decimal = Decimal(f"{float(value):.15g}")
    return str(decimal.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def percent(share: float, digits: int = 1) -> str:
    """A share 0–1 in per cent without the sign: 0.8125 is 81.3."""
    decimal = Decimal(f"{float(share):.15g}") * 100
    return str(decimal.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
