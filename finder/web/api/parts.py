"""What answers are made of, for their description: people, places, what they say, and what is said of an origin.

The models mirror what `finder.formats` writes by hand, field for field; a test holds real answers against them.
"""

from __future__ import annotations

import datetime as dt
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from finder.db.base import Capability, Stated
from finder.db.directory import Gender, LocationKind, PositionKind, ServiceKind, TargetKind
from finder.db.zip_table import Exactness, ZipKind
from finder.search.treats import Basis

COMPONENT = "#/components/schemas/{model}"
Level = Literal["emergency", "same-day"]
Group = Literal["surgeon", "non_surgical_doctor", "therapist", "advanced_practice"]


class _Schemas(GenerateJsonSchema):
    """Schemas without a title for each field, which would but repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class Part(BaseModel):
    """Something in an answer. A field that is not described is not answered."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *given: Any, **named: Any) -> dict[str, Any]:
        """Return the schema as all others are made."""
        return super().model_json_schema(*given, **{**named, "schema_generator": _Schemas})


def schemas_of(*modules: ModuleType) -> dict[str, dict[str, Any]]:
    """Return the schemas of all models of some modules, and of what they are made of, by name."""
    models = [
        one for module in modules for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseModel) and one is not BaseModel and one is not Part
    ]  # fmt: skip
    _names, found = models_json_schema(
        [(one, "validation") for one in models], ref_template=COMPONENT, schema_generator=_Schemas
    )
    schemas: dict[str, dict[str, Any]] = found["$defs"]
    return schemas


class Named(Part):
    """Something of the catalogue or the directory, by its id."""

    id: str
    name: str = Field(description="In the language asked for, where it has names in both.")


class Code(Part):
    """A code with its name."""

    code: str = Field(description="NUCC for a specialty, CLDR for a language.")
    name: str = Field(description="In the language asked for.")


class Address(Part):
    """Where a place is, as its source writes it."""

    line_1: str
    line_2: str
    city: str
    state: str = Field(description="Two letters, as the Postal Service has them.")
    zip_code: str = Field(description="Five digits.")


class Position(Part):
    """A point in WGS84 degrees, and whether the source gave it or it is that of the ZIP code."""

    latitude: float
    longitude: float
    given: PositionKind = Field(alias="from")


class Service(Part):
    """A service that a place says it offers, or does not."""

    service: ServiceKind
    offered: Stated
    open_24_hours: Stated
    detail: str
    hours: str = Field(description="By the place's own clock, such as Mon-Fri 08:00-17:00; empty where not stated.")
    phone: str | None


class ListingNotice(Part):
    """What staff tell for a while, such as that a place is closed."""

    text: str
    language: Literal["en", "es"] = Field(description="English where nobody has put it into the language asked for.")


class Location(Part):
    """A place."""

    id: str = Field(description="Public id: place:...")
    name: str
    organization: str | None = Field(description="Name of the organization that runs it.")
    kind: LocationKind
    address: Address
    phone: str | None = Field(description="RFC 3966 without tel:, such as +18045550100;ext=2.")
    relay_phone: str | None = Field(description="For people who are deaf or hard of hearing.")
    url: str | None
    position: Position | None = Field(description="None where nobody knows where it is.")
    hours: str = Field(description="By the place's own clock, or words; empty where not stated.")
    directions: str
    step_free: Stated
    lift: Stated
    adjustable_exam_table: Stated
    accessible_parking: Stated
    interpreter: Stated
    phone_languages: list[str] = Field(description="CLDR codes; none where nobody has said.")
    services: list[Service]
    notice: ListingNotice | None
    verified_on: dt.date | None
    source: str = Field(description="Name of the source that lists it.")


class Practitioner(Part):
    """A person."""

    id: str = Field(description="Public id: npi:... or person:...")
    npi: str | None
    name: str
    given_name: str
    family_name: str
    credentials: str
    gender: Gender
    group: Group | None
    specialties: list[Code]
    languages: list[Code] = Field(description="None where nobody has said.")
    fellowship: str
    board_certified: Stated
    profile_url: str | None
    notice: ListingNotice | None
    source: str = Field(description="Name of the source that lists them.")


