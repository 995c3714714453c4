"""Take a newer table of ZIP points than the release ships: read, compared, refused where it cannot be, and given back.

It is kept in the database, so that every host has it, and counts from an edition on.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, insert, update

from finder.db import reference_tables
from finder.db.reference import STATES, shipped_zip_points, state_outlines, trying_zip_points, zip_points
from finder.db.reference_files import HEAD, ROWS, SUM, ReferenceFile, read_reference
from finder.db.reference_tables import ZIP_POINTS, ReferenceTable, load, taken
from finder.db.zip_table import COLUMNS, Exactness, ZipKind, ZipPoint, ZipTable, compile_table, packed
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.errors import DeskRefused
from finder.geo import METRES_PER_MILE, geodesic_m

FEWEST_ROWS, MOST_GONE, MOVED_MILES, OUTSIDE_MILES = 30_000, 0.05, 5.0, 25.0
_LARGEST = 64 * 2**20
_TRIED = -1
_SHOWN_WRONG = 5


@dataclass(frozen=True)
class Move:
    """A ZIP code whose point is elsewhere, so many miles from before."""

    zip_code: str
    place: str
    miles: float


@dataclass
class Change:
    """What a table changes of the one in force, by ZIP codes; the farthest moved first.

    `renamed` and `kinds` have before and after; `zones` are those with another time zone.
    """

    rows: int
    rows_before: int
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved: list[Move] = field(default_factory=list)
    moved_less: int = 0
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)
    zones: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Offered:
    """A table that may be taken: its file, the table made of it, and what it changes of the one with the number."""

    file: ReferenceFile
    content: bytes
    compiled: bytes
    table: ZipTable
    change: Change
    instead_of: int


def offer(engine: Engine, path: Path, *, miles: float = MOVED_MILES, accept_gone: bool = False) -> Offered:
    """Read a file and return what it would change; nothing is changed. `miles` is from where on a point has moved.

    Raises DeskRefused: reference_unreadable, reference_wrong, reference_few, reference_old, reference_gone.
    """
    text = _text(path)
    try:
        file = read_reference(text)
    except (ValueError, UnicodeDecodeError) as fault:
        raise DeskRefused("reference_unreadable", name=path.name, part=str(fault) if str(fault) in (HEAD, SUM) else ROWS) from None  # fmt: skip
    if file.head.made_on > dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1):
        raise DeskRefused("reference_old", name=path.name, day=file.head.made_on, other=dt.datetime.now(dt.UTC).date())
    if len(file.rows) < FEWEST_ROWS:
        raise DeskRefused("reference_few", name=path.name, rows=len(file.rows), least=FEWEST_ROWS)
    _refuse_wrong(path.name, file.rows)
    with engine.connect() as connection:
        reference_tables.follow(connection)
        before = reference_tables.in_force(connection)
    day = before.made_on if before else shipped_zip_points().made_on
    if file.head.made_on <= day:
        raise DeskRefused("reference_old", name=path.name, day=file.head.made_on, other=day)
    made = compile_table(file.rows)
    table = ZipTable(made, _TRIED, file.head.made_on)
    change = changed(zip_points(), table, miles)
    if len(change.gone) > MOST_GONE * change.rows_before and not accept_gone:
        raise DeskRefused("reference_gone", name=path.name, gone=len(change.gone), rows=change.rows_before)
    return Offered(file, gzip.compress(text, 6, mtime=0), packed(made), table, change, before.id if before else 0)


def take(engine: Engine, offered: Offered, actor: str) -> int:
    """Put a table in force, and return the new edition.

    Raises DeskRefused (reference_moved) where another came first.
    """
    head = offered.file.head

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _refuse_moved(connection, offered.instead_of)
        connection.execute(
            insert(ReferenceTable).values(
                name=ZIP_POINTS, made_on=head.made_on, sha256=head.sha256, rows=head.rows, content=offered.content,
                compiled=offered.compiled, taken_at=now, taken_by=actor,
            )
        )  # fmt: skip
        change = offered.change
        told = {"added": len(change.added), "gone": len(change.gone), "moved": len(change.moved)}
        record(connection, now, actor, "take_reference", ZIP_POINTS, day=head.made_on.isoformat(), sha256=head.sha256, edition=edition, **told)  # fmt: skip

    return _put(engine, offered.table, flip)


def give_back(engine: Engine, actor: str, *, shipped: bool = False) -> int:
    """Put back the table that the last one replaced, or the shipped one; return the new edition.

    Raises DeskRefused (reference_shipped) where it is the shipped one already.
    """
    with engine.connect() as connection:
        there = taken(connection)
        before = reference_tables.in_force(connection)
        if before is None:
            raise DeskRefused("reference_shipped")
        left = [] if shipped else [one for one in there[1:] if one.made_on > shipped_zip_points().made_on]
        table = load(connection, left[0].id) if left else None

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _refuse_moved(connection, before.id)
        gone = [one.id for one in there if shipped or one.id >= before.id]
        connection.execute(update(ReferenceTable).where(ReferenceTable.id.in_(gone)).values(withdrawn_at=now))
        day = left[0].made_on if left else shipped_zip_points().made_on
        record(connection, now, actor, "give_back_reference", ZIP_POINTS, day=day.isoformat(), edition=edition)

    return _put(engine, table, flip)


def changed(before: ZipTable, after: ZipTable, miles: float) -> Change:
    """Return what a table changes of another; a point that is as far as `miles` from where it was has moved."""
    found = Change(len(after), len(before))
    found.added = [code for code in after if code not in before]
    found.gone = [code for code in before if code not in after]
    both = [(before[code], after[code]) for code in before if code in after]
    placed = [(old, new) for old, new in both if old.latitude is not None and new.latitude is not None]
    far = _miles_between(placed)
    for (_old, new), distance in zip(placed, far.tolist(), strict=True):
        if distance >= miles:
            found.moved.append(Move(new.zip_code, f"{new.city}, {new.state}", distance))
        elif distance > 0:
            found.moved_less += 1
    found.moved.sort(key=lambda one: (-one.miles, one.zip_code))
    for old, new in both:
        called = [f"{one.city}, {one.state}" for one in (old, new)]
        if called[0] != called[1]:
            found.renamed[new.zip_code] = (called[0], called[1])
        if old.kind is not new.kind:
            found.kinds[new.zip_code] = (old.kind.value, new.kind.value)
        if old.time_zone != new.time_zone:
            found.zones.append(new.zip_code)
    return found


def _put(engine: Engine, table: ZipTable | None, flip: Callable[[Connection, dt.datetime, int], None]) -> int:
    with trying_zip_points(table):
        edition = publish(engine, {}, flip)
    with engine.connect() as connection:
        reference_tables.follow(connection)
    return edition


def _refuse_moved(connection: Connection, number: int) -> None:
    now = reference_tables.in_force(connection)
    if (now.id if now else 0) != number:
        raise DeskRefused("reference_moved")


def _text(path: Path) -> bytes:
    """Return the text of a file, gzipped or not, as far as a table can be long."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as whole:
                raw = whole.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise DeskRefused("reference_unreadable", name=path.name, part="file") from None
    if len(raw) > _LARGEST:
        raise DeskRefused("reference_unreadable", name=path.name, part="long")
    return raw


