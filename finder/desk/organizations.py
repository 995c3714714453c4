"""What an organization says of itself to patients: read as staff write it, kept, and shown with the next edition."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select

from finder.db.datasets import Dataset
from finder.db.directory import Location, Organization
from finder.db.organizations import OrganizationWord, Words, organization_words
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.errors import DirectoryRefused, FileRefused
from finder.geo import Area, read_area
from finder.importers import cells
from finder.importers.cells import CellError, Mended

LINKS, LABEL_LONGEST, AREA_BYTES = 5, 60, 2_000_000
_EMPTY: dict[str, Any] = {"phone": "", "hours": "", "states": [], "radius_miles": None, "area": None, "links": []}
# What can be cleared, by the option's name, and the field that it is.
CLEARED = {"phone": "phone", "hours": "hours", "states": "states", "radius": "radius_miles", "area": "area", "links": "links"}  # fmt: skip
_EXPECTED = {
    "phone": "a phone number like 804-555-0100",
    "states": "states like VA,NC",
    "link": "written Label|Etiqueta|https://..., each label of 60 characters at most",
    "links": "five links at most",
}


@dataclass(frozen=True)
class OrganizationStanding:
    """An organization: in how many places patients find it (0: none in force), and what it says of itself."""

    key: str
    name: str
    places: int
    said: dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What is to be said, as staff write it; None for what is to stay. `links` replace all that there were."""

    phone: str | None = None
    hours: str | None = None
    states: str | None = None
    radius_miles: float | None = None
    area: Path | None = None
    links: Sequence[str] = ()
    clear: Collection[str] = ()


@dataclass(frozen=True)
class Said:
    """What came of a wish: the edition that shows it, and what of it somebody should look at.

    Notes are area_mended, area_without_places, hours_in_words and nothing_said.
    """

    edition: int
    notes: tuple[str, ...]


def list_organizations(connection: Connection) -> list[OrganizationStanding]:
    """Return all organizations in force, and those that say something and are in force no longer, by short name."""
    at = Location
    found = connection.execute(
        select(Organization.key, func.min(Organization.name).label("name"), func.count(at.id).label("places"))
        .join(Dataset, and_(Dataset.id == Organization.dataset_id, Dataset.active))
        .outerjoin(at, and_(at.dataset_id == Organization.dataset_id, at.organization_key == Organization.key))
        .group_by(Organization.key)
    )
    words = organization_words(connection)
    standing = {row.key: OrganizationStanding(row.key, row.name, row.places, words.get(row.key, {})) for row in found}
    gone = {key: OrganizationStanding(key, key, 0, said) for key, said in words.items() if key not in standing}
    return [one for _key, one in sorted((standing | gone).items())]


def find_organization(connection: Connection, key: str) -> OrganizationStanding:
    """Return one organization. Raises DirectoryRefused (organization_missing) naming the nearest there is."""
    known = {one.key: one for one in list_organizations(connection)}
    if key not in known:
        # Whoever types the name in full means the same.
        by_name = {one.name.casefold(): one.key for one in known.values()}
        near = difflib.get_close_matches(key.casefold(), [*known, *by_name], n=1)
        nearest = by_name.get(near[0], near[0]) if near else ""
        raise DirectoryRefused("organization_missing", value=key[:80], nearest=nearest)
    return known[key]


def own_is_missing(engine: Engine, key: str, own: str) -> bool:
    """Return whether the finder is to list an organization of its own otherwise than all, and there is none of it."""
    if own == "all":
        return False
    with engine.connect() as connection:
        return not any(one.key == key and one.places for one in list_organizations(connection))


