"""Which sources an edition shows, and how several of them make one person.

People of several sources are joined by NPI. A person comes whole (roles, places, ages, what they say of their work)
from the highest source that lists them, which is the highest that names a place for them. Its word on where and when
holds to the end: someone whom their hospital lists until June is not brought back in July by a register that nobody
told, and someone whose only places there have no position is found by name, not sent by distance to an address that
their hospital does not give. What it does not state about the person, the sources below it fill in, whether or not
they list the person today: a language does not end with a listing. Dataset rows stay as received.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, func, literal_column, select
from sqlalchemy.orm import aliased

from finder.db.base import Stated
from finder.db.datasets import Activation, Dataset, Source
from finder.db.dialect import Among
from finder.db.directory import Gender, Practitioner, PractitionerRole
from finder.db.quick import Quick

# All that is a fact of the person themselves. Every source states a name and specialties.
_FILLED = ("credentials", "gender", "languages", "fellowship", "board_certified", "profile_url")
_NAME = ("given_name", "family_name")
# Filled only where the rest of the name is written alike: else "Mary Anne" and "Mary" "Anne" make Mary Anne Anne.
_FILLED_IN_NAME = ("middle_name", "suffix")
FILLABLE = (*_FILLED, *_FILLED_IN_NAME)
_COMPARED = (*FILLABLE, *_NAME)
# With 0 added, datasets do not lure SQLite from the index of NPIs into reading them whole.
_IN_DATASETS = Among(Practitioner.dataset_id + literal_column("0"), "datasets")
_LOWER = Quick(
    select(Practitioner.npi, Practitioner.dataset_id, *(getattr(Practitioner, name) for name in _COMPARED))
    .where(Among(Practitioner.npi.expression, "npis"), _IN_DATASETS)
    .order_by(Practitioner.id)
)

# (dataset, the file's id of a person)
PersonKey = tuple[int, str]


@dataclass(frozen=True)
class SourceInForce:
    """A source with the dataset of it that an edition shows."""

    name: str
    dataset_id: int
    version: int
    is_demo: bool


@dataclass(frozen=True)
class Filled:
    """A fact that a person's own source does not state, and the name of the source that it was taken from."""

    value: Any
    source: str


def sources_in_force(connection: Connection, instead: Mapping[int, int | None]) -> tuple[SourceInForce, ...]:
    """Return the sources with an active dataset, highest priority first; of equals the one that came first.

    `instead` maps ids of sources to the dataset that is to be active in the edition being built (None: none).
    The demo is left out as soon as any other source is in force.
    """
    rows = connection.execute(
        select(
            Source.id,
            Source.name,
            Source.is_demo,
            Dataset.id.label("dataset_id"),
            Dataset.version,
            Dataset.active,
        )
        .join(Dataset, Dataset.source_id == Source.id)
        .order_by(Source.priority.desc(), Source.id)
    )
    found = tuple(
        SourceInForce(row.name, row.dataset_id, row.version, row.is_demo)
        for row in rows
        if (instead[row.id] == row.dataset_id if row.id in instead else row.active)
    )
    real = tuple(source for source in found if not source.is_demo)
    return real or found


def believed(connection: Connection, sources: Sequence[SourceInForce], npis: Collection[str]) -> dict[str, PersonKey]:
    """Return from which dataset each person comes, and their key there, by NPI; nothing for those whom none lists."""
    person, role = Practitioner, PractitionerRole
    # Datasets are chosen here: named in the query they lure SQLite from the index of NPIs into reading them whole.
    rows = connection.execute(
        select(person.npi, person.dataset_id, person.key)
        .join(role, and_(role.dataset_id == person.dataset_id, role.practitioner_key == person.key))
        .where(person.npi.in_(npis))
        .distinct()
    )
    keys = {(row.npi, row.dataset_id): (row.dataset_id, row.key) for row in rows}
    from_last_to_first = ((npi, source.dataset_id) for source in reversed(sources) for npi in npis)
    return {npi: keys[npi, dataset_id] for npi, dataset_id in from_last_to_first if (npi, dataset_id) in keys}


