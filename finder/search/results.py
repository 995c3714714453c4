"""The answer: one object that every face shows and none computes on.

What an answer holds many of are named tuples, which are made in a tenth of the time of frozen dataclasses.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from finder.db.base import Stated
from finder.db.directory import Gender, LocationKind, PositionKind, ServiceKind
from finder.search.organizations import Line, OutsideArea, OwnView
from finder.search.origin import Origin
from finder.search.phrases import Notice, Understanding
from finder.search.query import SearchQuery
from finder.search.treats import Declared, Standing

COUNTED_UP_TO = 200


class PublicNotice(NamedTuple):
    """What staff tell patients of a listing for a while; "" in Spanish where nobody has written it."""

    english: str
    spanish: str = ""


class ServiceView(NamedTuple):
    """A service that a place says it offers, or does not."""

    kind: ServiceKind
    offered: Stated
    open_24_hours: Stated
    detail: str
    hours: str
    phone: str


class PlanView(NamedTuple):
    """What an organization says of an insurance plan, and of when that is."""

    plan: str
    accepts: Stated
    as_of: dt.date | None


class LocationView(NamedTuple):
    """A place as it is shown. `phone` is in RFC 3966 form without `tel:`; `phone_languages` as codes between "; "."""

    public_id: str
    name: str
    organization: str
    kind: LocationKind
    address: str
    address_2: str
    city: str
    state: str
    zip_code: str
    phone: str
    relay_phone: str
    url: str
    latitude: float | None
    longitude: float | None
    position_kind: PositionKind
    hours: str
    directions: str
    step_free: Stated
    lift: Stated
    adjustable_exam_table: Stated
    accessible_parking: Stated
    interpreter: Stated
    phone_languages: str
    verified_on: dt.date | None
    source: str
    services: tuple[ServiceView, ...] = ()
    notice: PublicNotice | None = None

    @property
    def answers_phone_in(self) -> tuple[str, ...]:
        """CLDR codes of the languages in which someone answers the phone, none where nobody has said."""
        return tuple(filter(None, self.phone_languages.split("; ")))


class PractitionerView(NamedTuple):
    """A person as they are shown; `specialties` are NUCC codes, `languages` CLDR codes."""

    public_id: str
    npi: str | None
    given_name: str
    middle_name: str
    family_name: str
    suffix: str
    credentials: str
    gender: Gender
    specialties: tuple[str, ...]
    group: str | None
    languages: tuple[str, ...]
    fellowship: str
    board_certified: Stated
    profile_url: str
    source: str
    notice: PublicNotice | None = None

    @property
    def name(self) -> str:
        """Given, middle and family name, suffix; without credentials."""
        parts = (self.given_name, self.middle_name, self.family_name, self.suffix)
        return " ".join(part for part in parts if part)


class RoleView(NamedTuple):
    """One person at one place: what holds there."""

    public_id: str
    location: LocationView
    phone: str
    days: str
    accepting_new_patients: Stated
    referral_needed: Stated
    telehealth: Stated
    telehealth_states: tuple[str, ...]
    first_visit_with: str
    youngest_age: int | None
    oldest_age: int | None
    works_with: str
    booking_url: str
    verified_on: dt.date | None
    declared: tuple[Declared, ...] = ()
    notice: PublicNotice | None = None


class Match(NamedTuple):
    """One line of an answer: a person with the nearest place that qualifies, or a place.

    `direction` is one of eight, such as "north_east", as seen from the origin; "" where that would say nothing.
    `azimuth` says in which direction the geodesic sets out, in degrees from north.
    """

    rank: int
    distance_m: float
    location: LocationView
    standing: Standing | None = None
    practitioner: PractitionerView | None = None
    role: RoleView | None = None
    other_places: tuple[LocationView, ...] = ()
    direction: str = ""
    azimuth: float = 0.0


@dataclass(frozen=True)
class ResultList:
    """One of the answer's lists. `total` counts what lies within the radius used, up to `COUNTED_UP_TO`.

    Pages go through the lists one after the other; `begins` are how many stand in those before it, the offset of the
    page that begins with this list.

    Where facts were asked for, `stated` of them say so, and after them come `not_stated`, who do not say; each is
    counted up to the same number. Where the own organization comes first, `own` are of it and then come `others`.
    """

    name: str
    total: int
    matches: tuple[Match, ...]
    stated: int | None = None
    not_stated: int | None = None
    begins: int = 0
    own: int | None = None
    others: int | None = None

    @property
    def total_is_at_least(self) -> bool:
        """True where counting stopped."""
        return self.total >= COUNTED_UP_TO


@dataclass(frozen=True)
class SearchResults:
    """The whole answer. Miles are as in the query; `radius_miles` is None where the search went any distance.

    `lists` are main (declared and usual) or, for rare work, declared and usual; then may_help and call_first. Without
    a condition there is one, all. Nobody stands in two. A name lists whoever is called so, whatever they treat;
    `name_nearly` where only a near spelling was found, `name_too_many` where nobody is listed since too many are.
    `by_video` are, where few lie within the radius asked for, those who see patients of the origin's state by video;
    they may stand in the lists too; `walk_in`, for what should be looked at today, clinics that can X-ray.
    `started_wide` where rare work was looked for at any distance from the start, `far_m` how far the nearest is where
    that is very far, `outside_area` where the organization asked for does not serve the origin, `own` how the finder's
    own one is listed, `line` whom to call where few were found. `card` is the id of the emergency card to be shown
    before anything else, None where there is none. `choices` are, where they were wanted, facts that could be asked
    for as well, with how many of those within the radius say so; as a list, they are counted up to `COUNTED_UP_TO`.

    `query` is as asked. `understanding` is what its words are taken to say, `notices` the urgent ones among it that
    are due, `stage` the one asked for or else said; `refused` where words that are not about the hip got no list.
    """

    query: SearchQuery
    edition: int
    built_at: dt.datetime
    is_demo: bool
    today: dt.date
    origin: Origin
    condition: str | None
    procedure: str | None
    redirected_from: str | None
    groups: tuple[str, ...]
    radius_miles: float | None
    widened: bool
    within_asked: int
    lists: tuple[ResultList, ...]
    card: str | None = None
    card_form: str | None = None
    asks_now_or_treated: bool = False
    emergency_departments: tuple[Match, ...] = field(default=())
    by_video: tuple[Match, ...] = field(default=())
    walk_in: tuple[Match, ...] = field(default=())
    name_nearly: bool = False
    name_too_many: bool = False
    started_wide: bool = False
    far_m: float | None = None
    own: OwnView | None = None
    outside_area: OutsideArea | None = None
    line: Line | None = None
    understanding: Understanding | None = None
    notices: tuple[Notice, ...] = ()
    stage: str = ""
    refused: bool = False
    choices: tuple[tuple[str, str, int], ...] = ()

    @property
    def main(self) -> ResultList:
        """The list that opens."""
        return self.lists[0]


@dataclass(frozen=True)
class PractitionerListing:
    """A person's page: the person, every place they are at, and for each of these the plans of who runs it."""

    practitioner: PractitionerView
    roles: tuple[RoleView, ...]
    edition: int
    is_demo: bool
    plans: tuple[tuple[PlanView, ...], ...] = ()


@dataclass(frozen=True)
class LocationListing:
    """A place's page: the place, its services, the plans of who runs it, and its people."""

    location: LocationView
    people: tuple[tuple[PractitionerView, RoleView], ...]
    plans: tuple[PlanView, ...]
    edition: int
    is_demo: bool
    declared: tuple[Declared, ...] = ()
