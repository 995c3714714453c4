"""Check one row after another and turn each into rows of the directory's tables.

Every cell that is no good is told of, not only the first; a row with such a cell is refused whole.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from finder.db.base import Stated
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
    TargetKind,
)
from finder.db.reference import zip_points
from finder.importers import mends
from finder.importers.cells import CellError
from finder.importers.headers import Fit
from finder.importers.report import Problem, SectionCount

Record = tuple[type[InDataset], dict[str, Any]]
Values = dict[str, Any]

_PERSON = (
    "npi", "given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "specialties",
    "languages", "fellowship", "board_certified", "profile_url",
)  # fmt: skip
_NUCC = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")


@dataclass(frozen=True)
class Vocabulary:
    """The words that cells may use: ids of the catalogue, specialties and languages by lower-case name."""

    conditions: frozenset[str]
    procedures: frozenset[str]
    specialties: dict[str, str]
    languages: dict[str, str]


@dataclass
class Known:
    """Keys that rows may refer to, with the row that first had them (0: carried over)."""

    organizations: dict[str, int] = field(default_factory=dict)
    locations: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    roles: dict[tuple[str, str], int] = field(default_factory=dict)


class Checker:
    """Checks the rows of an import's sections, in the order of `templates.SECTIONS`."""

    def __init__(self, vocabulary: Vocabulary, known: Known, tell: Callable[[Problem], None]) -> None:
        self._vocabulary = vocabulary
        self._known = known
        self._tell = tell
        self._people: dict[str, Values] = {}
        self._npis: dict[str, str] = {}
        self._seen: dict[tuple[str, ...], int] = {}

    def records(self, fit: Fit, count: SectionCount) -> Iterable[list[Record]]:
        """Yield the records of each accepted row; count and tell of all others."""
        build = getattr(self, f"_{fit.section.name}")
        for row_number, row in fit.table.rows:
            count.read += 1
            if not any(cell.strip() for cell in row):
                count.blank += 1
                continue
            problems: list[Problem] = []

            def add(
                code: str,
                column: str,
                value: str,
                *,
                _to: list[Problem] = problems,
                _row: int = row_number,
                **params: Any,
            ) -> None:
                # PostgreSQL cannot store a NUL.
                shown = value[:400].replace("\0", "\ufffd")
                _to.append(Problem(fit.section.name, _row, column, shown, code, params))

            values = self._values(fit, row, add)
            made: list[Record] = []
            if values is not None:
                try:
                    made = build(values, row_number, add)
                except _RowError as wrong:
                    add(wrong.code, wrong.column, wrong.value, **wrong.params)
            for problem in problems:
                self._tell(problem)
            if made:
                count.accepted += 1
                yield made
            else:
                count.refused += 1

    def _values(self, fit: Fit, row: list[str], add: Callable[..., None]) -> Values | None:
        """Read every cell of a row; None where one of them is no good."""
        good = True
        extra = [cell for cell in row[len(fit.table.header) :] if cell.strip()]
        if extra:
            add("row_too_long", "", extra[0], cells=len(row), columns=len(fit.table.header))
            good = False
        texts = {column.name: _cleaned(row[place]) if place < len(row) else "" for place, column in fit.columns.items()}
        values: Values = {}
        for column in fit.section.columns:
            text = texts.get(column.name, "")
            if column.required and not text:
                add("required_empty", column.name, "")
                good = False
                continue
            try:
                values[column.name] = column.read(text)
            except CellError as wrong:
                add(wrong.code, column.name, text, **wrong.params)
                good = False
        return values if good else None

    def _locations(self, v: Values, row_number: int, add: Callable[..., None]) -> list[Record]:
        _first_of(self._known.locations, v["location_id"], "location_id")
        state = v["state"]
        try:
            five, four = mends.zip_code(v["zip_code"], state, add)
        except CellError as wrong:
            raise _RowError(wrong.code, "zip_code", v["zip_code"], **wrong.params) from None
        try:
            given = mends.position(v["latitude"], v["longitude"], five, state, add)
        except CellError as wrong:
            shown = ", ".join("" if one is None else str(one) for one in (v["latitude"], v["longitude"]))
            raise _RowError(wrong.code, "latitude", shown, **wrong.params) from None
        _ordered(v, "listed_from", "listed_until", "dates_reversed", ("first", "last"))
        # A file may give the ZIP code's own point as a position; then that is what patients must be told.
        kind = PositionKind.ZIP if v["position_source"].lower().startswith("zip") else PositionKind.GIVEN
        if given is None:
            point = zip_points().get(five)
            if point is not None and point.latitude is not None and point.longitude is not None:
                given, kind = (point.latitude, point.longitude), PositionKind.ZIP
                add("position_from_zip", "latitude", "", zip_code=five)
            else:
                kind = PositionKind.NONE
                add("position_missing", "latitude", "")
        made: list[Record] = []
        organization = _slug(v["organization"])
        if organization and organization not in self._known.organizations:
            self._known.organizations[organization] = row_number
            made.append((Organization, {"key": organization, "name": v["organization"]}))
        made.append((Location, {
            "key": v["location_id"], "organization_key": organization or None, "zip_code": five, "zip_plus4": four,
            "latitude": given[0] if given else None, "longitude": given[1] if given else None,
            "position_kind": kind, "url": v["website"],
            **{name: v[name] for name in (
                "name", "kind", "address", "address_2", "city", "state", "phone", "relay_phone", "position_source",
                "hours", "directions", "step_free", "lift", "adjustable_exam_table", "accessible_parking",
                "interpreter", "listed_from", "listed_until", "verified_on",
            )},
        }))  # fmt: skip
        if v["emergency_department"] is not Stated.NOT_STATED:
            made.append((HealthcareService, {
                "location_key": v["location_id"], "kind": ServiceKind.EMERGENCY_DEPARTMENT,
                "offered": v["emergency_department"], "open_24_hours": Stated.NOT_STATED, "detail": "", "hours": "",
                "phone": "", "verified_on": v["verified_on"],
            }))  # fmt: skip
        self._known.locations[v["location_id"]] = row_number
        return made

    def _practitioners(self, v: Values, row_number: int, _add: Callable[..., None]) -> list[Record]:
        key = v["person_id"] or v["npi"]
        if not key:
            raise _RowError("required_empty", "person_id", "")
        self._refer(self._known.locations, v["location_id"], "location_unknown", "location_id")
        v["specialties"] = [self._word(s, self._vocabulary.specialties, "specialty_unknown") for s in v["specialties"]]
        v["languages"] = [self._word(s, self._vocabulary.languages, "language_unknown") for s in v["languages"]]
        person = {name: v[name] for name in _PERSON}
        first = self._people.get(key)
        if first is not None:
            for name, value in person.items():
                if value != first[name]:
                    raise _RowError("person_differs", name, _shown(value), first_row=self._known.people[key])
        namesake = self._npis.get(v["npi"]) or key
        if namesake != key:
            # Public ids are made of it, so one number can never be two people.
            raise _RowError("key_repeated", "npi", v["npi"], first_row=self._known.people[namesake])
        role = (key, v["location_id"])
        if role in self._known.roles:
            raise _RowError("key_repeated", "person_id", key, first_row=self._known.roles[role])
        _ordered(v, "youngest_age", "oldest_age", "ages_reversed", ("youngest", "oldest"))
        _ordered(v, "listed_from", "listed_until", "dates_reversed", ("first", "last"))
        made: list[Record] = []
        if first is None:
            made.append((Practitioner, {"key": key, **person}))
            self._people[key] = person
            self._known.people[key] = row_number
            if v["npi"]:
                self._npis[v["npi"]] = key
        made.append((PractitionerRole, {
            "practitioner_key": key, "location_key": v["location_id"],
            **{name: v[name] for name in (
                "phone", "days", "accepting_new_patients", "referral_needed", "telehealth", "telehealth_states",
                "first_visit_with", "youngest_age", "oldest_age", "works_with", "booking_url", "listed_from",
                "listed_until", "verified_on",
            )},
        }))  # fmt: skip
        self._known.roles[role] = row_number
        return made

    def _capabilities(self, v: Values, row_number: int, _add: Callable[..., None]) -> list[Record]:
        person, place, target = v["person_id"], v["location_id"], v["condition_or_procedure"]
        if not person and not place:
            raise _RowError("capability_without_listing", "person_id", "")
        if person:
            self._refer(self._known.people, person, "person_unknown", "person_id")
        if place:
            self._refer(self._known.locations, place, "location_unknown", "location_id")
        if person and place and (person, place) not in self._known.roles:
            raise _RowError("role_unknown", "location_id", place, person=person, place=place)
        if target in self._vocabulary.conditions:
            kind = TargetKind.CONDITION
        elif target in self._vocabulary.procedures:
            kind = TargetKind.PROCEDURE
        else:
            known = self._vocabulary.conditions | self._vocabulary.procedures
            near = difflib.get_close_matches(target.lower(), sorted(known), n=1, cutoff=0.5)
            raise _RowError("treatment_unknown", "condition_or_procedure", target, nearest=near[0] if near else "")
        self._once(row_number, "condition_or_procedure", target, person, place, target)
        return [(StatedCapability, {
            "practitioner_key": person or None, "location_key": place or None, "target_kind": kind, "target": target,
            "level": v["level"], "approved_by": v["approved_by"], "approved_on": v["approved_on"],
        })]  # fmt: skip

    def _services(self, v: Values, row_number: int, _add: Callable[..., None]) -> list[Record]:
        self._refer(self._known.locations, v["location_id"], "location_unknown", "location_id")
        self._once(row_number, "service", v["service"].value, v["location_id"], v["service"].value)
        names = ("offered", "open_24_hours", "detail", "hours", "phone", "verified_on")
        return [
            (
                HealthcareService,
                {"location_key": v["location_id"], "kind": v["service"], **{n: v[n] for n in names}},
            )
        ]

    def _plans(self, v: Values, row_number: int, _add: Callable[..., None]) -> list[Record]:
        organization = _slug(v["organization"])
        if organization not in self._known.organizations:
            raise _RowError("organization_unknown", "organization", v["organization"])
        self._once(row_number, "plan", v["plan"], "plan", organization, v["plan"])
        names = ("plan", "accepts", "as_of")
        return [(OrganizationPlan, {"organization_key": organization, **{name: v[name] for name in names}})]

    def _once(self, row_number: int, column: str, value: str, *identity: str) -> None:
        if identity in self._seen:
            raise _RowError("key_repeated", column, value, first_row=self._seen[identity])
        self._seen[identity] = row_number

    @staticmethod
    def _refer(known: dict[str, int], key: str, code: str, column: str) -> None:
        if key not in known:
            raise _RowError(code, column, key)

    @staticmethod
    def _word(text: str, known: dict[str, str], code: str) -> str:
        if text.lower() in known:
            return known[text.lower()]
        if code == "specialty_unknown" and _NUCC.fullmatch(text):
            return text
        raise _RowError(code, "specialties" if code == "specialty_unknown" else "languages", text)


class _RowError(Exception):
    def __init__(self, code: str, column: str, value: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.value, self.params = code, column, value, params


def _first_of(known: dict[str, int], key: str, column: str) -> None:
    if key in known:
        raise _RowError("key_repeated", column, key, first_row=known[key])


def _ordered(v: Values, low: str, high: str, code: str, names: tuple[str, str]) -> None:
    if v[low] is not None and v[high] is not None and v[low] > v[high]:
        raise _RowError(code, low, str(v[low]), **{names[0]: str(v[low]), names[1]: str(v[high])})


def _cleaned(text: str) -> str:
    """Strip the spaces that spreadsheets leave, hard ones and byte-order marks among them; compose accents."""
    clean = unicodedata.normalize("NFC", text).replace("\u00a0", " ").strip(" \t\r\n\ufeff\u200b")
    # The export puts an apostrophe before what a spreadsheet would run.
    return clean[1:] if re.match(r"'+[=+\-@\t\r]", clean) else clean


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80]


def _shown(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(getattr(value, "value", value) or "")
