"""Workbooks as people and programs send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.importers.corpus.entry import GOOD, HIP_SURGEON, Entry, one
from tests.importers.corpus.workbook_parts import GOOD_ROWS, Make, dated, packed, sheet_xml, written

NAMES = ["Quillmoor Hospital", "Quillmoor North"]
PEOPLE_ROWS = [
    ["person_id", "location_id", "given_name", "family_name", "specialties", "npi"],
    ["ada", "main", "Ada", "Fern", HIP_SURGEON, 1234567893.0],
]
BAD_ROW = ["bad", "Bad", "Atlantis", "23220"]


def _book(name: str, what: str, make: Make, **more: object) -> Entry:
    more = {"accepted": 2, "lands": {"name": NAMES}, **more}
    return Entry(name, what, one(make, "list.xlsx"), **more)


def _hidden(_book: Any, sheets: Mapping[str, Any]) -> None:
    sheets["old"].hide()


def _very_hidden(_book: Any, sheets: Mapping[str, Any]) -> None:
    sheets["old"].very_hidden()


def _merged(_book: Any, sheets: Mapping[str, Any]) -> None:
    sheets["Sheet1"].merge_range("E2:E3", "Quillmoor Health")
    sheets["Sheet1"].merge_range("B4:B5", "One name for two")


def _formulas(_book: Any, sheets: Mapping[str, Any]) -> None:
    page = sheets["Sheet1"]
    page.write_formula("B2", '="Quillmoor "&"Hospital"', None, "Quillmoor Hospital")
    page.write_formula("E2", "=1/0", None, "#DIV/0!")
    page.write_formula("E3", '=VLOOKUP("x",Z:Z,1,0)', None, "#N/A")
    page.write_formula("B4", "=B2", None, "")


def _rich(book: Any, sheets: Mapping[str, Any]) -> None:
    bold = book.add_format({"bold": True})
    sheets["Sheet1"].write_rich_string("B2", bold, "Quill", "moor", bold, " Hospital")
    sheets["Sheet1"].write_string("B3", "  Quillmoor North \u00a0")
    sheets["Sheet1"].write_comment("A2", "ask Jim")
    book.add_chartsheet("a chart").set_chart(_chart(book))


def _chart(book: Any) -> Any:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Sheet1!$D$2:$D$3"})
    return chart


def _times(book: Any, sheets: Mapping[str, Any]) -> None:
    clock = book.add_format({"num_format": "hh:mm"})
    sheets["Sheet1"].write_number("E5", 0.375, clock)
    sheets["Sheet1"].write_number("E6", 1e10, clock)


def _formatted_far_away(book: Any, sheets: Mapping[str, Any]) -> None:
    bold = book.add_format({"bold": True})
    for row in range(3, 50_000):
        sheets["Sheet1"].write_blank(row, 3, None, bold)


ENTRIES = [
    _book("workbook", "a good workbook", written(Sheet1=GOOD_ROWS), read_as=("xlsx", ""), everywhere=True),
    _book(
        "workbook-of-five-sheets",
        "five sheets, one a section, in any order",
        written(
            plans=[["organization", "plan", "accepts"], ["Quillmoor", "Medicare", True]],
            services=[["location_id", "service", "offered"], ["main", "imaging", "yes"]],
            capabilities=[["person_id", "condition_or_procedure", "level"], ["ada", "hip-fracture", "treats"]],
            practitioners=PEOPLE_ROWS,
            locations=[[*GOOD_ROWS[0], "organization"], [*GOOD_ROWS[1], "Quillmoor"], [*GOOD_ROWS[2], ""]],
        ),
        everywhere=True,
        lands={
            "name": NAMES,
            "practitioners.npi": ["1234567893"],
            "capabilities.level": ["treats"],
            "services.offered": ["yes"],
            "plans.accepts": ["yes"],
        },
    ),
    _book(
        "workbook-numbers",
        "ZIP codes, telephones, ids and positions that Excel holds as numbers",
        written(
            Sheet1=[
                [*GOOD_ROWS[0], "phone", "latitude", "longitude"],
                [1.0, "Quillmoor Hospital", "MA", 2115.0, 6175550100.0, 42.3431, -71.0908],
                [2, "Quillmoor North", "MA", 21151234, None, 42.35, 71.09],
            ]
        ),
        problems={"zip_zero_restored": [2, 3], "longitude_sign_restored": [3]},
        everywhere=True,
        lands={
            "location_id": ["1", "2"],
            "zip_code": ["02115", "02115-1234"],
            "phone": ["617-555-0100", ""],
            "longitude": ["-71.0908", "-71.09"],
        },
    ),
    _book(
        "workbook-dates",
        "days that Excel holds as days, with a time, as a time alone, and beyond all calendars",
        written(
            _times,
            Sheet1=[
                [*GOOD_ROWS[0], "verified_on"],
                [*GOOD_ROWS[1], dated("2026-11-22")],
                [*GOOD_ROWS[2], dated("2026-11-22T09:30")],
                ["c", "C", "VA", "23220", 46348.0],
                ["d", "D", "VA", "23220"],
                ["e", "E", "VA", "23220"],
            ],
        ),
        accepted=5,
        problems={"date_malformed": [3, 5, 6], "date_mended": [4]},
        lands={"verified_on": ["2026-11-22", "", "2026-11-22", "", ""]},
    ),
    _book(
        "workbook-booleans",
        "yes and no as Excel's true and false, and as numbers",
        written(Sheet1=[[*GOOD_ROWS[0], "step_free", "lift"], [*GOOD_ROWS[1], True, 1], [*GOOD_ROWS[2], False, 0.0]]),
        lands={"step_free": ["yes", "no"], "lift": ["yes", "no"]},
    ),
    _book(
        "workbook-formulas",
        "formulas with a value, with an error, and one whose value is an empty text",
        written(_formulas, Sheet1=[[*GOOD_ROWS[0], "directions"], *GOOD_ROWS[1:], ["c", "", "VA", "23220"]]),
        refused=1,
        problems={"formula_without_value": [2, 3, 4], "required_empty": [4]},
        lands={"name": NAMES, "directions": ["", ""]},
    ),
    _book(
        "workbook-formulas-never-computed",
        "formulas that no program has computed yet, as some exports have them",
        packed({"Sheet1": sheet_xml(more='<row r="4"><c r="A4"><f>A3</f></c><c r="B4"><f>B3</f><v></v></c></row>')}),
        problems={"formula_without_value": [4, 4]},
    ),
    _book(
        "workbook-notes-beside",
        "a sheet of notes beside a good one",
        written(Notes=[["Please mind:"], ["ask Jim"]], Places=GOOD_ROWS),
    ),
    _book(
        "workbook-hidden-sheet",
        "last year's list, hidden behind this year's: what nobody sees is left out",
        written(_hidden, Places=GOOD_ROWS, old=[GOOD_ROWS[0], BAD_ROW]),
    ),
    _book(
        "workbook-very-hidden-sheet",
        "the same, hidden so that Excel itself does not list it",
        written(_very_hidden, Places=GOOD_ROWS, old=[GOOD_ROWS[0], BAD_ROW]),
    ),
    Entry(
        "workbook-list-hidden",
        "a list on a hidden sheet, behind a sheet of notes",
        one(written(_hidden, Notes=[["Please mind:"]], old=GOOD_ROWS), "list.xlsx"),
        refusal="sheet_hidden",
        told={"name": "list.xlsx: old"},
    ),
    _book(
        "workbook-from-c5",
        "a table that begins at C5: rows are numbered as Excel does",
        packed({"Sheet1": sheet_xml([*GOOD_ROWS, BAD_ROW], first=("C", 5))}),
        refused=1,
        problems={"state_unknown": [8]},
    ),
    _book(
        "workbook-title",
        "a title, a date and an empty row above the header",
        written(Sheet1=[["Locations"], ["printed", dated("2026-11-22")], [], *GOOD_ROWS, BAD_ROW]),
        refused=1,
        problems={"state_unknown": [7]},
    ),
    _book(
        "workbook-blank-rows",
        "blank rows between good ones",
        written(Sheet1=[*GOOD_ROWS[:2], *[[]] * 2500, GOOD_ROWS[2], BAD_ROW]),
        blank=2500,
        refused=1,
        problems={"state_unknown": [2504]},
    ),
    _book(
        "workbook-merged",
        "cells merged over rows: only the first of them has the text",
        written(
            _merged,
            Sheet1=[
                [*GOOD_ROWS[0], "organization"],
                *GOOD_ROWS[1:],
                ["c", "", "VA", "23220"],
                ["d", "", "VA", "23220"],
            ],
        ),
        accepted=3,
        refused=1,
        problems={"required_empty": [5]},
        lands={"name": [*NAMES, "One name for two"], "organization": ["Quillmoor Health", "", ""]},
    ),
    _book(
        "workbook-rich-text",
        "rich text, spaces around, a comment, and a sheet that is a chart",
        written(_rich, Sheet1=[GOOD_ROWS[0], ["main", "", "VA", "23220"], ["north", "", "VA", "23226"]]),
    ),
    _book(
        "workbook-formatted-far-away",
        "50,000 empty cells with a format",
        written(_formatted_far_away, Sheet1=GOOD_ROWS),
    ),
    _book(
        "workbook-escapes",
        "characters that workbooks write as escapes, and a NUL among them",
        packed(
            {
                "Sheet1": sheet_xml(
                    [
                        GOOD_ROWS[0],
                        ["a", "Cl_x00ED_nica", "VA", "23220"],
                        ["b", "x_x0000_y", "VA", "23220"],
                        ["c", "&lt;b&gt;&amp;", "VA", "23220"],
                    ]
                )
            }
        ),
        refused=1,
        problems={"text_unprintable": [3]},
        lands={"name": ["Clínica", "<b>&"]},
        everywhere=True,
    ),
    _book(
        "workbook-formulas-as-text",
        "what would run, as text: kept as words",
        written(Sheet1=[*GOOD_ROWS, ["c", "=1+1", "VA", "23220"], ["d", "'=1+1", "VA", "23220"]]),
        accepted=4,
        lands={"name": [*NAMES, "=1+1", "=1+1"]},
    ),
    _book(
        "workbook-without-addresses",
        "cells that do not say where they are, as some programs write",
        packed({"Sheet1": sheet_xml().replace(' r="', ' x="')}),
    ),
    _book(
        "workbook-prefixed",
        "XML whose names have a prefix",
        packed(
            {
                "Sheet1": sheet_xml()
                .replace("xmlns=", "xmlns:x=")
                .replace("</", "</x:")
                .replace("<w", "<x:w")
                .replace("<s", "<x:s")
                .replace("<r", "<x:r")
                .replace("<c", "<x:c")
                .replace("<i", "<x:i")
                .replace("<t", "<x:t")
            }
        ),
    ),
    _book(
        "workbook-from-the-root",
        "links that begin at the root, as some programs write",
        packed({"Sheet1": sheet_xml()}, targets={"Sheet1": "/xl/worksheets/sheet1.xml"}),
    ),
    Entry(
        "workbook-named-csv",
        "a workbook that is named .csv",
        one(written(Sheet1=GOOD_ROWS), "list.csv"),
        accepted=2,
        lands={"name": NAMES},
    ),
    Entry("csv-named-xlsx", "a CSV that is named .xlsx", one(GOOD, "list.xlsx"), accepted=2, lands={"name": NAMES}),
    _book(
        "workbook-dimension-lies",
        "a sheet that claims to be as large as a sheet can be",
        packed({"Sheet1": sheet_xml().replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')}),
    ),
]
