"""PostGIS as the engine: whole answers by the oracle, what is fetched proved, editions that follow each other."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from finder.config import read_settings
from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.edition import searched_rows
from finder.db.geography import search_tables_of
from finder.desk.publish import publish_beside, republish
from finder.desk.setup import set_up
from finder.errors import SettingError
from finder.geo import least_geodesic_m, most_on_sphere_m
from finder.search.answer import search
from finder.search.filters import Wanted
from finder.search.index import Index
from finder.search.loading import load_edition
from finder.search.postgis import PostgisIndex
from finder.search.postgis_rows import prune_rows
from finder.search.postgis_walk import Fetched, StoredWalk, beyond_of
from finder.search.query import SearchQuery
from finder.search.results import SearchResults
from finder.search.snapshot import LAYOUT
from finder.web import create_app
from tests.conftest import Databases, load_index, postgres_url
from tests.search.made_up import DAY_ONE, MadeUp
from tests.search.test_against_oracle import SEEDS, Ready, compare, question, ready
from tests.search.walks import Rows, bare, rows_at

_RADIUS = (2 * 6378137.0 + 6356752.314245179) / 3
coarse = st.tuples(st.integers(-6, 6).map(lambda n: n * 15.0), st.integers(-12, 12).map(lambda n: n * 15.0))
anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | coarse


def on_sphere(here: tuple[float, float], latitudes: np.ndarray, longitudes: np.ndarray) -> np.ndarray:
    """Return distances on PostGIS's sphere, by the formula of its own `sphere_distance`."""
    lat, lon, lats, lons = np.radians(here[0]), np.radians(here[1]), np.radians(latitudes), np.radians(longitudes)
    east, north = (
        np.cos(lats) * np.sin(lons - lon),
        np.cos(lat) * np.sin(lats) - np.sin(lat) * np.cos(lats) * np.cos(lons - lon),
    )
    along = np.sin(lat) * np.sin(lats) + np.cos(lat) * np.cos(lats) * np.cos(lons - lon)
    return _RADIUS * np.arctan2(np.hypot(east, north), along)


def stored(rows: Rows, here: tuple[float, float]) -> StoredWalk:
    """Return a walk whose rows are fetched as PostGIS would bring them."""
    apart = on_sphere(here, *rows.tree.at(rows.points))

    def fetch(limit: int, radius_m: float | None) -> Fetched:
        near = np.argsort(apart, kind="stable")
        near = near[apart[near] <= (math.inf if radius_m is None else most_on_sphere_m(radius_m))][:limit]
        kept = np.zeros(len(rows.points), bool)
        kept[near] = True
        is_cut = len(near) >= limit
        last = least_geodesic_m(float(apart[near].max())) if is_cut else 0.0
        walk = rows.walk(here, lambda numbers: kept[numbers], max(float(kept.mean()), 1e-6))
        return Fetched(walk, len(near), beyond_of(is_cut, last, radius_m), not is_cut and radius_m is None, {})

    return StoredWalk(fetch)


@given(
    st.lists(anywhere, unique=True, min_size=1, max_size=120),
    anywhere,
    st.integers(0, 99),
    st.integers(1, 40),
    st.data(),
)
def test_what_is_fetched_by_the_sphere_is_proved_by_the_geodesic(
    some: list[tuple[float, float]], here: tuple[float, float], seed: int, k: int, data: st.DataObject
) -> None:
    lat, lon = (np.array(axis, float) for axis in zip(*some, strict=True))
    rows = rows_at(lat, lon, np.random.default_rng(seed), 2.0)
    whole, walk = rows.brute(here), stored(rows, here)
    out = data.draw(st.sets(st.sampled_from([one[1] for one in whole]), max_size=3))
    radius = data.draw(st.sampled_from((None, *(one[2] for one in whole))))
    near = {subject for _row, subject, far in whole if radius is None or far <= radius}
    found = walk.within(radius, k)
    assert len(found) == len(set(found)) == min(len(near), k)
    assert set(found) <= near
    assert bare(walk.first(k, out)) == [one for one in whole if one[1] not in out][:k]
    assert bare(stored(rows, here).first(k)) == whole[:k]
    assert walk.are_at_most(k) == (len(rows.points) <= k)


