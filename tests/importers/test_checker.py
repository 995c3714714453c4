"""Rows checked a thousand at a time: the same as one by one, nothing lost where slices meet, bad cells left out."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from finder.db.datasets import Dataset, DatasetState, ImportProblem, Outcome
from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.importers import cells, checker
from finder.importers.columns import WHOLE_COLUMNS
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import KEPT_OF_A_KIND, Problem
from finder.importers.templates import SECTIONS, SHAPES, Column, template_csv
from finder.importers.vocabulary import Vocabulary
from tests.importers.checked import check
from tests.sample_files import HIP_SURGEON, locations, practitioners, write


def in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.section, one.row_number, one.column, one.code))


# For each column cells good and bad, few enough that keys repeat and rows contradict each other.
PLACE_CELLS = {
    "location_id": ["a", "b", "c", "d", "e", "no good", ""],
    "name": ["Quillmoor", "QUILLMOOR", "", "x" * 201, "\x07"],
    "organization": ["Quillmoor Health", "Other", ""],
    "kind": ["clinic", "castle", ""],
    "state": ["VA", "Virginia", "MA", "ZZ", ""],
    "zip_code": ["23220", "2115", "02115", "23220.0", "99999", "moon", ""],
    "latitude": ["37.55", "-77.46", "0", "99", "north", ""],
    "longitude": ["-77.46", "77.46", "37.55", "0", "4_0", ""],
    "phone": ["804-555-0100", "2.12E+12", "804/555/0100", ""],
    "hours": ["M-F 8-5", "at low tide", ""],
    "": ["", "", "stray"],
    "shape": ["round", ""],
}
PLACE_ROWS = st.lists(
    st.tuples(*(st.sampled_from(texts) for texts in PLACE_CELLS.values())).map(list)
    | st.just([""] * len(PLACE_CELLS)) | st.just([]) | st.just(["a", "Short"])
    # Whole up to where it ends, and with empty cells beyond the header.
    | st.integers(8, 20).map(lambda width: (["c", "Good", "", "", "VA", "23220", "37.55", "-77.46"] + [""] * 12)[:width])
    | st.just(["b", *[""] * len(PLACE_CELLS), "surplus"]),
    max_size=40,
)  # fmt: skip
PERSON_CELLS = {
    "person_id": ["ada", "bea", "", "no good"],
    "location_id": ["main", "north", "moon"],
    "npi": ["1234567893", "1003000126", "1234567890", "1.2E+09", ""],
    "given_name": ["Ada", "ADA", ""],
    "family_name": ["Fern", "MCDONALD", ""],
    "specialties": [HIP_SURGEON, "Orthopedic Surgery", "wizard"],
    "taxonomy": ["", "207X00000X"],
    "languages": ["en; es", "Klingon", ""],
    "youngest_age": ["14", "80", "old", ""],
    "oldest_age": ["18", ""],
    "telehealth": ["yes", "perhaps", ""],
    "listed_until": ["2026-11-22", "someday", ""],
}
PERSON_ROWS = st.lists(st.tuples(*(st.sampled_from(texts) for texts in PERSON_CELLS.values())).map(list), max_size=40)


@settings(max_examples=60)
@given(places=PLACE_ROWS, people=PERSON_ROWS)
def test_batches_of_any_size_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary, places: list[list[str]], people: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    good = ["main", "Main", "", "", "VA", "23220"], ["north", "North", "", "", "VA", "23226"]
    files = []
    for name, header, rows in (("p", PLACE_CELLS, [*good, *places]), ("q", PERSON_CELLS, people)):
        files.append(folder / f"{name}.csv")
        with open(files[-1], "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([list(header), *rows])
    whole = check(vocabulary, *files)
    for size in (1, 2, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checker, "BATCH_ROWS", size)
            records, problems, counts = check(vocabulary, *files)
        assert records == whole[0]
        assert in_order(problems) == in_order(whole[1])
        assert counts == whole[2]
    for count in whole[2].values():
        assert count.read == count.accepted + count.refused + count.blank
    refused = {(one.section, one.row_number) for one in whole[1] if one.outcome is Outcome.REFUSED}
    assert Counter(section for section, _row in refused) == Counter(
        {name: count.refused for name, count in whole[2].items() if count.refused}
    )


# Rows of which most need no closer look, but meet others that do: the same key, person, NPI or position.
def test_more_texts_than_are_remembered_are_read_all_the_same(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """A column's mended and bad cells are told of, however many other texts came in between."""
    rows = [f"p{n},CLINIC {n},,clinic,VA,23220,,,{'perhaps' if n % 100 == 0 else ''}" for n in range(3_000)]
    path = locations(tmp_path / "places.csv", *rows)
    whole = check(vocabulary, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checker, "_REMEMBERED_CELLS", 10)
        assert check(vocabulary, path) == whole
    codes = Counter(one.code for one in whole[1])
    assert (codes["capitals_mended"], codes["stated_malformed"]) == (3_000, 30)


