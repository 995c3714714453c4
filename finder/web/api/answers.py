"""What searches, listings and words are answered with, for the description of the API."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, RootModel

from finder.web.api import parts
from finder.web.api.parts import Part

Understanding = Literal["clear", "choose", "hip_unknown", "not_hip"]
_Yes = Literal["yes"] | None
_ListName = Literal[
    "main", "all", "declared", "usual", "may_help", "call_first", "emergency_departments", "walk_in", "by_video"
]


class UrgentNotice(Part):
    """Something urgent in the words, to be shown before anything else."""

    code: str = Field(description="Id of the catalogue's red flag or condition.")
    level: parts.Level = Field(description="How urgent it is.")
    card: str | None = Field(description="Id of the emergency card, where there is one.")
    message: str = Field(description="What to do, in the language asked for.")


class NoticeWithCall(UrgentNotice):
    """Something urgent in words that are being typed, with whom to call."""

    phone: str | None = Field(description="A number to call, such as 911 or 988, where the notice has one.")
    call: str | None = Field(description="What to write on the button that calls it.")


class Problem(Part):
    """What was wrong, as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for people, in the language asked for.")
    code: str = Field(description="Stable code; see /docs/codes.")
    parameter: str | None = Field(description="The parameter at fault, where there is one.")
    notices: list[UrgentNotice] | None = Field(
        None, description="What sounds urgent in the words asked with, to be shown before anything else."
    )
    params: dict[str, str | list[str]] = Field(description="What the sentence is filled with; lists are choices.")


class SuggestionTyped(parts.Suggestion):
    """Something that words may mean, or a phrase of ours that begins with them (its score is 0)."""

    text: str = Field(description="Words to ask with in place of those typed; they are understood as just this.")


class Suggestions(Part):
    """What a patient's own words may mean."""

    understanding: Understanding = Field(
        description="Whether one thing is meant, several may be, only the hip is known, or it is not about the hip."
    )
    matches: list[SuggestionTyped] = Field(description="Best first.")
    notices: list[NoticeWithCall] = Field(description="The most pressing first.")


class Query(Part):
    """The question, as it was asked; null for what was left open."""

    zip: str
    near: str | None
    condition: str | None
    procedure: str | None
    q: str | None
    age: int | None
    who: Literal["me", "child", "other"] | None
    group: Literal["first", "all"] | parts.Group
    radius: float | None = Field(description="Miles; null for any distance.")
    sort: Literal["distance"] | None
    specialty: str | None
    new_patients: _Yes
    referral: Literal["no"] | None
    telehealth: _Yes
    gender: Literal["woman", "man"] | None
    language: str | None
    phone_language: str | None
    interpreter: _Yes
    step_free: _Yes
    walk_in: _Yes
    plan: str | None
    organization: str | None
    name: str | None
    stage: Literal["now", "treated"] | None
    limit: int
    offset: int


class ConditionMeant(parts.Named):
    """The condition that is searched for."""

    redirected_from: str | None = Field(description="The one asked for, where the patient's age makes it another.")


class OwnOrganization(Part):
    """How the finder's own organization is listed."""

    mode: Literal["all", "first", "only"]
    organization: parts.Named
    message: str


class OutsideArea(Part):
    """The organization asked for does not serve the origin."""

    organization: parts.Named
    nearest_miles: float | None
    phone: str | None
    hours: str | None
    links: list[parts.Link]
    message: str


class Far(Part):
    """The nearest is far away."""

    nearest_miles: float
    message: str


class Line(Part):
    """Whom to call where few are near."""

    name: str
    phone: str
    hours: str | None
    message: str


