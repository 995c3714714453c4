"""Turn the values of a row into rows of the directory's tables, checked against the rows before it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from finder.db.base import Capability, Stated
from finder.db.datasets import Outcome
from finder.db.directory import (
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
from finder.importers.vocabulary import Vocabulary

Values = dict[str, Any]
Table = type[InDataset]
Record = tuple[Table, Values]
Tell = Callable[..., None]

PERSON_FACTS = (
    "npi", "given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "specialties",
    "languages", "fellowship", "board_certified", "profile_url",
)  # fmt: skip
_LISTED = ("listed_from", "listed_until", "verified_on")
_NAMES = ("given_name", "middle_name", "family_name", "suffix", "credentials")
_AGES = ("youngest_age", "oldest_age", "ages_reversed", ("youngest", "oldest"))
_DATES = ("listed_from", "listed_until", "dates_reversed", ("first", "last"))
_LEVELS = list(Capability)
_person_of = itemgetter(*PERSON_FACTS)


class RowError(Exception):
    """A row that cannot be used: `code` of `finder.errors.CODES`, the column and what was there."""

    def __init__(self, code: str, column: str, value: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.value, self.params = code, column, value, params


@dataclass
class Known:
    """Keys that rows may refer to, with the row that first had them (0: carried over) and a print of its cells."""

    organizations: dict[str, int] = field(default_factory=dict)
    locations: dict[str, tuple[int, int]] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    roles: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


class Records:
    """Makes records of an import's rows, section after section in the order of `templates.SECTIONS`.

    Each method named after a section takes a row's values, its number, a print of its cells and what to tell problems
    to; it returns the row's records, or raises RowError. A record is a table with values by column, among which there
    may be others that are not the table's: most are the row's own values, with what was found out put in.
    """

    def __init__(self, vocabulary: Vocabulary, known: Known) -> None:
        self._vocabulary, self._known = vocabulary, known
        self._people: dict[str, tuple[Any, ...]] = {}
        self._npis: dict[str, str] = {}
        self._seen: dict[tuple[str, ...], tuple[int, int]] = {}
        self._pins: dict[tuple[float, float], tuple[int, str]] = {}
        self._profiles: list[tuple[str, str, Any, Values]] = []
        self._plans_told: set[str] = set()

    def settle_positions(self, rows: list[Values | None]) -> None:
        """Mark, of many rows at once, those whose position needs no closer look: near its ZIP code, in its state."""
        pinned = []
        for v in rows:
            if v is not None and v.get("latitude") is not None and v["longitude"] is not None:
                try:
                    pinned.append((v, mends.zip_code(v["zip_code"], v["state"]).five))
                except CellError:
                    continue
        if pinned:
            values, zips = [v for v, _five in pinned], [five for _v, five in pinned]
            doubts = mends.in_doubt(
                [v["latitude"] for v in values], [v["longitude"] for v in values], zips, [v["state"] for v in values]
            )
            for v, doubt in zip(values, doubts, strict=True):
                v["settled"] = not doubt

    def locations(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make a place of a row, with its organization where that is new and its emergency department."""
        key = v["location_id"]
        if _removed(v) or _is_known(self._known.locations, key, cells, "location_id", key, tell):
            return []
        return self._place(v, key, row, cells, tell)

    def practitioners(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make a person, where new, and their role at a place."""
        if _removed(v):
            return []
        self._refer(self._known.locations, v["location_id"], "location_unknown", "location_id")
        return self._person(v, v["location_id"], row, cells, tell)

    def roster(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make a place of the address on a person's row, where new, and then as for practitioners."""
        place = v["location_id"] or _place_key(v)
        made: list[Record] = []
        if place not in self._known.locations:
            name = v["place_name"] or v["organization"] or v["address"] or v["city"]
            if not name:
                raise RowError("required_empty", "place_name", "")
            organization = organization_key(v["organization"])
            is_new = organization not in self._known.organizations
            of_place = {**v, **dict.fromkeys(_LISTED), "name": name, "phone": v["place_phone"]}
            made = self._place(of_place, place, row, cells, tell)
            try:
                return made + self._person(v, place, row, cells, tell)
            except RowError:
                # The place is known by its people only: without them it is not there.
                del self._known.locations[place]
                if is_new:
                    self._known.organizations.pop(organization, None)
                raise
        return self._person(v, place, row, cells, tell)

    def capabilities(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make a capability of a row; rows with a profile are kept until `finish`."""
        if _removed(v):
            return []
        person, place = v["person_id"], v["location_id"]
        if not person and not place:
            raise RowError("capability_without_listing", "person_id", "")
        if person:
            self._refer(self._known.people, person, "person_unknown", "person_id")
        if place:
            self._refer(self._known.locations, place, "location_unknown", "location_id")
        if person and place and (person, place) not in self._known.roles:
            raise RowError("role_unknown", "location_id", place, person=person, place=place)
        if bool(v["condition_or_procedure"]) == bool(v["profile"]):
            raise RowError("capability_of_what", "condition_or_procedure", v["condition_or_procedure"])
        approved = {"approved_by": v["approved_by"], "approved_on": v["approved_on"]}
        if v["profile"]:
            profile = _in_row(self._vocabulary.profile, "profile", v["profile"])
            identity = ("profile", person, place, profile.key)
            if not self._again(identity, row, cells, "profile", v["profile"], tell):
                self._profiles.append((person, place, profile, approved))
            return []
        kind, target = _in_row(self._vocabulary.treatment, "condition_or_procedure", v["condition_or_procedure"])
        if v["level"] is None:
            raise RowError("level_missing", "level", "", choices=", ".join(level.value for level in Capability))
        if self._again(("capability", person, place, target), row, cells, "condition_or_procedure", target, tell):
            return []
        return [_capability(person, place, kind, target, v["level"], None, approved)]

    def services(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make something that a place offers."""
        if _removed(v):
            return []
        self._refer(self._known.locations, v["location_id"], "location_unknown", "location_id")
        service = v["service"].value
        if self._again(("service", v["location_id"], service), row, cells, "service", service, tell):
            return []
        names = ("offered", "open_24_hours", "detail", "hours", "phone", "verified_on")
        facts = {name: v[name] for name in names}
        return [(HealthcareService, {"location_key": v["location_id"], "kind": v["service"], **facts})]

    def plans(self, v: Values, row: int, cells: int, tell: Tell) -> list[Record]:
        """Make a plan that an organization takes or does not."""
        if _removed(v):
            return []
        organization = organization_key(v["organization"])
        if organization not in self._known.organizations:
            raise RowError("organization_unknown", "organization", v["organization"])
        if self._again(("plan", organization, v["plan"]), row, cells, "plan", v["plan"], tell):
            return []
        if not self._vocabulary.known_plan(v["plan"]) and v["plan"] not in self._plans_told:
            self._plans_told.add(v["plan"])
            tell("plan_unknown", "plan", v["plan"], nearest=self._vocabulary.nearest_plan(v["plan"]))
        facts = {name: v[name] for name in ("plan", "accepts", "as_of")}
        return [(OrganizationPlan, {"organization_key": organization, **facts})]

    def finish(self, section: str) -> Iterator[Record]:
        """Yield what a section's last row leaves to be made: the lines of profiles that no row of its own overrules.

        Of two profiles of one person that speak of the same thing the stronger word counts.
        """
        if section != "capabilities":
            return
        best: dict[tuple[str, str, str], tuple[int, Record]] = {}
        for person, place, profile, approved in self._profiles:
            for kind, target, level in profile.lines:
                if ("capability", person, place, target) in self._seen or ("capability", person, "", target) in self._seen:  # fmt: skip
                    continue
                rank, subject = _LEVELS.index(level), (person, place, target)
                if subject not in best or rank < best[subject][0]:
                    best[subject] = rank, _capability(person, place, kind, target, level, profile.key, approved)
        for _rank, record in best.values():
            yield record

    def _place(self, v: Values, key: str, row: int, cells: int, tell: Tell) -> list[Record]:
        state = v["state"]
        if v["listed_until"] is not None:
            _in_order(v, *_DATES)
        try:
            read = mends.zip_code(v["zip_code"], state)
        except CellError as wrong:
            raise RowError(wrong.code, "zip_code", v["zip_code"], **wrong.params) from None
        position, kind = self._position(v, read.five, tell)
        for code, params in read.told:
            if code == "zip_other_state" and kind is PositionKind.ZIP and mends.far_from_state(read.five, state):
                # Measured from that ZIP the place would be somewhere else altogether.
                raise RowError(code, "zip_code", v["zip_code"], **params)
            tell(code, "zip_code", v["zip_code"], **params)
        if kind is PositionKind.GIVEN and position:
            self._stacked(position, f"{v['address']} {v['city']}".lower(), row, tell)
        made: list[Record] = []
        organization = organization_key(v["organization"])
        if organization and organization not in self._known.organizations:
            self._known.organizations[organization] = row
            made.append((Organization, {"key": organization, "name": v["organization"]}))
        v["key"], v["organization_key"], v["url"] = key, organization or None, v["website"]
        v["zip_code"], v["zip_plus4"], v["position_kind"] = read.five, read.four, kind
        v["latitude"], v["longitude"] = position or (None, None)
        made.append((Location, v))
        if v.get("emergency_department", Stated.NOT_STATED) is not Stated.NOT_STATED:
            made.append((HealthcareService, {
                "location_key": key, "kind": ServiceKind.EMERGENCY_DEPARTMENT, "offered": v["emergency_department"],
                "open_24_hours": Stated.NOT_STATED, "detail": "", "hours": "", "phone": "",
                "verified_on": v["verified_on"],
            }))  # fmt: skip
        self._known.locations[key] = (row, cells)
        return made

    def _position(self, v: Values, five: str, tell: Tell) -> tuple[mends.Position | None, PositionKind]:
        latitude, longitude = v["latitude"], v["longitude"]
        given: mends.Position | None = None
        if latitude is not None and longitude is not None:
            settled = v.get("settled") and (latitude or longitude)
            given = (latitude, longitude) if settled else mends.position(latitude, longitude, five, v["state"], tell)
        elif latitude is not None or longitude is not None:
            shown = ", ".join("" if one is None else str(one) for one in (latitude, longitude))
            tell("position_half", "latitude", shown, outcome=Outcome.LEFT_OUT)
        if given is not None:
            # A file may give the ZIP code's own point as a position; then that is what patients must be told.
            return given, PositionKind.ZIP if v["position_source"].lower().startswith("zip") else PositionKind.GIVEN
        point = mends.point_of(five)
        if point is None:
            tell("position_missing", "latitude", "")
            return None, PositionKind.NONE
        tell("position_from_zip", "latitude", "", zip_code=five)
        return point, PositionKind.ZIP

    def _stacked(self, position: mends.Position, address: str, row: int, tell: Tell) -> None:
        first = self._pins.setdefault(position, (row, address))
        if first[1] != address and first[0]:
            tell("position_stacked", "latitude", f"{position[0]}, {position[1]}", first_row=first[0])

    def _person(self, v: Values, place: str, row: int, cells: int, tell: Tell) -> list[Record]:
        key = v["person_id"] or v["npi"]
        if not key:
            raise RowError("required_empty", "person_id", "")
        if v["full_name"]:
            said = zip(_NAMES, v["full_name"], strict=True)
            v.update({name: v[name] or value for name, value in said})
        elif not v["family_name"]:
            raise RowError("required_empty", "full_name", "")
        role = (key, place)
        if _is_known(self._known.roles, role, cells, "person_id", key, tell):
            return []
        person = _person_of(v)
        first = self._people.get(key)
        if first is not None and first != person:
            name, value = next((n, x) for n, x, y in zip(PERSON_FACTS, person, first, strict=True) if x != y)
            raise RowError("person_differs", name, _shown(value), first_row=self._known.people[key])
        namesake = self._npis.get(v["npi"]) or key
        if namesake != key:
            # Public ids are made of it, so one number can never be two people.
            raise RowError("key_repeated", "npi", v["npi"], first_row=self._known.people[namesake])
        if v["oldest_age"] is not None:
            _in_order(v, *_AGES)
        if v["listed_until"] is not None:
            _in_order(v, *_DATES)
        made: list[Record] = []
        v["practitioner_key"], v["location_key"] = key, place
        if first is None:
            v["key"] = key
            made.append((Practitioner, v))
            self._people[key] = person
            self._known.people[key] = row
            if v["npi"]:
                self._npis[v["npi"]] = key
        made.append((PractitionerRole, v))
        self._known.roles[role] = (row, cells)
        return made

    def _again(self, identity: tuple[str, ...], row: int, cells: int, column: str, value: str, tell: Tell) -> bool:
        again = _is_known(self._seen, identity, cells, column, value, tell)
        self._seen.setdefault(identity, (row, cells))
        return again

    @staticmethod
    def _refer(known: dict[str, Any], key: str, code: str, column: str) -> None:
        if key not in known:
            raise RowError(code, column, key)


def _is_known(known: dict[Any, tuple[int, int]], key: Any, cells: int, column: str, value: str, tell: Tell) -> bool:
    """Return whether this very row was there before; raise RowError where another had its key."""
    first = known.get(key)
    if first is None:
        return False
    if first[1] != cells:
        raise RowError("key_repeated", column, value, first_row=first[0])
    tell("row_repeated", column, value, first_row=first[0])
    return True


@lru_cache(maxsize=10_000)
def organization_key(name: str) -> str:
    """Return the key of an organization by its name, "" for none; names in other scripts get a number."""
    if not name:
        return ""
    return _slug(name) or "o-" + hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def _removed(v: Values) -> bool:
    return v["remove"] is Stated.YES


def _place_key(v: Values) -> str:
    """Return a place's key made of its name and address, so that the next file's is the same."""
    words = " ".join(v[name] for name in ("place_name", "organization", "address", "address_2", "city") if v[name])
    read = mends.zip_code(v["zip_code"], v["state"]).five if _is_zip(v) else ""
    slug = _slug(words, 200)
    if len(slug) > 60 or not slug:
        slug = f"{slug[:50]}-{hashlib.blake2b(words.lower().encode(), digest_size=4).hexdigest()}".strip("-")
    return f"{slug}-{read}".strip("-")


def _is_zip(v: Values) -> bool:
    try:
        mends.zip_code(v["zip_code"], v["state"])
    except CellError:
        return False
    return True


def _capability(person: str, place: str, kind: Any, target: str, level: Capability, profile: str | None, approved: Values) -> Record:  # fmt: skip
    return (StatedCapability, {
        "practitioner_key": person or None, "location_key": place or None, "target_kind": kind, "target": target,
        "level": level, "profile": profile, **approved,
    })  # fmt: skip


def _in_row(read: Callable[[str], Any], column: str, text: str) -> Any:
    try:
        return read(text)
    except CellError as wrong:
        raise RowError(wrong.code, column, text, **wrong.params) from None


def _in_order(v: Values, low: str, high: str, code: str, names: tuple[str, str]) -> None:
    """Raise RowError where ages or dates stand the wrong way round."""
    if v[low] is not None and v[low] > v[high]:
        raise RowError(code, low, str(v[low]), **{names[0]: str(v[low]), names[1]: str(v[high])})


def _slug(name: str, longest: int = 80) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest]


def _shown(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(getattr(value, "value", value) or "")
