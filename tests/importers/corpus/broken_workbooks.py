"""Workbooks that are damaged, or that hold nothing for us."""

from __future__ import annotations

import zipfile
from pathlib import Path

from finder.importers.rows import Limits
from tests.importers.corpus.entry import Entry, one
from tests.importers.corpus.workbook_parts import GOOD_ROWS, Make, packed, sheet_of_shared, sheet_xml, written

SHEET = "xl/worksheets/sheet1.xml"


def _refused(name: str, what: str, make: Make, code: str, **told: str) -> Entry:
    return Entry(name, what, one(make, "list.xlsx"), refusal=code, told=told)


def _cut(path: Path) -> None:
    written(Sheet1=GOOD_ROWS)(path)
    path.write_bytes(path.read_bytes()[:-200])


ENTRIES = [
    _refused("workbook-empty", "a workbook as new", written(Sheet1=[]), "file_empty"),
    _refused(
        "workbook-of-notes",
        "sheets of notes only",
        written(Notes=[["Please mind:"]], More=[["ask Jim"]]),
        "file_without_header",
    ),
    _refused(
        "workbook-section-twice",
        "two sheets of places",
        written(This=GOOD_ROWS, That=GOOD_ROWS),
        "section_twice",
        section="locations",
    ),
    Entry(
        "workbook-header-only",
        "a header alone",
        one(written(Sheet1=GOOD_ROWS[:1]), "list.xlsx"),
        source="another",
        refusal="file_without_rows",
    ),
    _refused(
        "workbook-titled-otherwise",
        "a sheet whose title says another section than its columns",
        written(plans=GOOD_ROWS),
        "file_without_header",
    ),
    _refused("workbook-cut-short", "a workbook of which the end is missing", _cut, "file_not_a_table"),
    _refused(
        "workbook-without-its-sheet",
        "a workbook that links to a sheet which is not there",
        packed(
            {"Sheet1": sheet_xml(), "Gone": ""},
            targets={"Sheet1": "worksheets/sheet1.xml", "Gone": "worksheets/../../gone.xml"},
        ),
        "file_not_a_table",
    ),
    _refused(
        "workbook-without-its-texts",
        "cells that refer to texts which are not there",
        packed({"Sheet1": sheet_of_shared([[0, 1, 2, 3], [4, 5, 6, 7]])}),
        "file_not_a_table",
    ),
    _refused(
        "workbook-xml-broken", "a sheet whose XML breaks off", packed({"Sheet1": sheet_xml()[:-60]}), "file_not_a_table"
    ),
    _refused(
        "workbook-damaged",
        "bytes of a packed sheet that were damaged",
        packed({"Sheet1": sheet_xml()}, damage=SHEET),
        "file_not_a_table",
    ),
    _refused(
        "workbook-damaged-stored",
        "bytes of a sheet that was not packed",
        packed({"Sheet1": sheet_xml()}, compression=zipfile.ZIP_STORED, damage=SHEET),
        "file_not_a_table",
    ),
    _refused(
        "workbook-damaged-bzip2",
        "the same, packed as no program packs workbooks",
        packed({"Sheet1": sheet_xml()}, compression=zipfile.ZIP_BZIP2, damage=SHEET),
        "file_not_a_table",
    ),
    _refused(
        "workbook-damaged-lzma",
        "the same, packed in yet another way",
        packed({"Sheet1": sheet_xml()}, compression=zipfile.ZIP_LZMA, damage=SHEET),
        "file_not_a_table",
    ),
    _refused(
        "workbook-bzip2",
        "a good workbook that is packed as no program packs workbooks",
        packed({"Sheet1": sheet_xml()}, compression=zipfile.ZIP_BZIP2),
        "file_not_a_table",
    ),
    _refused(
        "workbook-external-entity",
        "a sheet that asks for a file of ours",
        packed(
            {
                "Sheet1": sheet_xml(
                    [GOOD_ROWS[0], ["a", "&x;", "VA", "23220"]],
                    before='<!DOCTYPE w [<!ENTITY x SYSTEM "/etc/passwd">]>',
                )
            }
        ),
        "file_not_a_table",
    ),
    Entry(
        "workbook-above-its-limit",
        "a workbook with more cells than are allowed",
        one(written(Sheet1=[*GOOD_ROWS, *[["x"] * 4] * 300]), "list.xlsx"),
        wishes={"limits": Limits(workbook_cells=1000)},
        refusal="workbook_too_large",
        told={"limit": "1,000"},
    ),
]
