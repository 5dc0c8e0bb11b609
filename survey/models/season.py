"""Seasons, stations, rounds, and what a round is run with: questionnaire and definition versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base, UtcDateTime


class Station(Base):
    """社工服务站."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: 街道 or 镇, spoken in the questionnaire
    street: Mapped[str] = mapped_column(String(60))
    district: Mapped[str] = mapped_column(String(60), default="")
    #: header text -> field, as confirmed at the last import
    columns_remembered: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    rounds: Mapped[list[Round]] = relationship(back_populates="station")


class Season(Base):
    """An evaluation campaign: many stations, one team of surveyors, one queue."""

    __tablename__ = "season"
    __table_args__ = (
        CheckConstraint("period_from <= period_to", name="period_in_order"),
        CheckConstraint("fieldwork_from <= fieldwork_to", name="fieldwork_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: the evaluated period that the questions speak of
    period_from: Mapped[date]
    period_to: Mapped[date]
    fieldwork_from: Mapped[date]
    fieldwork_to: Mapped[date]
    #: 评估方 and 委托方 as the surveyor names them
    evaluator: Mapped[str] = mapped_column(String(80))
    commissioner: Mapped[str] = mapped_column(String(80))
    #: number at which a respondent can check that the call is genuine, or ask for deletion
    verification_phone: Mapped[str] = mapped_column(String(40), default="")
    #: who is called when somebody's life is in danger
    on_call_name: Mapped[str] = mapped_column(String(40), default="")
    on_call_phone: Mapped[str] = mapped_column(String(40), default="")
    #: kind of data -> days it is kept after a round closes; what is not named keeps its default (fieldwork.retention)
    retention: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: kind of item to follow up -> working days its owner has; what is not named keeps its default (fieldwork.followup)
    followup: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: fieldwork.rules.CallingRules as a dictionary; empty = defaults
    calling_rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: the choice that designs of its rounds start from: services.designs.Choice as a dictionary
    design_template: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: nobody is drawn again within so many months of an earlier round, unless everybody is asked
    burden_months: Mapped[int] = mapped_column(default=12)
    #: what its rounds are computed by unless they say otherwise; null: the default
    definition_id: Mapped[int | None] = mapped_column(ForeignKey("definition_version.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    rounds: Mapped[list[Round]] = relationship(back_populates="season", order_by="Round.id")
    definition: Mapped[DefinitionVersion | None] = relationship()


class Holiday(Base):
    """A day without calls."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class QuestionnaireVersion(Base):
    """A questionnaire, frozen by its content."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (UniqueConstraint("name", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    #: SHA-256 of the content
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DefinitionVersion(Base):
    """口径: which codes count as satisfied, the base, the score map, the interval, the rule that turns the rate into points.

    Never changed (triggers refuse), only followed by a new version.
    """

    __tablename__ = "definition_version"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    #: stats.definition.Definition as a dictionary
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Round(Base):
    """One station's survey in a season. Where it stands is computed from its frame, design, releases and cases."""

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("season_id", "station_id"),
        CheckConstraint("target_completes >= 1", name="target_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("season.id"), index=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), index=True)
    target_group: Mapped[str] = mapped_column(String(120))
    fieldwork_from: Mapped[date]
    fieldwork_to: Mapped[date]
    #: at least so many completed households (the seed's rule: 100)
    target_completes: Mapped[int] = mapped_column(default=100)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"))
    #: the version in force; once anything was released it changes only with an adoption that says so (a trigger refuses)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition_version.id"))
    #: calls are recorded elsewhere (telephone system), so the consent question asks about it
    records_calls: Mapped[bool] = mapped_column(default=False)
    #: households without a number, or beyond the telephone, are visited
    home_visits: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: from here no call, answer, release or correction changes it
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: why it closed with fewer completed households than the rule asks for, and who of the commissioner agreed
    shortfall_reason: Mapped[str | None] = mapped_column(String(200))
    shortfall_confirmation: Mapped[str | None] = mapped_column(String(200))

    season: Mapped[Season] = relationship(back_populates="rounds")
    station: Mapped[Station] = relationship(back_populates="rounds")
    questionnaire: Mapped[QuestionnaireVersion] = relationship()
    definition: Mapped[DefinitionVersion] = relationship()


class DefinitionAdoption(Base):
    """That a round is computed by a definition from now on. Never changed or removed, so that earlier results stay readable."""

    __tablename__ = "definition_adoption"
    __table_args__ = (
        CheckConstraint("after_release = false OR length(reason) > 0", name="reason_after_release"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition_version.id"))
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: null: adopted before adoptions were recorded
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    #: 开访后更改: cases of the round had been released by then
    after_release: Mapped[bool] = mapped_column(default=False)

    definition: Mapped[DefinitionVersion] = relationship()
