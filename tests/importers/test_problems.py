"""The problems of a version that is kept: counted, narrowed down, as a table, and shown as they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from finder.db.datasets import Dataset, ImportProblem, Outcome
from finder.importers.outputs import csv_rows
from finder.importers.pipeline import import_files
from finder.importers.problems import PROBLEMS, StoredProblems, visible, write_problems
from tests.sample_files import locations

GOOD = "main,Main,,clinic,VA,23220,37.55,-77.46,"


# Section, row, column, what was there, code, parameters, outcome: as an import leaves them, in the order of the rows.
STORED: list[tuple[str, int, str, str, str, dict[str, Any], Outcome]] = [
    ("locations", 3, "state", "Ohioo", "state_unknown", {}, Outcome.REFUSED),
    ("locations", 4, "state", "=cmd()", "state_unknown", {}, Outcome.REFUSED),
    ("locations", 5, "zip_code", "2115", "zip_zero_restored", {"mended": "02115"}, Outcome.MENDED),
    ("locations", 5, "latitude", "", "position_from_zip", {"zip_code": "02115"}, Outcome.NOTED),
    ("locations", 6, "zip_code", "2116", "zip_zero_restored", {"mended": "02116"}, Outcome.MENDED),
    ("locations", 6, "latitude", "", "position_from_zip", {"zip_code": "02116"}, Outcome.NOTED),
    ("locations", 7, "location_id", "bad\nid", "key_malformed", {}, Outcome.REFUSED),
    ("locations", 7, "phone", "x", "phone_malformed", {}, Outcome.LEFT_OUT),
    ("plans", 0, "", "", "carried_over_lost", {"rows": 2}, Outcome.NOTED),
]  # fmt: skip


@pytest.fixture
def kept(engine: Engine, tmp_path: Path) -> Engine:
    """A database with a version of source "clinic" that has problems of every outcome."""
    dataset_id = import_files(engine, [locations(tmp_path / "places.csv", GOOD)], "clinic").dataset_id
    names = ("section", "row_number", "column_name", "value", "code", "params", "outcome")
    rows = [{"dataset_id": dataset_id, **dict(zip(names, one, strict=True))} for one in STORED]
    with engine.begin() as connection:
        connection.execute(insert(ImportProblem), rows)
    return engine


def the_version(connection: Connection) -> int:
    return connection.scalars(select(Dataset.id)).one()


def told(engine: Engine, *wanted: Any) -> list[tuple[Any, ...]]:
    """Return code, outcome and number of each group."""
    with engine.connect() as connection:
        groups = StoredProblems(connection, the_version(connection), *wanted).groups(2)
    assert all(1 <= len(group.first) <= 2 for group in groups)
    assert all({row.code for row in group.first} == {group.code} for group in groups)
    return [(group.code, group.outcome, group.number) for group in groups]


def test_refused_rows_come_first_then_the_most_frequent(kept: Engine) -> None:
    assert told(kept) == [
        ("state_unknown", Outcome.REFUSED, 2),
        ("key_malformed", Outcome.REFUSED, 1),
        ("phone_malformed", Outcome.LEFT_OUT, 1),
        ("zip_zero_restored", Outcome.MENDED, 2),
        ("position_from_zip", Outcome.NOTED, 2),
        ("carried_over_lost", Outcome.NOTED, 1),
    ]


def test_they_can_be_narrowed_down(kept: Engine) -> None:
    assert told(kept, None, Outcome.MENDED) == [("zip_zero_restored", Outcome.MENDED, 2)]
    assert told(kept, "locations", Outcome.NOTED) == [("position_from_zip", Outcome.NOTED, 2)]
    assert told(kept, None, Outcome.LEFT_OUT) == [("phone_malformed", Outcome.LEFT_OUT, 1)]
    assert told(kept, "plans") == [("carried_over_lost", Outcome.NOTED, 1)]
    assert told(kept, "services") == told(kept, "plans", Outcome.REFUSED) == []


def test_the_table_has_them_row_by_row(kept: Engine) -> None:
    out = io.StringIO(newline="")
    with kept.connect() as connection:
        stored = StoredProblems(connection, the_version(connection))
        assert write_problems(csv_rows(out), stored.rows(), lambda code, params: f"{code} {sorted(params)}") == len(
            STORED
        )
    rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert {len(row) for row in rows} == {len(PROBLEMS.header)} == {len(PROBLEMS.widths)}
    assert rows[0] == ["locations", "3", "state", "Ohioo", "state_unknown []", "refused", "state_unknown"]
    assert rows[1][3] == "'=cmd()"
    assert rows[2] == [
        "locations",
        "5",
        "zip_code",
        "2115",
        "zip_zero_restored ['mended']",
        "mended",
        "zip_zero_restored",
    ]
    assert rows[6][3] == "bad\u240aid"
    # What is about the whole file has no row.
    assert [row[1] for row in rows] == ["3", "4", "5", "5", "6", "6", "7", "7", ""]


def test_it_is_told_where_not_all_were_kept(kept: Engine) -> None:
    def counts() -> dict[str, tuple[int, int]]:
        with kept.connect() as connection:
            groups = StoredProblems(connection, the_version(connection), section="locations").groups(1)
        return {group.code: (group.kept, group.found) for group in groups}

    assert set(counts().values()) == {(2, 2), (1, 1)}
    with kept.begin() as connection:
        totals = {"problems": {"zip_zero_restored": 2574, "state_unknown": 2}}
        connection.execute(update(Dataset).values(counts=totals))
    assert counts()["zip_zero_restored"] == (2, 2574)
    assert counts()["state_unknown"] == (2, 2)
    assert counts()["key_malformed"] == (1, 1)


def test_what_is_not_seen_is_shown() -> None:
    assert visible("a\0b\x1b[31m\r\n\x7f") == "a\u2400b\u241b[31m\u240d\u240a\u2421"
    assert visible("\u202eabc\x9b\ufeff\u200b") == "<U+202E>abc<U+009B><U+FEFF><U+200B>"
    assert visible("Ñandú 🦴 \U0001f469\u200d\u2695\ufe0f") == "Ñandú 🦴 \U0001f469\u200d\u2695\ufe0f"