def candidates() -> dict[str, list[str]]:
    """Return for each reader of whole columns cells of the kind that it is for, and others."""
    odd = ["", " ", "a\nb", "x" * 300, "É", "\x07", "'=1", "0", "\u0663\u0667.\u0665"]
    return {
        "key": ["main", "a.b-c_1", "a" * 80, "a" * 81, "-a", "a b"],
        "url": [
            "https://example.org/a",
            "http://x.org",
            "ftp://x.org",
            "https://x",
            "https://example.org/" + "a" * 1000,
        ],
        "lines": ["Ada", "1 Oak Road", "ADA", "'Ada", " Ada", "Ada  Fern", "o'Brien", "O\u2019Brien"],
        "phone": ["804-555-0100", "8045550100", "104-555-0100", "804-555-0100 x1"],
        "degrees": ["37.55", "-77.4603", "37", "+1.5", "1e4", "4_0.75", "nan", ".5"],
        "npi": ["1234567893", "1003000126", "1234567890", "123456789", "1234567893.0"],
        "other": ["yes", "clinic", "VA", "2026-11-22", "14", "23220"],
        "odd": odd,
    }


@settings(max_examples=300)
@given(data=st.data(), read=st.sampled_from(sorted(WHOLE_COLUMNS, key=lambda one: one.__qualname__ + str(id(one)))))
def test_a_column_read_at_once_is_read_as_cell_by_cell(data: st.DataObject, read: Any) -> None:
    pools = candidates()
    pool = data.draw(st.sampled_from([*pools.values()]))
    column = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6))
    found = WHOLE_COLUMNS[read](column)
    if found is not None:
        assert found == [read(cells.clean(text)) for text in column]
        assert all(text for text in column)


@pytest.mark.parametrize("read", WHOLE_COLUMNS)
def test_a_column_of_good_cells_is_read_at_once(read: Any) -> None:
    assert any(WHOLE_COLUMNS[read](pool[:1]) is not None for pool in candidates().values())


BAD = ("perhaps", "no such thing", "\x07", "x" * 1001, "1.2E+09")


def bad_cell(column: Column, vocabulary: Vocabulary) -> str | None:
    read = getattr(vocabulary, column.read) if isinstance(column.read, str) else column.read
    for text in BAD:
        try:
            read(text)
        except cells.CellError:
            return text
    return None


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name in SHAPES for column in SHAPES[name].columns], ids=lambda x: getattr(x, "name", x)
)  # fmt: skip
def test_a_bad_cell_is_left_out_unless_the_row_hangs_on_it(
    tmp_path: Path, vocabulary: Vocabulary, name: str, column: Column
) -> None:
    bad = bad_cell(column, vocabulary)
    assert bad is not None
    files = []
    for shape in ("roster",) if name == "roster" else SECTIONS:
        rows = list(csv.reader(template_csv(SHAPES[shape]).splitlines()))
        if shape == name:
            place = rows[0].index(column.name)
            rows[1][place] = bad
            if column.name == "profile":
                rows[1][rows[0].index("condition_or_procedure")] = ""
        files.append(tmp_path / f"{shape}.csv")
        with open(files[-1], "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    _records, problems, counts = check(vocabulary, *files)
    first = next(one for one in problems if one.section == name and one.row_number == 2)
    assert (first.column, first.value) == (column.name, bad[:400])
    # What a row is about, and what decides whether it is shown, cannot be left out of it.
    hangs = column.required or column.vital
    assert first.outcome is (Outcome.REFUSED if hangs else Outcome.LEFT_OUT)
    refused = {one.row_number for one in problems if one.section == name and one.outcome is Outcome.REFUSED}
    assert (2 in refused) == (hangs or column.name in SHAPES[name].key)
    assert counts[name].accepted == 3 - len(refused)


@pytest.mark.parametrize("width", range(4, 12))
def test_a_row_may_end_before_its_last_columns_or_after_them(engine: Engine, tmp_path: Path, width: int) -> None:
    header = "location_id,name,state,zip_code,latitude,longitude,phone,hours"
    rows = ["main,Main,VA,23220,37.55,-77.46,804-555-0100,Mon 8:00-17:00", "north,North,VA,23226,,,,"]
    lines = [",".join((row.split(",") + [""] * 8)[:width]) for row in rows]
    report = import_files(engine, [write(tmp_path / "places.csv", header, *lines)], "clinic")
    assert vars(report.sections["locations"]) == {"read": 2, "accepted": 2, "refused": 0, "blank": 0}
    assert set(report.problem_counts) <= {"position_from_zip", "position_half"}
    with engine.connect() as connection:
        hours = connection.scalars(select(Location.hours).order_by(Location.id)).all()
    assert hours == ["Mon 8:00-17:00" if width > 7 else "", ""]


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 4999, 5000, 5001, 10_001])
def test_nothing_is_lost_where_slices_meet(engine: Engine, tmp_path: Path, size: int) -> None:
    def row(n: int) -> str:
        # Bad rows stand on both sides of each thousand, and only there.
        bad = size > 1 and (n + 1) % 1000 in (0, 1)
        return f"p{n},Clinic {n},,clinic,{'ZZ' if bad else 'VA'},23220,37.55,-77.46,yes"

    rows = [row(n) for n in range(size)]
    path = locations(tmp_path / "places.csv", *rows)
    report = import_files(engine, [path], "clinic")
    good = [line.split(",")[0] for line in rows if ",VA," in line]
    with engine.connect() as connection:
        assert connection.scalars(select(Location.key).order_by(Location.id)).all() == good
        told = connection.scalars(
            select(ImportProblem.row_number).where(ImportProblem.outcome == Outcome.REFUSED)
        ).all()
    assert sorted(told) == [n + 2 for n, line in enumerate(rows) if ",ZZ," in line]
    assert vars(report.sections["locations"]) == {
        "read": size, "accepted": len(good), "refused": size - len(good), "blank": 0,
    }  # fmt: skip


