"""Pack what the snapshot carries of details, so that an answer need not ask the database: what people and places say of
their work, the services of places, the names of organizations; and all else too, while it takes CARRIED_BYTES or less.

Many rows are alike in much. So each has a number, and what a number stands for is there once: a set of things (such
as all that someone says), of which each is there once again; or a text, which is the row as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from finder.search.columns import numbered, smallest
from finder.search.detail_rows import OF_PERSON, ORGANIZATION_NAMES, PERSON_NAMES, PLACES, ROLES, SERVICES
from finder.search.sources import Filled, PersonKey
from finder.search.treats import Declared

# A worker's memory for rows that it would else read from the database: some 100,000 people at places.
CARRIED_BYTES = 2**25
_AT_ONCE = 1_000
Things = tuple[Any, ...]


@dataclass(frozen=True)
class Packed:
    """Columns of the snapshot and the words that go with them."""

    columns: Mapping[str, NDArray[Any]]
    words: Mapping[str, list[Any]]


def pack_carried(
    connection: Connection,
    columns: Mapping[str, NDArray[Any]],
    role_declared: Mapping[int, tuple[Declared, ...]],
    place_declared: Mapping[int, tuple[Declared, ...]],
    filled: Mapping[PersonKey, Mapping[str, Filled]],
) -> Packed:
    """Return what the snapshot is to carry beside the `columns` that it has.

    `role_declared` and `place_declared` say what people at places, and places, say of themselves, by row; `filled` what
    lower sources state of people.
    """
    roles, places = columns["role_row"].tolist(), columns["place_row"].tolist()
    names, services = dict[int, str](), dict[int, dict[str, Things]]()
    for some in _slices(places):
        names.update((row, name) for row, name in ORGANIZATION_NAMES.plain_rows(connection, rows=some))
        for row, kind, *facts in SERVICES.plain_rows(connection, rows=some):
            services.setdefault(row, {})[kind] = (kind, *facts)
    of_places, words = numbered(names.get(row, "") for row in places)
    made = [
        Packed({"organization_name": of_places}, {"organization_name": words}),
        _pack_sets("role_said", (tuple(map(_plain, role_declared.get(row, ()))) for row in roles)),
        _pack_sets("place_said", (tuple(map(_plain, place_declared.get(row, ()))) for row in places)),
        _pack_sets("place_services", (tuple(services.get(row, {}).values()) for row in places)),
        _pack_details(connection, roles, places, filled),
    ]
    return Packed(
        {name: column for one in made for name, column in one.columns.items()},
        {name: words for one in made for name, words in one.words.items()},
    )


def _slices(rows: list[int]) -> Iterable[list[int]]:
    """Return rows in the order in which they lie in the database."""
    rows = sorted(rows)
    return (rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE))


def _plain(one: Declared) -> Things:
    approved_on = one.approved_on.isoformat() if one.approved_on else None
    return one.kind.value, one.target, one.level.value, one.approved_by, approved_on


def _pack_sets(name: str, sets: Iterable[tuple[Things, ...]]) -> Packed:
    things: dict[Things, int] = {}
    of_rows, distinct = numbered(tuple([things.setdefault(thing, len(things)) for thing in one]) for one in sets)
    return Packed(
        {
            name: of_rows,
            f"{name}_ends": _ends(distinct),
            f"{name}_things": smallest([number for one in distinct for number in one]),
        },
        {name: [list(thing) for thing in things]},
    )


def _pack_details(
    connection: Connection, roles: list[int], places: list[int], filled: Mapping[PersonKey, Mapping[str, Filled]]
) -> Packed:
    """Pack rows whole, as JSON; nothing where they take too much. A role's row is in two parts: many share a person."""
    texts: dict[str, dict[bytes, int]] = {"place_text": {}, "person_text": {}, "role_text": {}}
    numbers: dict[str, dict[int, int]] = {name: {} for name in texts}
    taken = 0

    def keep(name: str, row: int, part: Sequence[Any]) -> int:
        # Copied, since what orjson returns keeps the room that it was written in.
        text, known = bytes(memoryview(orjson.dumps(part))), texts[name]
        before = len(known)
        numbers[name][row] = known.setdefault(text, before)
        return len(text) if len(known) > before else 0

    for some in _slices(places):
        taken += sum(keep("place_text", row, rest) for row, *rest in PLACES.plain_rows(connection, rows=some))
        if taken > CARRIED_BYTES:
            return Packed({}, {})
    for some in _slices(roles):
        for row in ROLES.plain_rows(connection, rows=some):
            person = _with_filled(row[OF_PERSON], filled)
            taken += keep("person_text", row[0], person) + keep("role_text", row[0], row[OF_PERSON.stop :])
        if taken > CARRIED_BYTES:
            return Packed({}, {})
    columns: dict[str, NDArray[Any]] = {}
    for name, known in texts.items():
        columns[name] = smallest([numbers[name][row] for row in (places if name == "place_text" else roles)])
        columns[f"{name}_ends"] = _ends(known)
        columns[f"{name}_things"] = np.frombuffer(b"".join(known), np.uint8)
    return Packed(columns, {})


def _with_filled(person: tuple[Any, ...], filled: Mapping[PersonKey, Mapping[str, Filled]]) -> tuple[Any, ...]:
    more = filled.get((person[0], person[1]))
    if not more:
        return person
    facts = dict(zip(PERSON_NAMES, person[2:], strict=True))
    facts.update((name, _stored(one.value)) for name, one in more.items())
    return (*person[:2], *facts.values())


def _stored(value: Any) -> Any:
    """Return a fact of a person as it is stored."""
    if isinstance(value, list | tuple):
        return orjson.dumps(value).decode()
    return getattr(value, "value", value)


def _ends(distinct: Iterable[Any]) -> NDArray[Any]:
    return smallest(np.cumsum([0, *(len(one) for one in distinct)], dtype=np.int64))