def test_no_geodesic_is_shorter_than_the_sphere_allows() -> None:
    """The bound is met at the equator on a way north, and only there: without it answers would be missed."""
    draw = np.random.default_rng(4)
    lat, lon = draw.uniform(-90, 90, 20_000), draw.uniform(-180, 180, 20_000)
    rows = Rows(rows_at(lat, lon, draw, 1.0).tree, np.arange(20_000), np.arange(20_000))
    for here in ((0.0, 0.0), (37.5, -77.4), (90.0, 0.0), (-14.3, 179.9)):
        apart = on_sphere(here, *rows.tree.at(rows.points))
        exact = np.array([one[2] for one in sorted(rows.brute(here))])
        assert (exact >= [least_geodesic_m(one) for one in apart.tolist()]).all()
    north = on_sphere((0.0, 0.0), np.array([0.01]), np.array([0.0]))[0]
    assert 1105.742 < least_geodesic_m(north) < 1105.743  # the geodesic is 1105.7428 m


@pytest.fixture(scope="module", params=["postgresql"])
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Fresh databases of PostgreSQL alone."""
    postgres_url()
    made = Databases("postgresql", Path(tmp_path_factory.mktemp("postgis")))
    yield made
    made.drop()


@pytest.fixture(scope="module")
def engine_in_postgis(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two sources that share people, some 1,500 roles, searched by PostGIS."""
    engine, folder = open_engine(databases.fresh(demo=False)), Path(tmp_path_factory.mktemp("made-up"))
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    MadeUp(catalogue, SEEDS["alpha"], places=250, people=600, spread=60).load(engine, folder, "alpha", priority=10)
    engine.update_execution_options(finder_engine="postgis")
    MadeUp(catalogue, SEEDS["beta"], places=60, people=150, spread=20).load(engine, folder, "beta", priority=20)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def crowded(engine_in_postgis: Engine) -> Iterator[Ready]:
    with engine_in_postgis.connect() as connection:
        made, stored_index = ready(engine_in_postgis, connection), in_postgis(engine_in_postgis)
        yield replace(made, index=stored_index)
        stored_index.close()


def in_postgis(engine: Engine) -> PostgisIndex:
    found = load_edition(engine)
    assert isinstance(found, PostgisIndex)
    return found


def test_random_questions_equal_brute_force(crowded: Ready) -> None:
    draw = random.Random(20261130)
    for _ in range(120):
        compare(crowded, *question(draw, crowded))
    assert crowded.seen["ties"] > 200
    assert min(crowded.seen[name] for name in ("level first", "widened", "emergency", "procedures", "stated", "video", "own first", "own only")) > 1  # fmt: skip


def test_answers_are_those_of_the_index_with_all_that_goes_beside_them(
    crowded: Ready, engine_in_postgis: Engine
) -> None:
    index, connection = load_index(engine_in_postgis), crowded.connection
    assert not any(
        len(crowded.index.snapshot.columns[name]) for name in ("role_row", "place_row", "point_lat", "person_ticket")
    )
    assert crowded.index.rows.counts == index.rows.counts
    assert crowded.index.organizations.names == index.organizations.names
    asked = [
        SearchQuery(crowded.near[0], name="Person12"), SearchQuery(crowded.near[1], name="Test Person5", radius=None),
        SearchQuery(crowded.near[2], name="Place 3", unit="places"), SearchQuery(crowded.near[3], name="Place 31"),
        SearchQuery(crowded.near[4], "labral-tear", name="Persn12"), SearchQuery(crowded.near[5], name="nobody of this name"),
        SearchQuery(crowded.near[0], "labral-tear", unit="places"), SearchQuery(crowded.near[0], "hip-pain", radius=10.0),
        SearchQuery(crowded.near[1], new_patients="yes", language="es", radius=10.0),
    ]  # fmt: skip
    found = [plain(search(crowded.index, connection, one, DAY_ONE, with_choices=True)) for one in asked]
    assert found == [plain(search(index, connection, one, DAY_ONE, with_choices=True)) for one in asked]
    assert sum(bool(one.choices) for one in found) > 2


