"""Every file of the corpus comes out as its entry says: refused whole with nothing changed, or taken and exact.

What is taken goes out and comes in again, byte for byte, as CSV and as a workbook.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from finder.db.datasets import Outcome
from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.errors import CODES, FileRefused
from finder.importers.exports import export_sections, section_rows
from finder.importers.outputs import opened
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import ImportReport
from finder.importers.templates import SECTIONS
from tests.conftest import Databases
from tests.importers.corpus import ENTRIES
from tests.importers.corpus.entry import Entry
from tests.sample_files import template_files, whole_database

SECONDS = 60
# Told of every place without a position, so that most entries do not name it.
USUAL = "position_from_zip"
# Codes of imports that no file alone can bring about.
NOT_BY_A_FILE = {
    "doctor_nothing_read": "what a web team pasted for `finder doctor`: tests/cli",
    "example_row": "of the templates as they come: tests/cli",
    "import_running": "needs two imports at once: test_pipeline",
    "layout_alone": "needs a public file without the one it goes with: test_layouts",
    "mapping_header_missing": "how the command line's --map is written: tests/cli",
    "mapping_header_unmapped": "how the command line's --forget is written: tests/cli",
    "mapping_malformed": "how the command line's --map is written: tests/cli",
    "output_exists": "writing: test_outputs",
    "output_folder_missing": "writing: test_outputs",
    "output_is_input": "writing: tests/cli",
    "output_not_written": "writing: test_outputs",
    "output_one_table": "writing: test_outputs",
    "workbook_full": "writing: test_workbooks",
}


def those(*, giant: bool, everywhere: bool = False) -> list[Any]:
    """Return entries as parameters of a test; where `everywhere`, only those that PostgreSQL gets too."""
    wanted = [entry for entry in ENTRIES if entry.giant is giant and (entry.everywhere or not everywhere)]
    return [pytest.param(entry, id=entry.name) for entry in wanted]


@pytest.fixture(scope="module")
def in_force(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with a version of the source in force. No test may change it."""
    engine = open_engine(databases.fresh(demo=False))
    put_in_force(engine, tmp_path_factory.mktemp("former"))
    yield engine
    engine.dispose()


def put_in_force(engine: Engine, folder: Path) -> None:
    import_files(engine, template_files(folder / "former"), "clinic")
    activate(engine, "clinic", None, "test")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("entry", those(giant=False))
def test_as_expected(databases: Databases, entry: Entry, in_force: Engine, engine: Engine, tmp_path: Path) -> None:
    check(entry, in_force, engine, tmp_path)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize("entry", those(giant=False, everywhere=True))
def test_as_expected_on_postgresql(
    databases: Databases, entry: Entry, in_force: Engine, engine: Engine, tmp_path: Path
) -> None:
    check(entry, in_force, engine, tmp_path)


