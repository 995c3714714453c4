"""Other ways to find the nearest k, as they are commonly written, over the same points and one filter of a fifth.

Each is made once and answers `nearest(latitude, longitude, k)` with the numbers of rows, nearest first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from geopy.distance import geodesic
from numpy.typing import NDArray
from pyproj import Geod
from scipy.spatial import cKDTree
from sqlalchemy import TextClause, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from finder.db.dialect import open_engine
from finder.geo import earth_xyz

_WGS84 = Geod(ellps="WGS84")
_BOX_DEGREES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 360.0)
Numbers = NDArray[np.int64]
Nearest = Callable[[float, float, int], list[int]]


class Made:
    """Rows by latitude and longitude, and which of them pass the filter."""

    def __init__(
        self, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64], passing: NDArray[np.bool_]
    ) -> None:
        self.latitudes, self.longitudes, self.passing = latitudes, longitudes, passing

    def metres(self, latitude: float, longitude: float, rows: Numbers) -> NDArray[np.float64]:
        """Return the geodesic distance of rows."""
        here = np.full(len(rows), longitude), np.full(len(rows), latitude)
        return np.asarray(_WGS84.inv(*here, self.longitudes[rows], self.latitudes[rows])[2])


def yardstick(made: Made, points: NDArray[np.float64]) -> Callable[[int, int], list[int]]:
    """Return bare scipy from the n-th of some origins: one query for k + 16, one Geod.inv, one sort.

    It knows no filters, ties, people or proof, and the origins' x, y, z are ready.
    """
    tree, xyz = cKDTree(earth_xyz(made.latitudes, made.longitudes)), earth_xyz(points[:, 0], points[:, 1])
    lat, lon = points[:, 0].tolist(), points[:, 1].tolist()

    def nearest(which: int, k: int) -> list[int]:
        return _exact(made, lat[which], lon[which], tree.query(xyz[which], k=k + 16)[1], k)

    return nearest


def scan(made: Made) -> Nearest:
    """Return numpy: chords of all rows that pass, the smallest k + 16, then exact."""
    rows = np.flatnonzero(made.passing)
    xyz = earth_xyz(made.latitudes[rows], made.longitudes[rows])

    def nearest(latitude: float, longitude: float, k: int) -> list[int]:
        here = earth_xyz(np.array([latitude]), np.array([longitude]))[0]
        chords = ((xyz - here) ** 2).sum(axis=1)
        some = min(k + 16, len(rows))
        return _exact(made, latitude, longitude, rows[np.argpartition(chords, some - 1)[:some]], k)

    return nearest


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "row"

    id: Mapped[int] = mapped_column(primary_key=True)
    latitude: Mapped[float] = mapped_column(index=True)
    longitude: Mapped[float]
    passing: Mapped[bool]


def orm_with_geopy(made: Made, folder: Path) -> Nearest:
    """Return the usual Flask app: a box in degrees by the ORM, geopy for every row in it, sort."""
    engine = create_engine(f"sqlite:///{folder / 'orm.db'}")
    _Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        connection.exec_driver_sql("INSERT INTO row VALUES (?, ?, ?, ?)", _tuples(made))

    def nearest(latitude: float, longitude: float, k: int) -> list[int]:
        with Session(engine) as session:
            for half in _BOX_DEGREES:
                found = session.scalars(
                    select(_Row).where(
                        _Row.latitude.between(latitude - half, latitude + half),
                        _Row.longitude.between(longitude - half, longitude + half), _Row.passing,
                    )
                ).all()  # fmt: skip
                if len(found) >= k:
                    break
            here = latitude, longitude
            near = sorted(found, key=lambda row: geodesic(here, (row.latitude, row.longitude)).m)
            return [row.id for row in near[:k]]

    return nearest


def r_tree(made: Made, folder: Path) -> Nearest:
    """Return SQLite's R*Tree: a growing box, then exact distances of what lies in it."""
    connection = sqlite3.connect(folder / "rtree.db")
    connection.execute("CREATE VIRTUAL TABLE box USING rtree(id, south, north, west, east)")
    rows = zip(range(len(made.latitudes)), made.latitudes.tolist(), made.latitudes.tolist(), made.longitudes.tolist(), made.longitudes.tolist(), strict=True)  # fmt: skip
    connection.executemany("INSERT INTO box VALUES (?, ?, ?, ?, ?)", rows)
    asked = "SELECT id FROM box WHERE south >= ? AND north <= ? AND west >= ? AND east <= ?"

    def nearest(latitude: float, longitude: float, k: int) -> list[int]:
        found: Numbers = np.empty(0, np.int64)
        for half in _BOX_DEGREES:
            box = latitude - half, latitude + half, longitude - half, longitude + half
            found = np.array([row[0] for row in connection.execute(asked, box)], np.int64)
            found = found[made.passing[found]]
            if len(found) >= k:
                break
        return _exact(made, latitude, longitude, found, k)

    return nearest


@contextmanager
def postgis(made: Made, address: str) -> Iterator[dict[str, Nearest]]:
    """Give PostGIS's KNN as it is commonly written, and corrected: more fetched, sorted by ST_Distance."""
    engine = open_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        connection.execute(text("DROP TABLE IF EXISTS bench_row"))
        connection.execute(text("CREATE TABLE bench_row (id int PRIMARY KEY, geog geography(Point), passing bool)"))
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy("COPY bench_row (id, geog, passing) FROM STDIN") as copy:
            for number, latitude, longitude, passing in _tuples(made):
                copy.write_row((number, f"SRID=4326;POINT({longitude} {latitude})", passing))
        connection.execute(text("CREATE INDEX ON bench_row USING gist (geog) WHERE passing"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE bench_row"))
        point = "ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326)::geography"
        common = text(f"SELECT id FROM bench_row WHERE passing ORDER BY geog <-> {point} LIMIT :k")  # noqa: S608
        corrected = text(
            f"SELECT id FROM (SELECT id, geog FROM bench_row WHERE passing ORDER BY geog <-> {point} LIMIT :more) AS near "  # noqa: S608
            f"ORDER BY ST_Distance(geog, {point}) LIMIT :k"
        )

        def asking(question: TextClause) -> Nearest:
            def nearest(latitude: float, longitude: float, k: int) -> list[int]:
                told = {"latitude": latitude, "longitude": longitude, "k": k, "more": 2 * k + 16}
                return [row[0] for row in connection.execute(question, told)]

            return nearest

        yield {"PostGIS <-> LIMIT k": asking(common), "PostGIS <->, sorted again": asking(corrected)}
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE bench_row"))
    engine.dispose()


def _exact(made: Made, latitude: float, longitude: float, rows: Numbers, k: int) -> list[int]:
    metres = made.metres(latitude, longitude, rows)
    found: list[int] = rows[np.argsort(metres)[:k]].tolist()
    return found


def _tuples(made: Made) -> list[tuple[int, float, float, bool]]:
    return list(
        zip(
            range(len(made.latitudes)),
            made.latitudes.tolist(),
            made.longitudes.tolist(),
            made.passing.tolist(),
            strict=True,
        )
    )
