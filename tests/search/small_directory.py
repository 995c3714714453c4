"""Directories of a few rows, as a test needs them: written as files, imported, put in force, asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, update

from finder.db.datasets import Source
from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from finder.search.answer import search
from finder.search.query import SearchQuery
from finder.search.results import SearchResults
from tests.conftest import load_index
from tests.search.made_up import write

DAY = dt.date(2026, 11, 23)
RICHMOND = {"city": "Richmond", "state": "VA", "zip_code": "23220", "latitude": 37.55, "longitude": -77.46}
# A military address: no place on the map.
NOWHERE = {"state": "VA", "zip_code": "09012", "latitude": "", "longitude": ""}
SURGEON = {"given_name": "Test", "family_name": "Person", "specialties": "207XX0005X"}

Load = Callable[..., None]


def loader(engine: Engine, folder: Path) -> Load:
    """Return a function that imports rows as sections of a source and puts them in force."""

    def load(source: str = "ours", priority: int | None = None, **sections: list[dict[str, object]]) -> None:
        paths = [write(folder / f"{source}-{name}.csv", whole(rows)) for name, rows in sections.items()]
        report = import_files(engine, paths, source)
        assert not any(count.refused for count in report.sections.values()), report.problems
        if priority is not None:
            with engine.begin() as connection:
                connection.execute(update(Source).where(Source.name == source).values(priority=priority))
        activate(engine, source, None, "test")

    return load


def whole(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return rows that all have the same columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]


def place(key: str, **facts: object) -> dict[str, object]:
    """Return a place in Richmond."""
    return {"location_id": key, "name": f"Place {key}", **RICHMOND, **facts}


def person(key: str, at: str, **facts: object) -> dict[str, object]:
    """Return a surgeon at a place."""
    return {"person_id": key, "location_id": at, **SURGEON, **facts}


def ask(engine: Engine, today: dt.date = DAY, **question: object) -> SearchResults:
    """Ask the edition in force, from Richmond."""
    with engine.connect() as connection:
        return search(load_index(engine), connection, SearchQuery(**{"zip": "23220", **question}), today)


def people(results: SearchResults) -> list[str]:
    """Return the public ids of the people that the list which opens shows."""
    return [match.practitioner.public_id for match in results.main.matches]