class About(Part):
    """What an answer says beside its lists."""

    notices: list[parts.Notice] = Field(description="Show them before any list; the last always stands.")
    query: Query
    edition: int
    as_of: dt.datetime = Field(description="When this edition was put together.")
    demo: bool = Field(description="Whether everybody here is invented.")
    origin: parts.Origin
    condition: ConditionMeant | None
    procedure: parts.Named | None
    groups: list[str] = Field(description="Role groups that are listed.")
    radius_miles: float | None = Field(description="The radius used; null where the search went any distance.")
    widened: bool
    within_asked: int = Field(description="How many lie within the radius asked for, counted up to 200.")
    name_nearly: bool
    name_too_many: bool
    understanding: Understanding | None
    matches: list[parts.Suggestion]
    started_wide: bool
    own_organization: OwnOrganization | None
    outside_area: OutsideArea | None
    far: Far | None
    line: Line | None
    next: str | None = Field(description="The page after this one, from the root of this server.")
    previous: str | None


class Counts(Part):
    """How much a list holds."""

    count: int
    count_is_at_least: bool = Field(description="Whether counting stopped, at 200.")
    begins: int = Field(description="The offset of the page that begins with this list.")
    stated: int | None = Field(description="Where facts were asked for: how many say so. They come first.")
    not_stated: int | None = Field(description="How many do not say; they come after.")
    own: int | None = Field(description="How many are of the own organization, where it comes first.")
    others: int | None


class SpecialistList(Counts):
    """One list of people."""

    results: list[parts.PersonMatch]


class LocationList(Counts):
    """One list of places."""

    results: list[parts.PlaceMatch]


class Specialists(About, SpecialistList):
    """People, nearest first, in up to four lists."""

    usual: SpecialistList | None = Field(description="For rare work: those who usually do it, after those who say so.")
    may_help: SpecialistList | None
    call_first: SpecialistList | None
    emergency_departments: list[parts.PlaceMatch]
    walk_in: list[parts.PlaceMatch]
    by_video: list[parts.PersonMatch]


class Locations(About, LocationList):
    """Places, nearest first, in up to four lists."""

    usual: LocationList | None
    may_help: LocationList | None
    call_first: LocationList | None
    emergency_departments: list[parts.PlaceMatch]
    walk_in: list[parts.PlaceMatch]
    by_video: list[parts.PersonMatch]


class Specialist(Part):
    """One person with all their places."""

    edition: int
    demo: bool
    practitioner: parts.Practitioner
    roles: list[parts.RoleInDepth]


class PlaceAlone(Part):
    """A place with its people and plans."""

    location: parts.Location
    people: list[parts.PersonHere]
    plans: list[parts.Plan]
    capabilities: list[parts.StatedCapability]


class Place(PlaceAlone):
    """One place with its people."""

    edition: int
    demo: bool


class Listing(RootModel[Specialist | Place]):
    """One person or place."""


class CountedList(Counts):
    """How much one of the lists holds, by its name."""

    name: _ListName


class PersonProperties(parts.PersonMatch):
    """A person, and the list in which they stand."""

    list: _ListName


class PlaceProperties(parts.PlaceMatch):
    """A place, and the list in which it stands."""

    list: _ListName


class _Feature(Part):
    type: Literal["Feature"]
    id: str
    geometry: parts.Point | None = Field(description="Null where nobody knows where it is.")


class SearchFeature(_Feature):
    """A person at a place, or a place."""

    properties: PersonProperties | PlaceProperties


class SpecialistFeatures(About):
    """People, nearest first, at the points of their places, as a GeoJSON FeatureCollection."""

    type: Literal["FeatureCollection"]
    lists: list[CountedList]
    features: list[SearchFeature]


class LocationFeatures(About):
    """Places, nearest first, as a GeoJSON FeatureCollection."""

    type: Literal["FeatureCollection"]
    lists: list[CountedList]
    features: list[SearchFeature]


class RoleFeature(_Feature):
    """A place where a person is, with what holds there."""

    properties: parts.RoleInDepth


class SpecialistPlaces(Part):
    """A person, as a GeoJSON FeatureCollection of their places."""

    edition: int
    demo: bool
    practitioner: parts.Practitioner
    type: Literal["FeatureCollection"]
    features: list[RoleFeature]


class PlaceFeature(_Feature):
    """A place, as a GeoJSON Feature."""

    edition: int
    demo: bool
    properties: PlaceAlone