def plain(found: SearchResults) -> SearchResults:
    """Leave out what is counted of some of very many, which may be others."""
    return found if found.within_asked < 200 and found.radius_miles is not None else replace(found, choices=())


def test_editions_never_mix_and_what_is_over_is_dropped(databases: Databases) -> None:
    engine = open_engine(databases.fresh(demo=True))
    engine.update_execution_options(finder_engine="postgis")
    republish(engine, "test", "rows for PostGIS")
    before, whole = in_postgis(engine), load_index(engine)
    wanted, here = Wanted("people", organization="larkspindle-health"), (37.5, -77.5)
    expected = whole.nearest(*here, wanted, 20, DAY_ONE)
    assert expected

    def rows_in_force(connection: Connection) -> str | None:
        known = searched_rows(connection, LAYOUT)
        return known[1] if known else None

    with engine.connect() as connection:
        first = rows_in_force(connection)
    publish_beside(engine, lambda connection, now, edition: None)
    with engine.connect() as connection:
        assert rows_in_force(connection) == first, "what no snapshot holds needs no other rows"
    for _ in range(3):
        republish(engine, "test", "again")
    after = in_postgis(engine)
    assert after.edition == before.edition + 4
    assert before.nearest(*here, wanted, 20, DAY_ONE) == after.nearest(*here, wanted, 20, DAY_ONE) == expected
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    with engine.connect() as connection:
        assert first in search_tables_of(connection), "for an hour a worker may still read them"
    assert first in prune_rows(engine, later)
    with engine.connect() as connection:
        assert len(search_tables_of(connection)) == 3
        assert connection.scalar(text("SELECT count(*) FROM search_edition")) == 3
    assert after.nearest(*here, wanted, 20, DAY_ONE) == expected
    for one in (before, after):
        one.close()
    engine.dispose()


def test_the_setting_decides_in_every_worker_and_command(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh(demo=True)
    engine = open_engine(url)
    assert type(load_edition(engine)) is Index
    engine.update_execution_options(finder_engine="postgis")
    assert set_up(engine, tmp_path, demo=False) == ["edition_raised"]
    assert set_up(engine, tmp_path, demo=False) == []
    for choice, kind in (("postgis", PostgisIndex), ("auto", PostgisIndex), ("index", Index)):
        app = create_app(
            read_settings({"FINDER_DATABASE_URL": url, "FINDER_HOME": str(tmp_path), "FINDER_ENGINE": choice}),
            today=DAY_ONE,
        )
        directory = app.extensions["finder"].directory
        assert type(directory.index) is kind
        for address in ("/specialists?zip=23220&condition=labral-tear", "/places?zip=23220", "/about-the-data", "/"):
            assert app.test_client().get(address).status_code == 200
        directory.stop()
    engine.dispose()


def test_it_is_refused_on_sqlite(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'finder.db'}")
    engine.update_execution_options(finder_engine="postgis")
    with pytest.raises(SettingError) as refused:
        set_up(engine, tmp_path, demo=False)
    assert refused.value.code == "engine_needs_postgresql"
    engine.dispose()


def test_where_postgis_cannot_be_added_the_index_goes_on(databases: Databases, tmp_path: Path) -> None:
    """Whoever is no administrator of the database may not add PostGIS."""
    engine = open_engine(databases.fresh(demo=True))
    with engine.begin() as connection:
        for statement in (
            "CREATE ROLE finder_plain",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO finder_plain",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO finder_plain",
        ):
            connection.execute(text(statement))
    plain_engine = open_engine(
        engine.url.render_as_string(hide_password=False), connect_args={"options": "-c role=finder_plain"}
    )
    plain_engine.update_execution_options(finder_engine="postgis")
    with pytest.raises(SettingError) as refused:
        set_up(plain_engine, tmp_path, demo=False)
    assert refused.value.code == "engine_needs_postgis"
    before = load_index(engine).edition
    assert republish(plain_engine, "test", "without PostGIS") == before + 1
    assert type(load_edition(plain_engine)) is Index
    plain_engine.dispose()
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY finder_plain"))
        connection.execute(text("DROP ROLE finder_plain"))
    engine.dispose()