def check(entry: Entry, in_force: Engine, engine: Engine, tmp_path: Path) -> None:
    """Check an entry: what it leaves of a version in force, and what comes of it in a database of its own."""
    paths = entry.write(tmp_path / "files")
    before = whole_database(in_force)
    for dry_run in (True, False) if entry.refusal else (True,):
        outcome = attempt(in_force, paths, entry, dry_run=dry_run)
        assert isinstance(outcome, FileRefused) is bool(entry.refusal), outcome
        assert whole_database(in_force) == before
        if isinstance(outcome, FileRefused):
            check_refusal(entry, outcome.code, outcome.params)
    if entry.refusal:
        return
    if entry.over:
        put_in_force(engine, tmp_path)
    report = attempt(engine, paths, entry)
    assert isinstance(report, ImportReport), report
    check_counts(entry, {name: vars(count) for name, count in report.sections.items()})
    expected = {key: list(rows) for key, rows in entry.problems.items()}
    assert told_in(report, entry) == expected, report.problems
    if entry.read_as:
        assert (report.files[0].encoding, report.files[0].delimiter) == entry.read_as
    check_cells(engine, entry, report.dataset_id)
    check_round_trip(engine, report.dataset_id, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("entry", those(giant=True))
def test_within_bounds(databases: Databases, entry: Entry, engine: Engine, tmp_path: Path) -> None:
    paths = entry.write(tmp_path / "files")
    if entry.refusal:
        put_in_force(engine, tmp_path)
    before = whole_database(engine)
    outcome = measured(engine, paths, entry)
    assert outcome["peak_mb"] < entry.most_mb
    if entry.refusal:
        check_refusal(entry, outcome.get("refusal"), outcome.get("params", {}))
        assert whole_database(engine) == before
        return
    check_counts(entry, outcome["counts"])
    expected = {code: len(rows) for code, rows in entry.problems.items()}
    assert {code: number for code, number in outcome["codes"].items() if code != USUAL} == expected
    check_cells(engine, entry, outcome["dataset_id"])
    check_round_trip(engine, outcome["dataset_id"], tmp_path)


def attempt(engine: Engine, paths: Sequence[Path], entry: Entry, **more: Any) -> ImportReport | FileRefused:
    """Import files as an entry wishes; return the report or the refusal. Nothing else may come out."""
    try:
        return import_files(engine, paths, entry.source, Wishes(**{**entry.wishes, **more}))
    except FileRefused as refusal:
        return refusal


def measured(engine: Engine, paths: Sequence[Path], entry: Entry) -> dict[str, Any]:
    """Import files in another process, which may take a minute; return its outcome and its peak of memory."""
    address = engine.url.render_as_string(hide_password=False)
    asked = pickle.dumps((address, entry.source, dict(entry.wishes), list(paths)))
    command = [sys.executable, "-m", "tests.importers.measured"]
    ran = subprocess.run(command, input=asked, capture_output=True, timeout=SECONDS, cwd=Path(__file__).parents[2])
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")[-2000:]
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def check_refusal(entry: Entry, code: str | None, params: dict[str, Any]) -> None:
    assert code == entry.refusal, params
    assert {name: params.get(name) for name in entry.told} == dict(entry.told)


def check_counts(entry: Entry, counts: dict[str, dict[str, int]]) -> None:
    """Check the rows of the section that an entry is about; of the others beside it every row must be good."""
    of_entry = {"accepted": entry.accepted, "refused": entry.refused, "blank": entry.blank}
    assert counts[entry.about] == {"read": sum(of_entry.values())} | of_entry
    for name, count in counts.items():
        assert name == entry.about or count["read"] == count["accepted"]


def told_in(report: ImportReport, entry: Entry) -> dict[str, list[int]]:
    """Return the rows that each code was told of, under the keys of an entry."""
    told: dict[str, list[int]] = {}
    for problem in report.problems:
        key = problem.code if problem.section == entry.about else f"{problem.section}.{problem.code}"
        if problem.code != USUAL or key in entry.problems:
            told.setdefault(key, []).append(problem.row_number)
    return told


def check_cells(engine: Engine, entry: Entry, dataset_id: int | None) -> None:
    """Check, column by column, what an export of the version says."""
    assert dataset_id is not None
    with engine.connect() as connection:
        for key, expected in entry.lands.items():
            name, column = key.split(".") if "." in key else (entry.about, key)
            place = [one.name for one in SECTIONS[name].columns].index(column)
            rows = section_rows(connection, dataset_id, SECTIONS[name])
            assert [row[place] for row in rows] == list(expected), key


def check_round_trip(engine: Engine, dataset_id: int | None, folder: Path) -> None:
    """Take a version out, in and out again, as CSV files and as a workbook: the same bytes, and nothing to be told."""
    first = exported(engine, dataset_id, folder / "first")
    book = folder / "first.xlsx"
    write_export(engine, dataset_id, book)
    if not first:
        return
    paths = [folder / "first" / name for name in first]
    again = import_files(engine, paths, "again")
    assert {one.outcome for one in again.problems} <= {Outcome.NOTED}, again.problems
    assert exported(engine, again.dataset_id, folder / "again") == first
    assert import_files(engine, [book], "again").same_as == again.version


def exported(engine: Engine, dataset_id: int | None, folder: Path) -> dict[str, bytes]:
    """Write a version into a folder as `finder export` does; return the files by name."""
    folder.mkdir()
    write_export(engine, dataset_id, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def write_export(engine: Engine, dataset_id: int | None, path: Path) -> None:
    assert dataset_id is not None
    with engine.connect() as connection, opened(path, in_folder=path.is_dir()) as begin:
        export_sections(connection, dataset_id, SECTIONS.values(), begin)


def test_the_corpus_is_large_and_each_entry_its_own() -> None:
    assert len(ENTRIES) >= 120
    assert [name for name, number in Counter(entry.name for entry in ENTRIES).items() if number > 1] == []


def test_every_code_of_an_import_is_brought_about() -> None:
    of_imports = {code for code, one in CODES.items() if one.kind in ("file", "row", "mend", "note")}
    covered = {code for entry in ENTRIES for code in entry.codes}
    assert covered <= of_imports
    assert of_imports - covered == set(NOT_BY_A_FILE)
