"""Databases for tests: every data test runs on SQLite and on a real PostgreSQL.

`scripts/test` starts the PostgreSQL and names it in FINDER_TEST_POSTGRES. Where it could not (outside CI only),
its tests are skipped and say so; with CI=true a missing one is an error.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text

from finder.db.dialect import open_engine
from finder.db.edition import load_snapshot
from finder.desk.setup import set_up
from finder.search.index import Index
from finder.search.snapshot import LAYOUT, Snapshot

settings.register_profile("same_every_time", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("same_every_time")

BACKENDS = ("sqlite", "postgresql")
SAMPLES = Path(__file__).parents[2] / "shared" / "data" / "samples"
_numbers = itertools.count()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has no share where a share of the long trials is asked for, and say so."""
    if 0 < int(os.environ.get("FINDER_PROOF_MINUTES") or 0) < 60:
        left_out = [one for one in items if one.get_closest_marker("undivided")]
        items[:] = [one for one in items if one not in left_out]
        config.hook.pytest_deselected(items=left_out)
        print(*(f"No share of this, so left to the whole proof: {one.nodeid}" for one in left_out), sep="\n")


def postgres_url() -> str:
    """Return the address of the tests' PostgreSQL server; skips (fails in CI) where there is none."""
    address = os.environ.get("FINDER_TEST_POSTGRES", "")
    if not address:
        message = "no PostgreSQL: run scripts/test, which starts one, or set FINDER_TEST_POSTGRES"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return address


class Databases:
    """Hands out fresh databases of one backend, copied from one that was set up once."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.backend = backend
        self._folder = folder
        self._templates: dict[bool, str] = {}
        self._made: list[str] = []

    def empty(self) -> str:
        """Return the address of a database without any table."""
        name = f"finder_{os.getpid()}_{next(_numbers)}"
        if self.backend == "sqlite":
            return f"sqlite:///{self._folder / name}.db"
        self._execute(f'CREATE DATABASE "{name}"')
        self._made.append(name)
        return str(make_url(postgres_url()).set(database=name).render_as_string(hide_password=False))

    def fresh(self, *, demo: bool) -> str:
        """Return the address of a database that is set up, with or without the demo."""
        if demo not in self._templates:
            url = self.empty()
            engine = open_engine(url)
            set_up(engine, self._folder / "backups", demo=demo)
            if self.backend == "sqlite":
                with engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
            self._templates[demo] = url
        template = make_url(self._templates[demo])
        if self.backend == "sqlite":
            url = self.empty()
            shutil.copyfile(str(template.database), str(make_url(url).database))
            return url
        name = f"finder_{os.getpid()}_{next(_numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"')
        self._made.append(name)
        return str(template.set(database=name).render_as_string(hide_password=False))

    def drop(self) -> None:
        """Remove what was made on the server, unless that ends with the tests: of thousands it takes minutes."""
        if self._made and os.environ.get("FINDER_TEST_POSTGRES_ENDS") != "true":
            self._execute(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self._made))

    def _execute(self, *statements: str) -> None:
        url = make_url(postgres_url()).set(drivername="postgresql+psycopg")
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        server.dispose()


@pytest.fixture(scope="session", params=BACKENDS)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Fresh databases, first all tests on SQLite, then all on PostgreSQL."""
    if request.param == "postgresql":
        postgres_url()
    made = Databases(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.drop()


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """A database of its own for one test: tables and catalogue, no data."""
    opened = open_engine(databases.fresh(demo=False))
    yield opened
    opened.dispose()


@pytest.fixture
def demo_engine(databases: Databases) -> Iterator[Engine]:
    """A database of its own for one test, with the demo in force."""
    opened = open_engine(databases.fresh(demo=True))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def shared_demo(databases: Databases) -> Iterator[Engine]:
    """A database with the demo in force, for tests that only read."""
    opened = open_engine(databases.fresh(demo=True))
    yield opened
    opened.dispose()


def load_index(engine: Engine) -> Index:
    """Load the edition in force, as a worker does."""
    stored = load_snapshot(engine, LAYOUT)
    assert stored is not None
    return Index(Snapshot.from_bytes(stored[1]), stored[0])


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file into the test's own folder and return its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
