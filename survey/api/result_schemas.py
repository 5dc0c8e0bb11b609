"""The results document (reports/document.py), member by member. What is not named here does not go out."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow.fields import Boolean, DateTime, Dict, Float, Integer, List, Nested, String
from marshmallow.validate import OneOf, Range

from survey.api.figure_schemas import (
    ComparisonSchema,
    FigureSchema,
    GroupSchema,
    HeadlineSchema,
    PartSchema,
    ReportedSchema,
    VariantSchema,
    ZoneSchema,
)
from survey.api.schemas import Plain, QuestionnaireSchema, StationSchema, VersionSchema, day, instant
from survey.errors import N_
from survey.stats.definition import WEIGHT_NAMES
from survey.stats.outcome import RATES
from survey.stats.points import Kind, Measure
from survey.web.odd_input import LARGEST_ID


class LineSchema(Plain):
    """Released households with one disposition; `code` is empty for what is still open."""

    code = String()
    name = String()
    outcome = String(allow_none=True)
    outcome_name = String()
    n = Integer()
    left_open = Boolean()


class DispositionsSchema(Plain):
    drawn = Integer()
    reserve = Integer()
    held = Integer()
    released = Integer()
    pending = Integer()
    void = Integer()
    withdrawn = Integer()
    adds_up = Boolean()
    lines = List(Nested(LineSchema))


class ShareSchema(Plain):
    name = String()
    value = Float(allow_none=True)
    part = Integer()
    whole = Integer()
    part_name = String()
    whole_name = String()


AaporSchema = Plain.from_dict({name: Float(allow_none=True) for name in RATES}, name="AaporSchema")


class RatesSchema(AaporSchema):  # type: ignore[misc, valid-type]
    """Every outcome rate of AAPOR under its symbol; `shares`: some of them with part and whole in words."""

    shares = List(Nested(ShareSchema))


class ReleaseSchema(Plain):
    number = Integer()
    released_at = instant()
    reason = String()
    households = Integer()


class CheckSchema(Plain):
    name = String()
    agrees = Boolean()
    detail = String(allow_none=True)


class IntegritySchema(Plain):
    confirmed_at = instant(allow_none=True)
    sealed_at = instant(allow_none=True)
    frame_digest = String(allow_none=True)
    drawn_at = instant(allow_none=True)
    certificate_digest = String(allow_none=True)
    verified = Boolean()
    checked_at = instant(allow_none=True)
    adds_up = Boolean()
    checks = List(Nested(CheckSchema))


class SizesSchema(Schema):
    """Households. The frame and what follows from it are known once the first interview counts."""

    released = Integer(required=True)
    interviews = Integer(required=True)
    frame = Integer()
    ineligible = Integer()
    eligible = Integer()
    counted = Integer()
    not_interviewed = Integer()
    proxies = Integer()
    no_contact = Integer()


class ReopeningSchema(Plain):
    at = instant()
    reason = String()


class FrozenSchema(Plain):
    closed_at = instant(allow_none=True)
    number = Integer(allow_none=True, metadata={"description": "Of the freeze that the figures come from."})
    counted_at = instant(allow_none=True)
    shortfall_reason = String(allow_none=True)
    shortfall_confirmation = String(allow_none=True)
    reopenings = List(Nested(ReopeningSchema))


class DefinitionSchema(VersionSchema):
    """口径: the codes that count, the base, the points, the interval, and which interviews. `in_force`: the round's own,
    not another version that these results are shown under."""

    id = Integer()
    in_force = Boolean()
    described = String()
    satisfied_codes = List(String())
    base_codes = List(String())
    score_map = Dict(keys=String(), values=Float())
    score_map_name = String()
    interval = String()
    level = Float()
    counted = List(String())
    weights = String(validate=OneOf(list(WEIGHT_NAMES)))
    points_rule = String()


class PointsSchema(Plain):
    """折分: what the agreed rule makes of the overall result, with the points at the limits of its interval."""

    value = Float(allow_none=True)
    low = Float(allow_none=True)
    high = Float(allow_none=True)
    maximum = Float()
    kind = String(validate=OneOf([kind.value for kind in Kind]))
    measure = String(validate=OneOf([measure.value for measure in Measure]))
    edges = List(Float(), metadata={"description": "Edges of the rule inside the interval, of 100."})
    rule = String()
    warning = String(allow_none=True)
    reason = String(allow_none=True)
    note = String(allow_none=True)


class RechecksSchema(Plain):
    """How far interviews were checked again, in households. The error rate, with its exact interval, is of those drawn
    at random alone."""

    population = Integer()
    wanted = Integer()
    drawn = Integer()
    checked = Integer()
    errors = Integer()
    selected = Integer()
    found = Integer()
    found_errors = Integer()
    waiting = Integer()
    not_reached = Integer()
    declined = Integer()
    voided = Integer()
    objections = Integer()
    enough = Boolean()
    error_rate = Float(allow_none=True)
    low = Float(allow_none=True)
    high = Float(allow_none=True)


class RoundOfResultsSchema(Plain):
    id = Integer()
    target_group = String()
    fieldwork_from = day()
    fieldwork_to = day()
    target_completes = Integer()
    questionnaire = Nested(QuestionnaireSchema)


class SeasonOfResultsSchema(Plain):
    id = Integer()
    name = String()
    period_from = day()
    period_to = day()
    evaluator = String()
    commissioner = String()


class OfRound(Plain):
    """What each part of the results says about where it comes from."""

    round = Nested(RoundOfResultsSchema)
    station = Nested(StationSchema)
    season = Nested(SeasonOfResultsSchema)
    frozen = Nested(FrozenSchema)
    definition = Nested(DefinitionSchema)


class ResultsSchema(OfRound):
    """Everything of a results page. `headline` is null and the lists are empty before the first interview counts."""

    sizes = Nested(SizesSchema)
    headline = Nested(HeadlineSchema, allow_none=True)
    items = List(Nested(FigureSchema))
    outcomes_trio = List(Nested(FigureSchema))
    reach = List(Nested(FigureSchema))
    contact = List(Nested(ReportedSchema))
    zones = List(Nested(ZoneSchema))
    categories = List(Nested(GroupSchema))
    levels = List(Nested(GroupSchema))
    sensitivity = List(Nested(VariantSchema))
    points = Nested(PointsSchema, allow_none=True)
    last_round = Nested(ComparisonSchema, allow_none=True)
    dispositions = Nested(DispositionsSchema)
    rates = Nested(RatesSchema)
    releases = List(Nested(ReleaseSchema))
    integrity = Nested(IntegritySchema)
    rechecks = Nested(RechecksSchema, allow_none=True)


class ItemsSchema(OfRound):
    """The overall question, the items, the three outcomes, and awareness and contact."""

    items = List(Nested(FigureSchema))


class ItemOfPartSchema(Plain):
    domain = String(validate=OneOf(["zones", "categories", "levels"]))
    name = String()
    N = Integer()
    figure = Nested(FigureSchema)


class ItemSchema(OfRound):
    """One question, in the whole round and in each part of it."""

    item = Nested(FigureSchema)
    parts = List(Nested(ItemOfPartSchema))


class DomainSchema(OfRound):
    """The round by one division. Households can belong to several categories, so these never add up."""

    domain = String(validate=OneOf(["zones", "categories", "levels"]))
    parts = List(Nested(PartSchema))


class OutcomesSchema(OfRound):
    sizes = Nested(SizesSchema)
    dispositions = Nested(DispositionsSchema)
    rates = Nested(RatesSchema)
    releases = List(Nested(ReleaseSchema))


class DefinitionQuery(Schema):
    definition = Integer(
        load_default=None,
        validate=Range(1, LARGEST_ID, error=N_("请填口径版本的编号。")),
        error_messages={"invalid": N_("请填口径版本的编号。"), "too_large": N_("请填口径版本的编号。")},
        metadata={
            "description": "Under this version of a definition, by its id; without it under the one in force."
        },
    )


class DefinitionVersionSchema(VersionSchema):
    """A version by which results can be read: `?definition=` takes its id."""

    id = Integer()
    described = String()
    adopted_at = DateTime()
    reason = String(
        metadata={"description": "Why it was adopted; empty for the one that the round began with."}
    )
    after_release = Boolean(
        metadata={"description": "Adopted when cases had been released already (开访后更改)."}
    )
    in_force = Boolean(
        metadata={"description": "The round is computed by it unless another one is asked for."}
    )


class DefinitionsSchema(Plain):
    items = List(Nested(DefinitionVersionSchema))