class Role(Part):
    """A person at a place: what holds there."""

    id: str = Field(description="Public id: role:<person>@<place>.")
    phone: str | None
    days: str
    accepting_new_patients: Stated
    referral_needed: Stated
    telehealth: Stated
    telehealth_states: list[str]
    first_visit_with: str
    youngest_age: int | None
    oldest_age: int | None
    works_with: str | None
    booking_url: str | None
    notice: ListingNotice | None
    verified_on: dt.date | None


class StatedCapability(Part):
    """What someone says of their work on a condition or with a procedure."""

    kind: TargetKind
    id: str
    name: str
    level: Capability
    approved_by: str | None
    approved_on: dt.date | None


class RoleInDepth(Role):
    """A role with all that is said of the work there."""

    capabilities: list[StatedCapability]
    location: Location


class PersonHere(Role):
    """A person of a place, with what holds there."""

    practitioner: Practitioner
    capabilities: list[StatedCapability]


class Plan(Part):
    """What an organization says of an insurance plan, and of when that is."""

    plan: str
    accepts: Stated
    as_of: dt.date | None


class Reason(Part):
    """Why someone is listed."""

    basis: Basis
    target: str | None = Field(description="Id of the condition or procedure, or code of the specialty, it rests on.")
    text: str = Field(description="A sentence for people.")
    rests_on: str = Field(description="Who says so, as a sentence; empty for what is usual.")
    level: Capability | None
    approved_by: str | None
    approved_on: dt.date | None


class Freshness(Part):
    """When a listing was last checked."""

    verified_on: dt.date | None
    text: str


class PlaceMatch(Part):
    """One line of a list: a place."""

    rank: int = Field(description="From 1, through all lists of the question.")
    distance_m: float = Field(description="Metres along the WGS84 geodesic.")
    distance_miles: float
    distance_text: str = Field(description="As people say it.")
    direction: Literal["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"] | None
    where_text: str
    rung: Literal["declared", "usual", "may_help", "call_first"] | None = Field(
        description="How it is known that they treat this; none where nothing was asked for."
    )
    reason: Reason | None
    location: Location
    freshness: Freshness


class OtherLocation(Part):
    """Another place where a person is."""

    id: str
    name: str
    city: str
    state: str


class PersonMatch(PlaceMatch):
    """One line of a list: a person, at the nearest place that qualifies."""

    practitioner: Practitioner
    role: Role
    other_locations: list[OtherLocation]


class Origin(Part):
    """From where distances are measured, and how exactly that is known."""

    kind: Literal["zip", "point", "town"]
    label: str = Field(description="Sentences for people.")
    zip_code: str | None
    latitude: float
    longitude: float
    city: str
    state: str
    exactness: Exactness
    zip_kind: ZipKind | None
    near: str | None = Field(description="The ZIP code whose point stands in, or the digits that several begin with.")
    county: str | None
    time_zone: str | None
    source: str | None


class Notice(Part):
    """Something urgent, or the line that always stands; to be shown before any list."""

    code: str
    level: Literal["emergency", "same-day", "always"]
    card: str | None
    heading: str
    message: str
    reason: str | None = Field(description="What in the words it is about.")


class Link(Part):
    """Where else to ask."""

    label: str
    url: str


class Suggestion(Part):
    """What words may mean."""

    condition: str = Field(description="Id of the condition, or of the one that the procedure answers to.")
    procedure: str | None = Field(description="Id of the procedure, where one is meant.")
    label: str = Field(description="What to show, in the language asked for; never a diagnosis.")
    score: float = Field(description="How likely it is meant, from 0 to 1.")
    because: list[str] = Field(description="The words that spoke most for it.")


class Point(Part):
    """A GeoJSON point."""

    type: Literal["Point"]
    coordinates: tuple[float, float] = Field(description="Longitude, then latitude.")
