"""Where places are that have no pin of their own, or one of another address: looked up, else their ZIP code's middle.

What comes of it is laid over rows as changes of staff are, so that it holds for index, pages and lists alike, from one
edition on. It rests on the address that holds in that edition: with another address it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from finder.db.addresses import address_hash
from finder.db.amendable import POSITION
from finder.db.directory import Location, PositionKind
from finder.db.geocodes import Geocode, GeocodeOutcome
from finder.db.reference import zip_points
from finder.db.reference_tables import ReferenceTable
from finder.search.sources import SourceInForce

# Beside the fields that staff change: [latitude, longitude, kind of position, where it is from].
LAID = "position"
LOOKED_UP, MOVED_AWAY, NEW_MIDDLE = "looked_up", "address_changed", "zip_points"
_ADDRESS = ("address", "city", "state", "zip_code")
_AT_ONCE = 500
Position = tuple[float, float]
PLACES = select(
    Location.key, Location.address, Location.city, Location.state, Location.zip_code, Location.latitude,
    Location.longitude, Location.position_kind,
)  # fmt: skip
_FOUND = select(Geocode.address_hash, Geocode.latitude, Geocode.longitude).where(
    Geocode.outcome == GeocodeOutcome.FOUND
)


def with_positions(
    connection: Connection, sources: Sequence[SourceInForce], changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the changes of staff that hold, and with them under LAID where places are, if not where their rows say.

    A pin of staff holds whatever is known else. A pin of a file counts as long as the address is the one it came with.
    All places without a pin are read where any was ever looked up, or a table of ZIP points taken.
    """
    all_found = dict(_found(connection))
    whole = bool(all_found or zip_points().number) or connection.scalar(select(ReferenceTable.id).limit(1)) is not None
    moved = {one for one, fields in changes.items() if one.startswith("place:") and fields.keys() & set(_ADDRESS)}
    laid = dict(changes)
    for source in sources if whole or moved else ():
        prefix = f"place:{source.name}:"
        keys = [one.removeprefix(prefix) for one in sorted(moved) if one.startswith(prefix)]
        for row in _rows(connection, source.dataset_id, keys, whole=whole):
            own = changes.get(prefix + row.key, {})
            if (position := _position(row, own, all_found)) is not None:
                laid[prefix + row.key] = {**own, LAID: position}
    return laid


def position_of(connection: Connection, dataset_id: int, key: str, own: Mapping[str, Any]) -> list[Any] | None:
    """Return the same of one place, None where it is where its row, or a pin of staff, says."""
    found: dict[str, Position] = {}
    for row in connection.execute(PLACES.where(Location.dataset_id == dataset_id, Location.key == key)):
        one = connection.execute(_FOUND.where(Geocode.address_hash == hash_now(row, own))).first()
        found = {one.address_hash: (one.latitude, one.longitude)} if one else {}
        return _position(row, own, found)
    return None


def hash_now(row: Any, own: Mapping[str, Any]) -> str:
    """Return what stands for the address of a place, with what staff changed of it; "" where no street is known."""
    address, city, state, zip_code = (own.get(name, getattr(row, name)) for name in _ADDRESS)
    return address_hash(address, city, state, zip_code) if address and zip_code else ""


def has_moved(row: Any, own: Mapping[str, Any]) -> bool:
    """Return whether staff gave a place another address than its file, not the same in other words."""
    if not own.keys() & set(_ADDRESS):
        return False
    return hash_now(row, own) != hash_now(row, {})


def _position(row: Any, own: Mapping[str, Any], found: Mapping[str, Position]) -> list[Any] | None:
    # Half of a pin that staff put right may be what the file says too.
    if any(own.get(name) is not None for name in POSITION):
        return None
    moved = has_moved(row, own)
    if row.position_kind is PositionKind.GIVEN and not moved:
        return None
    looked_up = found.get(hash_now(row, own)) if found else None
    if looked_up is not None:
        return [*looked_up, PositionKind.GIVEN.value, LOOKED_UP]
    had_pin = row.position_kind is PositionKind.GIVEN
    point = zip_points().get(own.get("zip_code", row.zip_code)[:5])
    if point is None or point.latitude is None:
        return [None, None, PositionKind.NONE.value, MOVED_AWAY] if had_pin else None
    if not moved and (point.latitude, point.longitude) == (row.latitude, row.longitude):
        return None
    return [point.latitude, point.longitude, PositionKind.ZIP.value, MOVED_AWAY if had_pin else NEW_MIDDLE]


def _found(connection: Connection) -> list[tuple[str, Position]]:
    return [(row.address_hash, (row.latitude, row.longitude)) for row in connection.execute(_FOUND)]


def _rows(connection: Connection, dataset_id: int, keys: Sequence[str], *, whole: bool) -> list[Any]:
    """Return the places of these keys, and where `whole` says so all that have no pin of their own."""
    at = Location
    wanted = PLACES.where(at.dataset_id == dataset_id)
    rows = list(connection.execute(wanted.where(at.position_kind != PositionKind.GIVEN))) if whole else []
    for some in (keys[first : first + _AT_ONCE] for first in range(0, len(keys), _AT_ONCE)):
        given = at.position_kind == PositionKind.GIVEN
        rows += connection.execute(wanted.where(at.key.in_(some), given) if whole else wanted.where(at.key.in_(some)))
    return rows