def fillings(connection: Connection, sources: Sequence[SourceInForce]) -> dict[PersonKey, dict[str, Filled]]:
    """Return what lower sources fill in for everyone.

    Each fact comes from the next source below that states it. Only people with something to fill are in the answer,
    under their own dataset and key; by name of the fact. With one source in force nothing is asked at all.
    """
    if len(sources) < 2:
        return {}
    names = {source.dataset_id: source.name for source in sources}
    order = {dataset_id: number for number, dataset_id in enumerate(names)}
    own, other = Practitioner, aliased(Practitioner)
    lower = case(order, value=other.dataset_id)
    rows = connection.execute(
        select(
            own.dataset_id, own.key, other.dataset_id.label("lower"),
            *(getattr(own, name).label(f"own_{name}") for name in _COMPARED),
            *(getattr(other, name).label(f"lower_{name}") for name in _COMPARED),
        )
        .join(other, other.npi == own.npi)
        # A dataset that is not in force has no number, and so is not lower.
        .where(lower > case(order, value=own.dataset_id))
        .order_by(lower, other.id)
    )  # fmt: skip
    found: dict[PersonKey, dict[str, Filled]] = defaultdict(dict)
    for row in rows:
        stated = ({name: getattr(row, f"{whose}_{name}") for name in _COMPARED} for whose in ("own", "lower"))
        for name, value in _stated_below(*stated):
            found[row.dataset_id, row.key].setdefault(name, Filled(value, names[row.lower]))
    return dict(found)


def fill_in(
    connection: Connection, sources: Sequence[SourceInForce], people: Mapping[PersonKey, Mapping[str, Any]]
) -> dict[PersonKey, dict[str, Filled]]:
    """Return what `fillings` would for a few people, given with their facts, read in the quick way."""
    order = {source.dataset_id: number for number, source in enumerate(sources)}
    npis = {facts["npi"] for (dataset_id, _key), facts in people.items() if order[dataset_id] < len(order) - 1}
    npis.discard(None)
    if not npis:
        return {}
    rows = zip(*_LOWER.columns(connection, npis=list(npis), datasets=list(order)), strict=True)
    by_npi: dict[str, list[tuple[int, str, dict[str, Any]]]] = defaultdict(list)
    names = [source.name for source in sources]
    for npi, dataset_id, *facts in sorted(rows, key=lambda row: order[row[1]]):
        number = order[dataset_id]
        by_npi[npi].append((number, names[number], dict(zip(_COMPARED, facts, strict=True))))
    found: dict[PersonKey, dict[str, Filled]] = defaultdict(dict)
    for person, own in people.items():
        for number, source, lower in by_npi.get(own["npi"], ()):
            if number > order[person[0]]:
                for name, value in _stated_below(own, lower):
                    found[person].setdefault(name, Filled(value, source))
    return dict(found)


def _stated_below(own: Mapping[str, Any], lower: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the facts that a lower row states and the own one does not."""
    alike = all(own[name].casefold() == lower[name].casefold() for name in _NAME)
    wanted = FILLABLE if alike else _FILLED
    return [(name, lower[name]) for name in wanted if _stated(lower[name]) and not _stated(own[name])]


def _stated(value: Any) -> bool:
    return bool(value) and value not in (Gender.NOT_STATED, Stated.NOT_STATED)


def activated_at(connection: Connection, sources: Collection[SourceInForce]) -> dict[int, dt.datetime]:
    """Return when each source's dataset came into force, by its number; the last time, where it did so again."""
    ids = [source.dataset_id for source in sources]
    rows = connection.execute(
        select(Activation.dataset_id, func.max(Activation.at).label("at"))
        .where(Activation.dataset_id.in_(ids))
        .group_by(Activation.dataset_id)
    )
    return {row.dataset_id: row.at for row in rows}
