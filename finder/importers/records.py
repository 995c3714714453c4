"""Turn the values of a row into rows of the directory's tables, checked against the rows before it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from finder.db.base import Capability, Stated
from finder.db.datasets import Outcome
from finder.db.directory import (
    Gender,
    HealthcareService,
    InDataset,
    Location,
    Organization,
    OrganizationPlan,
    PositionKind,
    Practitioner,
    PractitionerRole,
    ServiceKind,
    StatedCapability,
)
from finder.importers import mends
from finder.importers.cells import CellError
from finder.importers.keys import organization_key, place_key
from finder.importers.persons import MUST_AGREE, alike
from finder.importers.vocabulary import Vocabulary

# The values of a row by our columns' names: a named tuple of its file's own columns, with all others empty. Beside
# them stands `settled`: whether its position is near its ZIP code, in its state, and needs no closer look.
Values = Any
Table = type[InDataset]
# Records by table, each the values of its table's COLUMNS in order.
Batch = dict[Table, list[tuple[Any, ...]]]
Tell = Callable[..., None]

PERSON_FACTS = (
    "npi", "given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "specialties",
    "languages", "fellowship", "board_certified", "profile_url",
)  # fmt: skip
_ROLE_FACTS = (
    "phone", "days", "accepting_new_patients", "referral_needed", "telehealth", "telehealth_states",
    "first_visit_with", "youngest_age", "oldest_age", "works_with", "booking_url", "listed_from",
    "listed_until", "verified_on",
)  # fmt: skip
_PLACE_FACTS = (
    "kind", "address", "address_2", "city", "state", "phone", "relay_phone", "position_source", "hours",
    "directions", "step_free", "lift", "adjustable_exam_table", "accessible_parking", "interpreter",
    "phone_languages", "listed_from", "listed_until", "verified_on",
)  # fmt: skip
_SERVICE_FACTS = ("offered", "open_24_hours", "detail", "hours", "phone", "verified_on")
COLUMNS: dict[Table, tuple[str, ...]] = {
    Organization: ("key", "name"),
    Location: (
        "key", "organization_key", "name", "url", "zip_code", "zip_plus4", "latitude", "longitude", "position_kind",
        *_PLACE_FACTS,
    ),
    HealthcareService: ("location_key", "kind", *_SERVICE_FACTS),
    Practitioner: ("key", *PERSON_FACTS),
    PractitionerRole: ("practitioner_key", "location_key", *_ROLE_FACTS),
    StatedCapability: (
        "practitioner_key", "location_key", "target_kind", "target", "level", "profile", "approved_by", "approved_on",
    ),
    OrganizationPlan: ("organization_key", "plan", "accepts", "as_of"),
}  # fmt: skip
_person_of, _role_of, _place_of = attrgetter(*PERSON_FACTS), attrgetter(*_ROLE_FACTS), attrgetter(*_PLACE_FACTS)
_service_of = attrgetter(*_SERVICE_FACTS)
NAME_PARTS = ("given_name", "middle_name", "family_name", "suffix", "credentials")
AGES = ("youngest_age", "oldest_age", "ages_reversed", ("youngest", "oldest"))
DATES = ("listed_from", "listed_until", "dates_reversed", ("first", "last"))
_LEVELS = list(Capability)


class RowError(Exception):
    """A row that cannot be used: `code` of `finder.errors.CODES`, the column and what was there."""

    def __init__(self, code: str, column: str, value: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.value, self.params = code, column, value, params


@dataclass
class Known:
    """Keys that rows may refer to, with the row that first had them (0: carried over) and a print of its cells.

    And what rows are checked against: each person's record, whose an NPI is, and which row and address have a position.
    `removed` are keys of people who asked not to be listed.
    """

    organizations: dict[str, int] = field(default_factory=dict)
    locations: dict[str, tuple[int, int]] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    roles: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    records: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    npis: dict[str, str] = field(default_factory=dict)
    pins: dict[mends.Position, tuple[int, str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


class Records:
    """Makes records of an import's rows, section after section in the order of `templates.SECTIONS`.

    Each method named after a section takes a row's values, its number, a print of its cells and what to tell problems
    to; it adds to `made`, or raises RowError and adds nothing.
    """

    def __init__(self, vocabulary: Vocabulary, known: Known) -> None:
        self._vocabulary, self.known = vocabulary, known
        self._seen: dict[tuple[str, ...], tuple[int, int]] = {}
        self._profiles: list[tuple[str, str, Any, tuple[Any, Any]]] = []
        self._plans_told: set[str] = set()
        self.made: Batch = defaultdict(list)

    def locations(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make a place of a row, with its organization where that is new and its emergency department."""
        key = v.location_id
        if _removed(v) or _is_known(self.known.locations, key, cells, "location_id", key, tell):
            return
        self._place(v, key, v.name, v.emergency_department, row, cells, tell)

    def practitioners(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make a person, where new, and their role at a place."""
        if _removed(v):
            return
        self._refer(self.known.locations, v.location_id, "location_unknown", "location_id")
        self._person(v, v.location_id, row, cells, tell)

    def roster(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make a place of the address on a person's row, where new, and then as for practitioners."""
        place = v.location_id or place_key(v)
        if place not in self.known.locations:
            name = v.place_name or v.organization or v.address or v.city
            if not name:
                raise RowError("required_empty", "place_name", "")
            organization = organization_key(v.organization)
            is_new = organization not in self.known.organizations
            # What is listed and verified is the person at the place.
            alone = v._replace(phone=v.place_phone, listed_from=None, listed_until=None, verified_on=None)
            self._place(alone, place, name, Stated.NOT_STATED, row, cells, tell)
            try:
                self._person(v, place, row, cells, tell)
            except RowError:
                # The place is known by its people only: without them it is not there.
                del self.known.locations[place]
                self.made[Location].pop()
                if is_new and organization:
                    del self.known.organizations[organization]
                    self.made[Organization].pop()
                raise
            return
        self._person(v, place, row, cells, tell)

    def capabilities(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make a capability of a row; rows with a profile are kept until `finish`."""
        if _removed(v):
            return
        person, place = v.person_id, v.location_id
        if not person and not place:
            raise RowError("capability_without_listing", "person_id", "")
        if person:
            self._refer(self.known.people, person, "person_unknown", "person_id")
        if place:
            self._refer(self.known.locations, place, "location_unknown", "location_id")
        if person and place and (person, place) not in self.known.roles:
            raise RowError("role_unknown", "location_id", place, person=person, place=place)
        if bool(v.condition_or_procedure) == bool(v.profile):
            raise RowError("capability_of_what", "condition_or_procedure", v.condition_or_procedure)
        approved = (v.approved_by, v.approved_on)
        if v.profile and v.level is not None:
            raise RowError("level_with_profile", "level", v.level.value)
        if v.profile:
            profile = _in_row(self._vocabulary.profile, "profile", v.profile)
            identity = ("profile", person, place, profile.key)
            if not self._again(identity, row, cells, "profile", v.profile, tell):
                self._profiles.append((person, place, profile, approved))
            return
        kind, target = _in_row(self._vocabulary.treatment, "condition_or_procedure", v.condition_or_procedure)
        if v.level is None:
            raise RowError("level_missing", "level", "", choices=", ".join(level.value for level in Capability))
        if self._again(("capability", person, place, target), row, cells, "condition_or_procedure", target, tell):
            return
        self.made[StatedCapability].append(_capability(person, place, kind, target, v.level, None, approved))

    def services(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make something that a place offers."""
        if _removed(v):
            return
        self._refer(self.known.locations, v.location_id, "location_unknown", "location_id")
        service = v.service.value
        if self._again(("service", v.location_id, service), row, cells, "service", service, tell):
            return
        self.made[HealthcareService].append((v.location_id, v.service, *_service_of(v)))

    def plans(self, v: Values, row: int, cells: int, tell: Tell) -> None:
        """Make a plan that an organization takes or does not."""
        if _removed(v):
            return
        organization = organization_key(v.organization)
        if organization not in self.known.organizations:
            raise RowError("organization_unknown", "organization", v.organization)
        if self._again(("plan", organization, v.plan), row, cells, "plan", v.plan, tell):
            return
        noted = None if v.plan in self._plans_told else self._vocabulary.plan_note(v.plan)
        if noted:
            self._plans_told.add(v.plan)
            tell(noted[0], "plan", v.plan, **noted[1])
        self.made[OrganizationPlan].append((organization, v.plan, v.accepts, v.as_of))

    def finish(self, section: str) -> None:
        """Make what a section's last row leaves to be made: the lines of profiles that no row of its own overrules.

        Of two profiles of one person that speak of the same thing the stronger word counts.
        """
        if section != "capabilities":
            return
        best: dict[tuple[str, str, str], tuple[int, tuple[Any, ...]]] = {}
        for person, place, profile, approved in self._profiles:
            for kind, target, level in profile.lines:
                own, everywhere = ("capability", person, place, target), ("capability", person, "", target)
                if own in self._seen or everywhere in self._seen:
                    continue
                rank, subject = _LEVELS.index(level), (person, place, target)
                if subject not in best or rank < best[subject][0]:
                    best[subject] = rank, _capability(person, place, kind, target, level, profile.key, approved)
        self.made[StatedCapability] += [record for _rank, record in best.values()]

    def taken(self) -> Batch:
        """Return the records made since this was last asked, by table."""
        made, self.made = self.made, defaultdict(list)
        return made

    def _place(self, v: Values, key: str, name: str, emergency: Stated, row: int, cells: int, tell: Tell) -> None:
        state = v.state
        if v.listed_until is not None:
            _in_order(v, *DATES)
        try:
            read = mends.zip_code(v.zip_code, state)
        except CellError as wrong:
            raise RowError(wrong.code, "zip_code", v.zip_code, **wrong.params) from None
        position, kind = self._position(v, read.five, tell)
        for code, params in read.told:
            if code == "zip_other_state" and kind is PositionKind.ZIP and mends.far_from_state(read.five, state):
                # Measured from that ZIP the place would be somewhere else altogether.
                raise RowError(code, "zip_code", v.zip_code, **params)
            tell(code, "zip_code", v.zip_code, outcome=Outcome.NOTED if code == "zip_other_state" else None, **params)
        if kind is PositionKind.GIVEN and position:
            self._stacked(position, f"{v.address} {v.city}".lower(), row, tell)
        organization = organization_key(v.organization)
        if organization and organization not in self.known.organizations:
            self.known.organizations[organization] = row
            self.made[Organization].append((organization, v.organization))
        latitude, longitude = position or (None, None)
        found = (key, organization or None, name, v.website, read.five, read.four, latitude, longitude, kind)
        self.made[Location].append(found + _place_of(v))
        if emergency is not Stated.NOT_STATED:
            self.made[HealthcareService].append(emergency_department(key, emergency, v.verified_on))
        self.known.locations[key] = (row, cells)

    def _position(self, v: Values, five: str, tell: Tell) -> tuple[mends.Position | None, PositionKind]:
        latitude, longitude = v.latitude, v.longitude
        given: mends.Position | None = None
        if latitude is not None and longitude is not None:
            certain = v.settled and (latitude or longitude)
            given = (latitude, longitude) if certain else mends.position(latitude, longitude, five, v.state, tell)
        elif latitude is not None or longitude is not None:
            shown = ", ".join("" if one is None else str(one) for one in (latitude, longitude))
            tell("position_half", "latitude", shown, outcome=Outcome.LEFT_OUT)
        if given is not None:
            # A file may give the ZIP code's own point as a position; then that is what patients must be told.
            return given, PositionKind.ZIP if v.position_source.lower().startswith("zip") else PositionKind.GIVEN
        point = mends.point_of(five)
        if point is None:
            tell("position_missing", "latitude", "")
            return None, PositionKind.NONE
        tell("position_from_zip", "latitude", "", zip_code=five)
        return point, PositionKind.ZIP

    def _stacked(self, position: mends.Position, address: str, row: int, tell: Tell) -> None:
        first = self.known.pins.setdefault(position, (row, address))
        if first[1] != address and first[0]:
            tell("position_stacked", "latitude", f"{position[0]}, {position[1]}", first_row=first[0])

    def _person(self, v: Values, place: str, row: int, cells: int, tell: Tell) -> None:
        key = v.person_id or v.npi
        if not key:
            raise RowError("person_without_id", "npi", "")
        if v.full_name:
            said = zip(NAME_PARTS, v.full_name, strict=True)
            v = v._replace(**{name: getattr(v, name) or value for name, value in said})
        elif not v.family_name:
            raise RowError("required_empty", "full_name", "")
        role = (key, place)
        if _is_known(self.known.roles, role, cells, "person_id", key, tell):
            return
        person = (key, *_person_of(v))
        first = self.known.records.get(key)
        if first is not None and first != person:
            # What a later row of the same person leaves empty the first has said.
            facts = zip(COLUMNS[Practitioner], person, first, strict=True)
            for name, value in [(name, x) for name, x, y in facts if _says_something(x) and not alike(x, y)]:
                first_row = self.known.people[key]
                if name in MUST_AGREE:
                    raise RowError("person_differs", name, _shown(value), first_row=first_row)
                tell("person_differs", name, _shown(value), outcome=Outcome.NOTED, first_row=first_row)
        namesake = self.known.npis.get(v.npi) or key
        if namesake != key:
            # Public ids are made of it, so one number can never be two people.
            raise RowError("key_repeated", "npi", v.npi, first_row=self.known.people[namesake])
        if v.oldest_age is not None:
            _in_order(v, *AGES)
        if v.listed_until is not None:
            _in_order(v, *DATES)
        if first is None:
            self.made[Practitioner].append(person)
            self.known.records[key] = person
            self.known.people[key] = row
            if v.npi:
                self.known.npis[v.npi] = key
        self.made[PractitionerRole].append((key, place, *_role_of(v)))
        self.known.roles[role] = (row, cells)

    def _again(self, identity: tuple[str, ...], row: int, cells: int, column: str, value: str, tell: Tell) -> bool:
        again = _is_known(self._seen, identity, cells, column, value, tell)
        self._seen.setdefault(identity, (row, cells))
        return again

    @staticmethod
    def _refer(known: dict[str, Any], key: str, code: str, column: str) -> None:
        if key not in known:
            raise RowError(code, column, key)


def emergency_department(place: str, stated: Stated, verified_on: dt.date | None) -> tuple[Any, ...]:
    """Return the record of what a place's own row says of its emergency department."""
    return (place, ServiceKind.EMERGENCY_DEPARTMENT, stated, Stated.NOT_STATED, "", "", "", verified_on)


def _is_known(known: dict[Any, tuple[int, int]], key: Any, cells: int, column: str, value: str, tell: Tell) -> bool:
    """Return whether this very row was there before; raise RowError where another had its key."""
    first = known.get(key)
    if first is None:
        return False
    if first[1] != cells:
        raise RowError("key_repeated", column, value, first_row=first[0])
    tell("row_repeated", column, value, first_row=first[0])
    return True


def _removed(v: Values) -> bool:
    return v.remove is Stated.YES


def _capability(
    person: str, place: str, kind: Any, target: str, level: Capability, profile: str | None, approved: tuple[Any, Any]
) -> tuple[Any, ...]:
    return (person or None, place or None, kind, target, level, profile, *approved)


def _in_row(read: Callable[[str], Any], column: str, text: str) -> Any:
    try:
        return read(text)
    except CellError as wrong:
        raise RowError(wrong.code, column, text, **wrong.params) from None


def _in_order(v: Values, low: str, high: str, code: str, names: tuple[str, str]) -> None:
    """Raise RowError where ages or dates stand the wrong way round."""
    first, last = getattr(v, low), getattr(v, high)
    if first is not None and first > last:
        raise RowError(code, low, str(first), **{names[0]: str(first), names[1]: str(last)})


def _says_something(value: Any) -> bool:
    return bool(value) and value not in (Stated.NOT_STATED, Gender.NOT_STATED)


def _shown(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(getattr(value, "value", value) or "")