@pytest.mark.parametrize("blank", [999, 1000, 1001, 2000, 7500])
def test_a_thousand_blank_rows_are_counted_and_nothing_else(engine: Engine, tmp_path: Path, blank: int) -> None:
    path = write(
        tmp_path / "places.csv", "location_id,name,state,zip_code", "a,A,VA,23220", *[",,,"] * blank, "b,B,VA,23220"
    )
    report = import_files(engine, [path], "clinic")
    assert vars(report.sections["locations"]) == {"read": blank + 2, "accepted": 2, "refused": 0, "blank": blank}
    assert set(report.problem_counts) == {"position_from_zip"}


def test_a_file_of_refused_rows_is_heard_of_all_the_way(engine: Engine, tmp_path: Path) -> None:
    """The heartbeat goes on though nothing is written but problems, and every one of these is kept."""
    bad = [f"p{n},Clinic,,clinic,ZZ,23220,,,perhaps" for n in range(12_500)]
    path = locations(tmp_path / "places.csv", *bad, "main,Main,,clinic,VA,23220,37.55,-77.46,")
    heard: list[tuple[int, int, int, DatasetState]] = []

    def hear(done: int, of: int) -> None:
        with engine.connect() as connection:
            dataset = connection.execute(select(Dataset.rows_done, Dataset.state)).one()
            kept = connection.scalar(select(func.count()).select_from(ImportProblem)) or 0
        assert dataset.rows_done == done
        assert of >= 12_501
        heard.append((done, of, kept, dataset.state))

    report = import_files(engine, [path], "clinic", Wishes(progress=hear))
    assert len(heard) >= 3
    assert [done for done, *_rest in heard] == sorted({done for done, *_rest in heard})
    assert heard[-1][0] == 12_501
    assert all(kept == 2 * min(done, 12_500) for done, _of, kept, _state in heard)
    assert {state for *_rest, state in heard} == {DatasetState.LOADING}
    assert report.problem_counts == {"state_unknown": 12_500, "stated_malformed": 12_500}


def test_of_mends_the_first_are_kept_and_all_are_counted(engine: Engine, tmp_path: Path) -> None:
    path = locations(
        tmp_path / "p.csv", *(f"p{n},CLINIC {n},,clinic,VA,23220,37.55,-77.46,maybe" for n in range(1_500))
    )
    report = import_files(engine, [path], "clinic")
    assert report.problem_counts == {"capitals_mended": 1_500, "stated_malformed": 1_500}
    with engine.connect() as connection:
        kept = connection.execute(select(ImportProblem.code, func.count()).group_by(ImportProblem.code)).all()
        counts = connection.scalar(select(Dataset.counts))
    assert dict(map(tuple, kept)) == {"capitals_mended": KEPT_OF_A_KIND, "stated_malformed": 1_500}
    assert counts["problems"] == {"capitals_mended": 1_500, "stated_malformed": 1_500}


def test_people_of_a_hundred_places_are_one(engine: Engine, tmp_path: Path) -> None:
    """Rows of one person stand in different slices, and still are one person, or contradict each other."""
    places = locations(tmp_path / "p.csv", *(f"p{n},Clinic,,clinic,VA,23220,,," for n in range(2_500)))
    names = ["Fern"] * 2_499 + ["Moss"]
    people = practitioners(
        tmp_path / "q.csv",
        *(f"ada,p{n},Ada,{name},{HIP_SURGEON}" for n, name in zip(itertools.count(), names, strict=False)),
    )
    report = import_files(engine, [places, people], "clinic")
    assert [(one.row_number, one.code, one.params) for one in report.problems if one.section == "practitioners"] == [
        (2_501, "person_differs", {"first_row": 2})
    ]
    with engine.connect() as connection:
        counted: Sequence[Any] = [
            connection.scalar(select(func.count()).select_from(t)) for t in (Practitioner, PractitionerRole)
        ]
    assert list(counted) == [1, 2_499]
