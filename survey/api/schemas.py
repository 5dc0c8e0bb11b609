"""What the endpoints give out about seasons, rounds, words and certificates, and what is asked of them."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, validate
from marshmallow.fields import Date, DateTime, Dict, Field, Float, Integer, List, Nested, String

from survey.errors import N_


class Plain(Schema):
    """Exactly these members, all of them always there."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        field_obj.required = True


def instant(**values: Any) -> String:
    """A time that is a text already: ISO 8601 in UTC."""
    return String(metadata={"format": "date-time"}, **values)


def day(**values: Any) -> String:
    return String(metadata={"format": "date"}, **values)


class ParameterSchema(Plain):
    name = String()
    detail = String()


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable; `errors` names each parameter that is wrong."""

    type = String(required=True)
    code = String(required=True)
    title = String(required=True)
    status = Integer(required=True)
    detail = String(required=True)
    instance = String(required=True)
    errors = List(Nested(ParameterSchema))


class StationSchema(Plain):
    name = String()
    street = String()
    district = String()


class QuestionnaireSchema(Plain):
    name = String()
    version = String()
    digest = String(metadata={"description": "SHA-256 of its content."})


class VersionSchema(Plain):
    """Which definition (口径) a number was made under."""

    name = String()
    version = Integer()


class RoundSchema(Plain):
    """One station's survey in a season."""

    id = Integer()
    season_id = Integer()
    station = Nested(StationSchema)
    target_group = String()
    fieldwork_from = Date()
    fieldwork_to = Date()
    target_completes = Integer(metadata={"description": "Households."})
    questionnaire = Nested(QuestionnaireSchema)
    definition = Nested(VersionSchema)
    closed_at = DateTime(allow_none=True, metadata={"description": "From here on its data are frozen."})


class SeasonSchema(Plain):
    """An evaluation campaign."""

    id = Integer()
    name = String()
    period_from = Date(metadata={"description": "The evaluated period that the questions speak of."})
    period_to = Date()
    fieldwork_from = Date()
    fieldwork_to = Date()
    evaluator = String()
    commissioner = String()


class SeasonsSchema(Plain):
    items = List(Nested(SeasonSchema))


class SeasonWithRoundsSchema(SeasonSchema):
    """With those of its rounds that the token's owner may see."""

    rounds = List(Nested(RoundSchema))


class WordsSchema(Plain):
    """An answer in words, masked by machine. `text` is null until somebody has coded it, and so looked at what the machine
    left readable; `zone` is null where naming it could point at a household."""

    question = String()
    name = String()
    text = String(allow_none=True)
    language = String()
    zone = String(allow_none=True)


class VerbatimsSchema(Plain):
    """`total`: all words of the question, or of all. `next` is the `after` of the next page, null on the last one; a
    search goes through so many words at a time (`searched`), so that a page of it may hold few or none."""

    items = List(Nested(WordsSchema))
    total = Integer()
    searched = Integer(allow_none=True)
    next = String(allow_none=True)


class VerbatimsQuery(Schema):
    question = String(
        load_default="",
        metadata={"description": "Only this open question, by its name in the questionnaire."},
    )
    q = String(
        load_default="",
        validate=validate.Length(max=100, error=N_("最多 100 个字。")),
        metadata={"description": "Only words that contain this."},
    )
    after = String(
        load_default="",
        validate=validate.Length(max=100, error=N_("最多 100 个字。")),
        metadata={"description": "`next` of the page before."},
    )
    size = Integer(
        load_default=50,
        validate=validate.Range(1, 200, error=N_("请填 1 到 200。")),
        error_messages={"invalid": N_("请填 1 到 200。")},
    )


class SoftwareSchema(Plain):
    name = String()
    version = String()


class AlgorithmSchema(Plain):
    name = String()
    version = Integer()
    zh = String()
    en = String()


class FrameFactsSchema(Plain):
    sha256 = String()
    households = Integer()
    persons = Integer()
    strata = Dict(keys=String(), values=Integer())
    sealed_at = instant()
    sealed_by = String()


class RuleSchema(Plain):
    branch = String()
    target = Integer()
    target_completes = Integer()
    confirmation = String(allow_none=True)


class DesignSchema(Plain):
    method = String()
    allocation = Dict(keys=String(), values=Integer())
    reserve = Integer()
    minimum = Integer()
    assumed_completion = Float()
    locked_at = instant()
    locked_by = String()


class SeedSchema(Plain):
    source = String()
    named_at = instant()
    named_by = String()
    value_expected_at = instant()
    value = String()
    entered_at = instant()
    entered_by = String()


class EventSchema(Plain):
    at = instant()
    name = String()
    by = String()


class UnitSchema(Plain):
    stratum = String()
    rank = Integer()
    role = String()
    id = String()
    ticket = String()


class EarlierDrawSchema(Plain):
    drawn_at = instant()
    drawn_by = String()
    seed_value = String()
    certificate_sha256 = String()
    reason = String()


class CoordinationSchema(Plain):
    prn_start = String()
    shared_with = String(allow_none=True)


class CertificateFileSchema(Plain):
    """The file, member by member; `certificate_sha256` is over its canonical form (see the certificate's own page)."""

    certificate_sha256 = String()
    certificate_version = Integer()
    software = Nested(SoftwareSchema)
    algorithm = Nested(AlgorithmSchema)
    round = String()
    station = String()
    frame = Nested(FrameFactsSchema)
    rule = Nested(RuleSchema)
    design = Nested(DesignSchema)
    seed = Nested(SeedSchema)
    drawn_at = instant()
    drawn_by = String()
    events = List(Nested(EventSchema))
    units = List(Nested(UnitSchema))
    commitments_sha256 = String(allow_none=True)
    earlier_draws = List(Nested(EarlierDrawSchema))
    coordination = Nested(CoordinationSchema)

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        field_obj.required = field_name != "coordination"


class CertificateSchema(Plain):
    """What the public page of the draw says: digests at once, the certificate itself once fieldwork is over."""

    certificate_sha256 = String()
    frame_sha256 = String()
    commitments_sha256 = String(allow_none=True)
    drawn_at = DateTime()
    published_at = DateTime(allow_none=True)
    check_page = String(metadata={"description": "Where anybody checks it, without a login."})
    certificate = Nested(CertificateFileSchema, allow_none=True)
