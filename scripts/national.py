"""Made-up directories of national size round real ZIP codes: as a snapshot's columns, or as files for the import."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.db.base import Capability, Stated
from finder.db.catalogue import KINDS, Catalogue, shipped_entries
from finder.db.directory import Gender, LocationKind, TargetKind
from finder.db.reference import zip_points
from finder.search.columns import ALWAYS, Packed, Place, Role, pack
from finder.search.snapshot import Snapshot
from finder.search.treats import Declared, Profile

_CATALOGUE = Path(__file__).parents[1] / "data" / "catalogue.json"
# As in public registers: some two people to a place of work, three places to five people, and many at one address.
_ROLES_A_PLACE, _ROLES_A_PERSON, _SHARE_AT_ZIP_POINT = 2.5, 1.7, 0.4
_SAMPLE_ROLES, _SAMPLE_PLACES, _ORGANIZATIONS = 3_000, 400, 50
_LANGUAGES = ((), ("en",), ("en", "es"), ("es",), ("nv",))
_AGES: tuple[tuple[int | None, int | None], ...] = (
    (None, None),
    (None, None),
    (None, None),
    (0, 18),
    (14, None),
    (18, 90),
)
_STATED = (Stated.YES, Stated.NO, Stated.NOT_STATED)
Points = NDArray[np.float64]


def catalogue() -> Catalogue:
    """Return the shipped catalogue."""
    entries: dict[str, dict[str, dict[str, object]]] = {kind: {} for kind in KINDS}
    for kind, key, body in shipped_entries(_CATALOGUE):
        entries[kind][key] = body
    return Catalogue(entries)


def zip_centres() -> Points:
    """Return latitude and longitude of every ZIP code that has a point."""
    return np.array([(one.latitude, one.longitude) for one in zip_points().values() if one.latitude is not None])


def snapshot(roles: int, seed: int) -> Snapshot:
    """Return a snapshot of so many roles; every column is filled as an import would fill it."""
    draw, known = np.random.default_rng(seed), catalogue()
    packed = _sample(known, seed)
    columns, words = packed.columns, packed.words
    places, people = int(roles / _ROLES_A_PLACE), int(roles / _ROLES_A_PERSON)
    points, at = np.unique(_scattered(draw, places), axis=0, return_inverse=True)
    columns["point_lat"], columns["point_lon"] = points[:, 0].copy(), points[:, 1].copy()
    columns["place_point"] = np.sort(at.reshape(-1)).astype(np.int32)
    columns["place_row"] = np.arange(places, dtype=np.int32)
    columns["place_ticket"] = draw.integers(0, 2**63, places, dtype=np.uint64)
    columns["place_kind"] = draw.integers(0, 3, places).astype(np.uint8)
    columns["place_emergency"] = draw.random(places) < 0.02
    columns["place_facts"] = draw.choice(columns["place_facts"], places)
    columns["place_organization"] = draw.integers(0, len(words["place_organization"]), places).astype(np.uint8)
    columns["place_phone"] = draw.choice(columns["place_phone"], places)
    columns["role_place"] = np.sort(draw.integers(0, places, roles)).astype(np.int32)
    columns["role_row"] = np.arange(roles, dtype=np.int32)
    columns["role_person"] = draw.integers(0, people, roles).astype(np.int32)
    columns["person_ticket"] = draw.integers(0, 2**63, people, dtype=np.uint64)
    for name in ("role_facts", "role_languages", "role_telehealth", "role_class"):
        columns[name] = draw.choice(columns[name], roles)
    return Snapshot(columns, words, known, (), dt.datetime(2026, 11, 22, tzinfo=dt.UTC))


def write_files(folder: Path, roles: int, seed: int) -> list[Path]:
    """Write the two files of such a directory for the import; return their paths."""
    draw, known = random.Random(seed), catalogue()  # noqa: S311 - made-up data, the same for a seed
    zips = [one for one in zip_points().values() if one.latitude is not None and one.state]
    specialties = [code for body in known.role_groups.values() for code in body["taxonomies"]]
    places = int(roles / _ROLES_A_PLACE)
    with (folder / "locations.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(["location_id", "organization", "name", "city", "state", "zip_code", "phone", "hours", "step_free"])
        for number in range(places):
            home = draw.choice(zips)
            health = f"Health {number % 997}"
            clinic = f"Clinic {number}"
            write(
                [f"p{number}", health, clinic, home.city, home.state, home.zip_code, "804-555-0100", "Mon-Fri 8:00-17:00", draw.choice(("yes", "no", ""))]
            )  # fmt: skip
    with (folder / "practitioners.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(
            ["person_id", "location_id", "given_name", "family_name", "credentials", "specialties", "languages", "accepting_new_patients"]
        )  # fmt: skip
        made = person = 0
        while made < roles:
            person += 1
            facts = [f"Given{person % 211}", f"Family{person}", "MD", draw.choice(specialties), draw.choice(("", "English", "English; Spanish"))]  # fmt: skip
            for at in draw.sample(range(places), draw.choice((1, 1, 2, 3))):
                write([f"h{person}", f"p{at}", *facts, draw.choice(("yes", "no", ""))])
                made += 1
    return [folder / "locations.csv", folder / "practitioners.csv"]


def _scattered(draw: np.random.Generator, count: int) -> Points:
    """Return points scattered a few miles round ZIP codes, more round some than round others; many on one point."""
    centres = zip_centres()
    weights = draw.pareto(1.2, len(centres)) + 0.2
    at = centres[draw.choice(len(centres), count, p=weights / weights.sum())]
    away = draw.normal(0, 0.04, (count, 2)) * (draw.random(count) > _SHARE_AT_ZIP_POINT)[:, np.newaxis]
    return np.round(at + away, 5)


def _sample(known: Catalogue, seed: int) -> Packed:
    """Pack a small directory, whose classes and words the large one draws from."""
    draw = random.Random(seed)  # noqa: S311 - made-up data, the same for a seed
    places = [
        Place(
            row=number, public_id=f"place:made-up:{number}", point=(30 + number / 100, -90.0), kind=LocationKind.CLINIC,
            state="VA", emergency=False, listed=ALWAYS, declared=(), facts=tuple(draw.choices(_STATED, k=8)),
            organization=f"made-up:o{number % _ORGANIZATIONS}",
        )
        for number in range(_SAMPLE_PLACES)
    ]  # fmt: skip
    roles = [
        Role(
            row=number, person_id=f"person:made-up:{number}", place=draw.choice(places), listed=ALWAYS,
            profile=_profile(draw, known), facts=tuple(draw.choices(_STATED, k=3)), gender=draw.choice(tuple(Gender)), languages=draw.choice(_LANGUAGES),
            telehealth=draw.choice(_STATED), telehealth_states=draw.choice(((), ("VA", "MD"))),
        )
        for number in range(_SAMPLE_ROLES)
    ]  # fmt: skip
    plans = {f"made-up:o{number}": {"Aetna": draw.choice(_STATED)} for number in range(_ORGANIZATIONS)}
    return pack(known, places, roles, plans)


def _profile(draw: random.Random, known: Catalogue) -> Profile:
    specialties = (draw.choice([code for body in known.role_groups.values() for code in body["taxonomies"]]),)
    declared: tuple[Declared, ...] = ()
    if draw.random() < 0.3:
        levels = (Capability.PERFORMS, Capability.MAIN_FOCUS, Capability.DOES_NOT)
        done = draw.sample(list(known.entries["procedure"]), 2)
        declared = tuple(Declared(TargetKind.PROCEDURE, one, draw.choice(levels)) for one in done)
    youngest, oldest = draw.choice(_AGES)
    return Profile(specialties, known.group_of(specialties), declared, youngest, oldest, draw.random() < 0.5)
