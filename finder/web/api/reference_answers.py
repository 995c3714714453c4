"""What is answered about the catalogue, ZIP codes, organizations and the edition, for the description of the API."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from finder.web.api import parts
from finder.web.api.parts import Part


class Conditions(Part):
    """All conditions."""

    edition: int
    conditions: list[parts.Named]


class Urgency(Part):
    """How soon to be seen."""

    level: Literal["emergency", "same-day", "soon", "routine"]
    card: str | None = Field(description="Id of the emergency card, where there is one.")
    asks_now_or_treated: bool = Field(description="Whether to ask if it is happening now or was treated (`stage`).")
    message: str


class WhoTreats(Part):
    """Who treats a condition: a role group, or an age."""

    who: str
    specialties: list[str]
    may_help: bool = Field(description="Whether none of the group usually treats it.")


class ProcedureOf(parts.Named):
    """A procedure that is done for a condition."""

    defining: bool = Field(description="Whether those who do it are listed as treating the condition.")


class Condition(parts.Named):
    """One condition. It is general information, and no diagnosis."""

    edition: int
    other_names: list[str]
    urgency: Urgency
    groups: list[parts.Group] = Field(description="Role groups that are listed first.")
    who_treats: list[WhoTreats]
    procedures: list[ProcedureOf]
    rare_work: bool = Field(description="Whether those who say they do it come before those who usually do.")
    reviewed: bool = Field(description="Whether clinicians of this hospital have approved the text.")
    review_note: str | None = Field(description="To be shown with the text where they have not.")


class ProcedureNamed(parts.Named):
    """A procedure."""

    condition: str = Field(description="Id of the condition that it answers to.")


class Procedures(Part):
    """All procedures."""

    edition: int
    procedures: list[ProcedureNamed]


class Procedure(parts.Named):
    """One procedure."""

    edition: int
    other_names: list[str]
    condition: parts.Named = Field(description="The condition that it answers to.")
    groups: list[parts.Group]
    children_only: bool
    fact_of_a_place: bool = Field(description="Whether places offer it, rather than people.")


class ZipFact(Part):
    """What is known of a ZIP code, for people to read."""

    name: str
    text: str


class ZipCode(parts.Origin):
    """Where a ZIP code is."""

    state_name: str
    facts: list[ZipFact]


class Served(Part):
    """Whom an organization serves: any one of these will do."""

    states: list[str] | None
    radius_miles: float | None = Field(description="From the nearest of its places.")
    drawn_area: dict[str, Any] | None = Field(description="GeoJSON.")


class Organization(parts.Named):
    """An organization; its id is what `organization=` takes."""

    phone: str | None
    hours: str | None
    links: list[parts.Link]
    serves: Served | None = Field(description="Null where it does not say.")


class Organizations(Part):
    """The organizations of the directory."""

    edition: int
    organizations: list[Organization]


class SourceInForce(Part):
    """A source of the directory, and the version of it that is in force."""

    name: str
    version: int
    demo: bool
    activated_at: dt.datetime | None


class Edition(Part):
    """The edition in force."""

    edition: int
    since: dt.datetime
    demo: bool
    sources: list[SourceInForce] = Field(description="The one that is believed first comes first.")