def _refuse_wrong(name: str, rows: list[dict[str, str]]) -> None:
    """Raise DeskRefused (reference_wrong) for rows that no table of ours can have, the first of them named."""
    if tuple(rows[0]) != COLUMNS:
        raise DeskRefused("reference_wrong", name=name, rows=len(rows), examples="columns")
    seen: set[str] = set()
    wrong: list[str] = []
    for row in rows:
        code = str(row["zip"])[:12]
        if fault := "a duplicate" if code in seen else _fault(row):
            wrong.append(f"{code} {fault}")
        seen.add(code)
    if wrong:
        raise DeskRefused("reference_wrong", name=name, rows=len(wrong), examples=", ".join(wrong[:_SHOWN_WRONG]))


def _fault(row: Mapping[str, str]) -> str:
    if None in row or None in row.values():
        return "not as many cells as columns"
    code = row["zip"]
    if not (len(code) == 5 and code.isascii() and code.isdigit()):
        return "no ZIP code"
    try:
        kind, exactness = ZipKind(row["kind"]), Exactness(row["exactness"])
        number = int(row["near"] or 0)
    except ValueError:
        return "a kind, exactness or neighbour that there is not"
    if row["source"] not in ("hud", "census", "geonames", "hand") or number > 99_999:
        return "a source that there is not"
    if kind is ZipKind.MILITARY or exactness is Exactness.NONE:
        return "" if not (row["lat"] or row["lon"]) else "a point where none can be"
    if row["state"] not in STATES or not row["place"]:
        return "without state or place"
    try:
        latitude, longitude = float(row["lat"]), float(row["lon"])
    except ValueError:
        return "without a point"
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return "with a point that is none"
    known = zip_points().get(code)
    if known and known.state == row["state"] and (known.latitude, known.longitude) == (latitude, longitude):
        return ""  # looked at when it was first taken
    outside = state_outlines().outside_m(STATES[row["state"]][0], latitude, longitude) / METRES_PER_MILE
    return f"{outside:.0f} miles outside of {row['state']}" if outside > OUTSIDE_MILES else ""


def _miles_between(pairs: list[tuple[ZipPoint, ZipPoint]]) -> NDArray[np.float64]:
    """Return how far apart the two points of each pair are, in miles."""
    found = np.zeros(len(pairs))
    at = np.array([(a.latitude, a.longitude, b.latitude, b.longitude) for a, b in pairs], np.float64).reshape(-1, 4)
    for number in np.flatnonzero((at[:, :2] != at[:, 2:]).any(axis=1)).tolist():
        old, new = at[number, :2], at[number, 2:]
        found[number] = float(geodesic_m(old[0], old[1], new[:1], new[1:])[0]) / METRES_PER_MILE
    return found
