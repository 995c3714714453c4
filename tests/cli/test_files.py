"""Files that people take away: templates, exports and lists of problems, in processes of their own."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from finder.db.datasets import Dataset
from finder.db.dialect import open_engine
from finder.importers.templates import SECTIONS, SHAPES, template_csv
from tests.cli.run import Terminal
from tests.sample_files import locations

GOOD = "main,Main Clinic,Clinics,clinic,VA,23220,37.55,-77.46,"


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize("name", ["plans", "roster"])
def test_a_template_on_the_terminal(terminal: Terminal, name: str) -> None:
    assert terminal.good("template", name) == template_csv(SHAPES[name])


def test_all_templates_as_a_workbook(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.good("template", "all", "--output", "finder.xlsx") == "Wrote finder.xlsx.\n"
    found = sheets(tmp_path / "finder.xlsx")
    assert list(found) == [*SECTIONS, "columns"]
    for name, section in SECTIONS.items():
        assert found[name] == list(csv.reader(template_csv(section).splitlines()))
    assert len(found["columns"]) == 1 + sum(len(section.columns) for section in SECTIONS.values())
    terminal.good("template", "all", "--output", "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "finder.xlsx").read_bytes()
    terminal.good("template", "roster", "--output", "roster.XLSX")
    found = sheets(tmp_path / "roster.XLSX")
    assert list(found) == ["roster", "columns"]
    assert len(found["columns"]) == 1 + len(SHAPES["roster"].columns)


def test_the_workbook_of_templates_can_be_imported(over_demo: Terminal, tmp_path: Path) -> None:
    over_demo.good("template", "all", "--output", "finder.xlsx")
    told = over_demo.good("import", "finder.xlsx", "--source", "trial", "--activate", "--keep-examples")
    assert told.count("3 rows read: 3 accepted, 0 refused") == len(SECTIONS)
    assert "columns: left out, since no column of it is known." in told
    assert "is active" in told


def test_templates_as_files(terminal: Terminal, tmp_path: Path) -> None:
    terminal.good("template", "all", "--output", "templates")
    assert {path.stem for path in (tmp_path / "templates").iterdir()} == set(SECTIONS)
    terminal.good("template", "plans", "--output", "plans.csv")
    terminal.good("template", "plans", "--output", "templates", "--overwrite")
    assert (tmp_path / "plans.csv").read_bytes().startswith(b"\xef\xbb\xbforganization,plan")
    assert (tmp_path / "plans.csv").read_bytes() == (tmp_path / "templates" / "plans.csv").read_bytes()
    assert "--output" in terminal.run("template", "all").err
    assert "one table only" in terminal.refused("template", "all", "--output", "all.csv")


def test_an_export_as_workbook_and_folder(on_each_demo: Terminal, tmp_path: Path) -> None:
    told = on_each_demo.good("export", "--source", "demo", "--output", "demo.xlsx")
    assert told.startswith("Wrote demo.xlsx: 63 locations, ")
    found = sheets(tmp_path / "demo.xlsx")
    assert list(found) == list(SECTIONS)
    on_each_demo.good("export", "--source", "demo", "--section", "all", "--output", "demo")
    for name in SECTIONS:
        content = (tmp_path / "demo" / f"{name}.csv").read_text(encoding="utf-8-sig")
        assert content == on_each_demo.good("export", "--source", "demo", "--section", name)
        assert found[name] == list(csv.reader(content.splitlines()))
    done = on_each_demo.run("export", "--source", "demo")
    assert done.out == (tmp_path / "demo" / "locations.csv").read_text(encoding="utf-8-sig")
    assert done.err.startswith("Not written: practitioners, capabilities, services, plans. Name one with --section")
    # The workbook in again, and out again.
    assert "0 refused" in on_each_demo.run("import", "demo.xlsx", "--source", "again").out
    on_each_demo.good("export", "--source", "again", "--version", "1", "--output", "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "demo.xlsx").read_bytes()


def test_a_section_without_rows(over_demo: Terminal, tmp_path: Path) -> None:
    over_demo.run("import", locations(tmp_path / "places.csv", GOOD), "--source", "small", "--activate")
    told = over_demo.good("export", "--source", "small", "--output", "small.xlsx")
    assert "Wrote small.xlsx: 1 locations.\nWithout any row: practitioners, " in told
    assert list(sheets(tmp_path / "small.xlsx")) == ["locations"]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plans.csv").write_text("rows of last year")
    assert "plans.csv is there already" in over_demo.refused("export", "--source", "small", "--output", "out")
    assert os.listdir(tmp_path / "out") == ["plans.csv"]
    over_demo.good("export", "--source", "small", "--output", "out", "--overwrite")
    assert sorted(os.listdir(tmp_path / "out")) == ["locations.csv", "plans.csv"]
    assert (
        (tmp_path / "out" / "plans.csv").read_text(encoding="utf-8-sig").startswith("organization,plan,accepts,as_of")
    )
    assert over_demo.good("export", "--source", "small", "--section", "plans").startswith(
        "organization,plan,accepts,as_of"
    )


def test_exports_that_are_refused(over_demo: Terminal, tmp_path: Path) -> None:
    def refused(*options: str) -> str:
        return over_demo.refused("export", *options)

    assert refused("--source", "nobody") == "There is no source nobody. Known: demo."
    assert refused("--source", "demo", "--version", "9") == "demo has no version 9 that can be used."
    assert refused("--source", "demo", "--output", "none/a.csv").startswith("There is no folder none.")
    assert refused("--source", "demo", "--output", "none/a.xlsx").startswith("There is no folder none.")
    assert refused("--source", "demo", "--output", "/proc/a.xlsx").startswith("/proc/a.xlsx cannot be written.")
    assert "one table only" in refused("--source", "demo", "--section", "all", "--output", "a.csv")
    assert "one table only" in refused("--source", "demo", "--output", "a.csv")
    assert "--output" in over_demo.run("export", "--source", "demo", "--section", "all").err
    engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'finder.db'}")
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(pruned_at=Dataset.created_at, active=False))
    engine.dispose()
    assert refused("--source", "demo", "--version", "1").startswith("Version 1 of demo was removed to save space.")
    assert sorted(os.listdir(tmp_path)) == ["var"]


def bad(terminal: Terminal, folder: Path) -> None:
    """Import five rows, of which three are no good."""
    rows = [f"p{n},Place {n},,clinic,Ohi{'o' * n},23220,,," for n in range(2, 5)]
    path = locations(
        folder / "places.csv",
        GOOD,
        *rows,
        "boston,Boston,,clinic,MA,2115,42.34,-71.1,",
        "main,Twice,,clinic,VA,23220,,,",
    )
    assert terminal.run("import", path, "--source", "bad").code == 1


def test_problems_on_the_terminal(on_each_demo: Terminal, tmp_path: Path) -> None:
    bad(on_each_demo, tmp_path)
    told = on_each_demo.good("problems", "bad")
    assert "refused 3: state_unknown. This is no US state or territory." in told
    assert '  locations row 3, state "Ohioo"\n' in told
    # What names another row is told row by row.
    assert 'locations row 7, location_id "main": The same stands in row 2. Keep one of the two.\n' in told
    assert told.index("refused 3:") < told.index("refused 1:") < told.index("mended 1: zip_zero_restored")
    refused = on_each_demo.good("problems", "bad", "--outcome", "refused", LANG="es_MX.UTF-8")
    assert "This is no US state" in refused
    assert "mended" not in refused
    assert on_each_demo.good("problems", "bad", "--section", "plans") == "Version 1 of bad has no such problems.\n"
    on_each_demo.good("import", locations(tmp_path / "good.csv", GOOD), "--source", "bad")
    assert on_each_demo.good("problems", "bad") == "Version 2 of bad has no problems.\n"
    assert on_each_demo.good("problems", "bad", "--version", "1") == told
    assert on_each_demo.refused("problems", "nobody") == "There is no source nobody. Known: bad, demo."
    assert on_each_demo.refused("problems", "bad", "--version", "7") == "bad has no version 7 that can be used."


def test_only_the_first_few_of_a_kind_are_shown(over_demo: Terminal, tmp_path: Path) -> None:
    rows = [f"p{n},Place,,clinic,Nowhere{n},23220,,," for n in range(9)]
    over_demo.run("import", locations(tmp_path / "places.csv", GOOD, *rows), "--source", "bad")
    told = over_demo.good("problems", "bad")
    assert told.count('"Nowhere') == 3
    assert "  ... and 6 more; --output problems.csv has them all." in told
    engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'finder.db'}")
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(counts={"problems": {"state_unknown": 2574}}))
    engine.dispose()
    kept = "  state_unknown: 2,574 were found; the first 9 are kept."
    told = over_demo.good("problems", "bad")
    assert kept in told
    assert "  ... and 6 more; --output problems.csv has those that are kept." in told
    assert kept in over_demo.good("problems", "bad", "--output", "problems.csv")


@pytest.mark.parametrize("name", ["problems.csv", "problems.xlsx"])
def test_problems_as_a_file(over_demo: Terminal, tmp_path: Path, name: str) -> None:
    bad(over_demo, tmp_path)
    told = over_demo.good("problems", "bad", "--outcome", "refused", "--output", name)
    assert told == f"Wrote {name}: 4 problems of version 1 of bad.\n"
    if name.endswith("xlsx"):
        rows = sheets(tmp_path / name)["problems"]
    else:
        rows = list(csv.reader((tmp_path / name).read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["section", "row", "column", "what was there", "what to write instead", "outcome", "code"]
    assert rows[1][:4] == ["locations", "3", "state", "Ohioo"]
    assert rows[1][5:] == ["refused", "state_unknown"]
    assert len(rows) == 5
    assert over_demo.refused("problems", "bad", "--output", f"none/{name}").startswith("There is no folder none.")


def test_problems_as_json(over_demo: Terminal, tmp_path: Path) -> None:
    bad(over_demo, tmp_path)
    found = json.loads(over_demo.good("problems", "bad", "--json"))
    assert (found["source"], found["version"]) == ("bad", 1)
    assert found["codes"][0] == {"code": "state_unknown", "outcome": "refused", "number": 3, "kept": 3, "found": 3}
    assert len(found["problems"]) == sum(one["number"] for one in found["codes"])
    assert found["problems"][0]["sentence"].startswith("This is no US state")
    assert {name: found["problems"][0][name] for name in ("section", "row", "column", "value")} == {
        "section": "locations", "row": 3, "column": "state", "value": "Ohioo",
    }  # fmt: skip
    none = json.loads(over_demo.good("problems", "bad", "--section", "plans", "--json"))
    assert (none["codes"], none["problems"]) == ([], [])