def say_of(engine: Engine, key: str, wish: Wish, actor: str) -> Said:
    """Keep what an organization says of itself; patients see it with the new edition, and not before.

    Raises DirectoryRefused: organization_missing, option_malformed, or a code that begins with area_; FileRefused
    where the file of an area cannot be opened.
    """
    with engine.connect() as connection:
        find_organization(connection, key)
    change, notes = _read(wish)

    def said_after(words: Words) -> dict[str, Any]:
        return {**_EMPTY, **words.get(key, {}), **change}

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        said = said_after(organization_words(connection))
        connection.execute(delete(OrganizationWord).where(OrganizationWord.key == key))
        if said != _EMPTY:
            connection.execute(insert(OrganizationWord).values(key=key, changed_at=now, **said))
        # An area of thousands of corners is no matter for a log.
        told = {name: bool(value) if name == "area" else value for name, value in change.items()}
        record(connection, now, actor, "organization", key, edition=edition, **told)

    def say(words: Words) -> Words:
        said = said_after(words)
        rest = {name: one for name, one in words.items() if name != key}
        return rest if said == _EMPTY else {**rest, key: said}

    edition = publish(engine, {}, flip, say=say)
    if change.get("area"):
        with engine.connect() as connection:
            notes += _of_places(connection, key, change["area"])
    return Said(edition, tuple(notes))


def _read(wish: Wish) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that change, and notes."""
    change: dict[str, Any] = {CLEARED[name]: _EMPTY[CLEARED[name]] for name in wish.clear}
    notes: list[str] = []
    if wish.phone is not None:
        change["phone"] = _cell("phone", wish.phone, cells.phone)
    if wish.hours is not None:
        read = cells.hours(wish.hours.strip())
        if isinstance(read, Mended) and read.code == "hours_in_words":
            notes.append("hours_in_words")
        change["hours"] = read.value if isinstance(read, Mended) else read
    if wish.states is not None:
        change["states"] = sorted(_cell("states", wish.states, cells.states))
    if wish.radius_miles is not None:
        change["radius_miles"] = wish.radius_miles
    if wish.area is not None:
        drawn = _read_area(wish.area)
        change["area"] = drawn.geojson
        notes += ["area_mended"] * drawn.mended
    if wish.links:
        if len(wish.links) > LINKS:
            raise _malformed("links", str(len(wish.links)))
        change["links"] = [_link(text) for text in wish.links]
    return change, notes


def _cell(name: str, text: str, read: Any) -> Any:
    try:
        found = read(text.strip())
    except CellError:
        raise _malformed(name, text) from None
    return found.value if isinstance(found, Mended) else found


def _link(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    try:
        url = cells.url(parts[2]) if len(parts) == 3 else ""
    except CellError:
        url = ""
    is_good = isinstance(url, str) and url.startswith("https://")
    labels = parts[:2]
    if not is_good or not all(0 < len(one) <= LABEL_LONGEST and one.isprintable() for one in labels):
        raise _malformed("link", text)
    return {"label_en": labels[0], "label_es": labels[1], "url": str(url)}


def _malformed(name: str, value: str) -> DirectoryRefused:
    return DirectoryRefused("option_malformed", name=f"--{name}", value=value[:80], expected=_EXPECTED[name])


def _read_area(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            text = file.read(AREA_BYTES + 1)
    except OSError:
        raise FileRefused("file_missing", name=str(path)) from None
    if len(text) > AREA_BYTES:
        raise DirectoryRefused("area_too_large", name=path.name, limit=f"{AREA_BYTES:,} bytes")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise DirectoryRefused("area_not_json", name=path.name) from None
    return read_area(path.name, body)


def _of_places(connection: Connection, key: str, area: dict[str, Any]) -> list[str]:
    """Return a note where none of an organization's places lies in its area: latitude may stand before longitude."""
    at, drawn = Location, Area(area)
    points: Any = connection.execute(
        select(at.latitude, at.longitude)
        .join(Dataset, and_(Dataset.id == at.dataset_id, Dataset.active))
        .where(at.organization_key == key, at.latitude.is_not(None))
        .distinct()
    )
    return [] if any(drawn.covers(*point) for point in points) else ["area_without_places"]
