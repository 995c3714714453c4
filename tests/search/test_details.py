"""Details are read in quick ways; each gives what SQLAlchemy gives, to the type, for every row of either database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.directory import (
    SECTION_TABLES,
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.db.quick import Quick
from finder.errors import StorageFailed
from finder.search import carry
from finder.search.declared import read_declared, said_by
from finder.search.detail_rows import PLACES
from finder.search.details import RowDetails
from finder.search.index import Index
from finder.search.results import LocationView, PractitionerView, RoleView, ServiceView
from finder.search.sources import fillings
from tests.conftest import Databases, load_index
from tests.search.made_up import MadeUp

OF_CARRIED = ("_said", "_services", "_text", "_ends", "_things", "organization_name")


class CoreWay:
    """Every row of the directory as typed columns, joined in Python."""

    def __init__(self, connection: Connection, index: Index) -> None:
        self.index, self.connection = index, connection
        self.names = {source.dataset_id: source.name for source in index.snapshot.sources}
        self.rows = {table: self._rows(table) for table in SECTION_TABLES}
        self.filled = fillings(connection, index.snapshot.sources)
        self.said = read_declared(connection, StatedCapability.dataset_id.in_(self.names))
        self.places = {row.id: self._place(row) for row in self.rows[Location]}
        self.by_key = {(row.dataset_id, row.key): self.places[row.id] for row in self.rows[Location]}
        self.people = {(row.dataset_id, row.key): row for row in self.rows[Practitioner]}
        self.roles = {row.id: self._role(row) for row in self.rows[PractitionerRole]}
        self.own = {row.id: said_by(self.said, row.dataset_id, None, row.key) for row in self.rows[Location]}

    def _rows(self, table: Any) -> list[Any]:
        found = select(table.__table__).where(table.dataset_id.in_(self.names)).order_by(table.section, table.id)
        return list(self.connection.execute(found))

    def _place(self, row: Any) -> LocationView:
        here = (row.dataset_id, row.key)
        services = {
            one.kind: ServiceView(*(getattr(one, name) for name in ServiceView._fields))
            for one in self.rows[HealthcareService]
            if (one.dataset_id, one.location_key) == here
        }
        whose = (row.dataset_id, row.organization_key)
        names = [one.name for one in self.rows[Organization] if (one.dataset_id, one.key) == whose]
        return LocationView(**{
            **{name: getattr(row, name, None) for name in LocationView._fields},
            "public_id": f"place:{self.names[row.dataset_id]}:{row.key}", "organization": "".join(names),
            "source": self.names[row.dataset_id], "services": tuple(services.values()),
        })  # fmt: skip

    def _role(self, row: Any) -> tuple[PractitionerView, RoleView]:
        who = (row.dataset_id, row.practitioner_key)
        person, source = self.people[who], self.names[row.dataset_id]
        facts = {name: getattr(person, name, None) for name in PractitionerView._fields}
        facts.update((name, one.value) for name, one in self.filled.get(who, {}).items())
        facts.update({name: tuple(facts[name]) for name in ("languages", "specialties")})
        public_id = f"npi:{person.npi}" if person.npi else f"person:{source}:{person.key}"
        group = self.index.catalogue.group_of(facts["specialties"])
        place = self.by_key[row.dataset_id, row.location_key]
        role = {name: getattr(row, name, None) for name in RoleView._fields}
        role["telehealth_states"] = tuple(row.telehealth_states)
        said = said_by(self.said, row.dataset_id, row.practitioner_key, row.location_key)
        return PractitionerView(**{**facts, "public_id": public_id, "group": group, "source": source}), RoleView(
            **{**role, "public_id": f"role:{public_id}@{place.public_id}", "location": place, "declared": said}
        )


def bare(index: Index) -> Index:
    """Return an index whose snapshot carries nothing of details."""
    snapshot = index.snapshot
    columns = {name: column for name, column in snapshot.columns.items() if not name.endswith(OF_CARRIED)}
    return Index(replace(snapshot, columns=columns), index.edition)


def carrying(index: Index, core: CoreWay) -> Index:
    """Return an index whose snapshot, stored and loaded, carries what it may."""
    snapshot = bare(index).snapshot
    said = {row: role.declared for row, (_person, role) in core.roles.items()}
    more = carry.pack_carried(core.connection, snapshot.columns, said, core.own, core.filled)
    whole = replace(
        snapshot, columns={**snapshot.columns, **more.columns}, words={**snapshot.words, **more.words}
    )  # fmt: skip
    return Index(type(whole).from_bytes(whole.to_bytes()), index.edition)


@pytest.fixture(scope="module")
def demo(shared_demo: Engine) -> Iterator[CoreWay]:
    with shared_demo.connect() as connection:
        yield CoreWay(connection, load_index(shared_demo))


@pytest.fixture(scope="module")
def made_up(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreWay]:
    """Three sources that share people by NPI."""
    engine, folder = open_engine(databases.fresh(demo=False)), tmp_path_factory.mktemp("details")
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    for name, seed, priority in (("alpha", 1, 10), ("beta", 2, 20), ("gamma", 4, 10)):
        MadeUp(catalogue, seed, places=60, people=120, spread=30).load(engine, folder, name, priority=priority)
    with engine.connect() as connection:
        yield CoreWay(connection, load_index(engine))
    engine.dispose()


@pytest.fixture(params=["demo", "made_up"])
def core(request: pytest.FixtureRequest, demo: CoreWay, made_up: CoreWay) -> CoreWay:
    return demo if request.param == "demo" else made_up


def ways(core: CoreWay, monkeypatch: pytest.MonkeyPatch) -> dict[str, Index]:
    """Return indexes that carry nothing, all but whole rows, and all."""
    found = {"nothing": bare(core.index), "all": carrying(core.index, core)}
    monkeypatch.setattr(carry, "CARRIED_BYTES", 1000)
    return {**found, "short": carrying(core.index, core)}


def test_every_row_is_read_as_by_sqlalchemy(core: CoreWay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enumerations, dates, lists, numbers and None alike; repr tells 1 from 1.0 and a list from a tuple."""
    for way, index in ways(core, monkeypatch).items():
        details = RowDetails(core.connection, index)
        for read, expected in (
            (details.locations, core.places),
            (details.roles, core.roles),
            (details.place_declared, core.own),
        ):
            rows: list[int] = sorted(expected, key=lambda row: row * 7919 % 1009)
            found = read(rows)
            assert list(found) == rows, way
            assert all(found[row] == expected[row] for row in rows), way
            assert {row: repr(one) for row, one in found.items()} == {row: repr(expected[row]) for row in rows}, way
    assert any(place.services for place in core.places.values())
    assert any(place.verified_on or place.latitude for place in core.places.values())
    assert any(len(role.declared) > 1 for _person, role in core.roles.values())
    assert core.filled or len(core.names) == 1


