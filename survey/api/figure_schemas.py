"""Figures of the results document (reports/document_parts.py), member by member. What is not named does not go out."""

from __future__ import annotations

from marshmallow.fields import Boolean, Float, Integer, List, Nested, String
from marshmallow.validate import OneOf

from survey.api.schemas import Plain
from survey.stats.reliability import Verdict
from survey.stats.results import Method

METHODS = OneOf([method.value for method in Method])


def verdict() -> String:
    """Whether a base is large enough to be shown."""
    return String(validate=OneOf([verdict.value for verdict in Verdict]))


class BoundsSchema(Plain):
    """The share among N released households if every one of the `missing` ones had said no, or yes."""

    low = Float(allow_none=True)
    high = Float(allow_none=True)
    n = Integer()
    missing = Integer()
    N = Integer()
    method = String()


class RateSchema(Plain):
    """A share, 0 to 1, with its interval. `satisfied` and `n` are households as they answered, before any weights."""

    value = Float(allow_none=True)
    low = Float(allow_none=True)
    high = Float(allow_none=True)
    se = Float(allow_none=True)
    n = Integer()
    N = Integer(allow_none=True)
    satisfied = Integer()
    respondents = Integer()
    deff = Float(allow_none=True)
    df = Float(allow_none=True)
    method = String(validate=METHODS)
    method_name = String()
    level = Float()
    weighted = Boolean()
    census = Boolean()
    limits = String(
        validate=OneOf(["interval", "bounds", "none"]),
        metadata={"description": "What belongs beside it: low and high, the bounds, or nothing."},
    )
    bounds = Nested(BoundsSchema, allow_none=True)


class ScoreSchema(Plain):
    """Points, 0 to 100."""

    value = Float(allow_none=True)
    low = Float(allow_none=True)
    high = Float(allow_none=True)
    se = Float(allow_none=True)
    n = Integer()
    N = Integer(allow_none=True)
    method = String(validate=METHODS)
    level = Float()


class CountSchema(Plain):
    code = String()
    label = String()
    n = Integer()
    in_base = Boolean(metadata={"description": "It counts in the base of the rate."})


class FigureSchema(Plain):
    """One question's result. Where it is not `shown` it holds no number, and `reason` says why."""

    question = String()
    name = String()
    measure = String()
    shown = Boolean()
    verdict = verdict()
    reason = String(allow_none=True)
    n = Integer(allow_none=True)
    rate = Nested(RateSchema, allow_none=True)
    score = Nested(ScoreSchema, allow_none=True)
    counts = List(Nested(CountSchema))
    notes = List(String())


class HeadlineSchema(FigureSchema):
    """The overall question, and what may be concluded."""

    conclusion = String(allow_none=True)
    caution = String(allow_none=True)


class PartSchema(Plain):
    """A zone, client category or follow-up level: N households of it, and its figures."""

    name = String()
    N = Integer()
    figures = List(Nested(FigureSchema))


class ZoneSchema(PartSchema):
    """`merged`: the small zones that stand together under a name of ours."""

    merged = List(String())


class GroupSchema(Plain):
    """A client category or a follow-up level. Categories overlap and never add up."""

    name = String()
    N = Integer()
    figure = Nested(FigureSchema)


class ChoiceSchema(Plain):
    code = String()
    label = String()
    n = Integer()
    share = Float(allow_none=True)


class ReportedSchema(Plain):
    """What respondents report of the station's contact: shares of the base, and who said something else."""

    question = String()
    name = String()
    shown = Boolean()
    verdict = verdict()
    reason = String(allow_none=True)
    n = Integer(allow_none=True)
    choices = List(Nested(ChoiceSchema))
    outside = List(Nested(ChoiceSchema))


class VariantSchema(Plain):
    """The overall result under another rule; withheld where subtraction would tell of single households."""

    key = String()
    name = String()
    difference = String(allow_none=True)
    shown = Boolean()
    reason = String(allow_none=True)
    rate = Nested(RateSchema, allow_none=True)
    score = Nested(ScoreSchema, allow_none=True)


class EarlierRoundSchema(Plain):
    id = Integer()
    season = String()


class ComparisonSchema(Plain):
    """This rate minus that of the station's last frozen round (share); without limits nothing is inferred."""

    round = Nested(EarlierRoundSchema)
    figure = Nested(FigureSchema)
    difference = Float(allow_none=True)
    low = Float(allow_none=True)
    high = Float(allow_none=True)
    level = Float()
    method = String()
    common = Integer()
    sentence = String()
    notes = List(String())