def test_what_is_carried_is_not_asked_of_the_database(core: CoreWay, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    plain: Callable[..., Any] = Quick.plain_rows
    columns = core.index.snapshot.columns
    rows, places = columns["role_row"].tolist()[:10], columns["place_row"].tolist()[:10]
    counts = {}
    for way, index in ways(core, monkeypatch).items():
        with monkeypatch.context() as patch:
            patch.setattr(Quick, "plain_rows", lambda *a, **k: asked.append(1) or plain(*a, **k))
            details = RowDetails(core.connection, index)
            assert details.locations(places) == {row: core.places[row] for row in places}
            assert details.roles(rows) == {row: core.roles[row] for row in rows}
            assert details.place_declared(places) == {row: core.own[row] for row in places}
        counts[way] = len(asked)
        asked.clear()
    assert counts["all"] == 0
    assert counts["short"] < counts["nothing"]


def test_no_rows_and_rows_that_are_not_there(core: CoreWay, monkeypatch: pytest.MonkeyPatch) -> None:
    place, role = next(iter(core.places)), next(iter(core.roles))
    for index in ways(core, monkeypatch).values():
        details = RowDetails(core.connection, index)
        assert (details.locations([]), details.roles([]), details.place_declared([])) == ({}, {}, {})
        assert (details.locations([10**9]), details.roles([10**9])) == ({}, {})
        assert list(details.locations([10**9, place, place])) == [place]
        assert list(details.roles([10**9, role, role])) == [role]


def test_a_date_is_a_date_and_not_its_words(core: CoreWay) -> None:
    days = [one.approved_on for _person, role in core.roles.values() for one in role.declared]
    assert {type(day) for day in days} <= {dt.date, type(None)}


def test_trouble_of_the_database_has_its_name(engine: Engine) -> None:
    """Read past SQLAlchemy, and told as by it."""
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE location RENAME TO elsewhere")
        with pytest.raises(SQLAlchemyError, match="location"):
            PLACES.columns(connection, rows=[1])
        connection.rollback()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_lost_server_is_told_as_storage_gone(engine: Engine) -> None:
    with engine.connect() as connection, engine.connect() as other:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        other.exec_driver_sql(f"SELECT pg_terminate_backend({number})")
        with pytest.raises(StorageFailed) as failed:
            PLACES.columns(connection, rows=[1])
        assert failed.value.code == "storage_gone"
