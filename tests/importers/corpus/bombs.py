"""Workbooks that are small as files and unpack to all memory, or keep a reader busy without end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from tests.importers.corpus.entry import Entry, one
from tests.importers.corpus.workbook_parts import (
    GOOD_ROWS,
    Make,
    packed,
    shared_xml,
    sheet_of_shared,
    sheet_xml,
)

MEGABYTE = 1_000_000
TEXTS = [text for row in GOOD_ROWS[:2] for text in row]
BY_NUMBER = sheet_of_shared([[0, 1, 2, 3], [4, 5, 6, 7]])
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
FIRST, LAST = sheet_xml().split("</sheetData>")
ENTITY = '<!DOCTYPE sst [<!ENTITY x SYSTEM "/etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)


def _bomb(name: str, what: str, make: Make, **more: object) -> Entry:
    return Entry(name, what, one(make, "list.xlsx"), giant=True, **more)


def _far(name: str, what: str, sheet: str, target: str = "worksheets/sheet1.xml") -> Entry:
    return _bomb(
        f"bomb-far-cell-{name}", what, packed({"S": sheet}, targets={"S": target}), refusal="workbook_far_cell"
    )


def _many(piece: str, times: int) -> Callable[[], Iterable[str]]:
    """Return what yields a good sheet with a piece in it many times over."""
    at_once = max(1, MEGABYTE // len(piece))

    def pieces() -> Iterable[str]:
        yield FIRST
        for _ in range(times // at_once):
            yield piece * at_once
        yield "</sheetData>" + LAST

    return pieces


def _numbered(cells: Callable[[int], str], rows: int) -> Callable[[], Iterable[str]]:
    def pieces() -> Iterable[str]:
        yield FIRST
        for number in range(4, rows):
            yield f'<row r="{number}">{cells(number)}</row>'
        yield "</sheetData>" + LAST

    return pieces


def _shared(more: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
    def pieces() -> Iterable[str]:
        yield from shared_xml(itertools.chain(TEXTS, more()))

    return pieces


ENTRIES = [
    _bomb(
        "bomb-sheet-of-a-gigabyte",
        "a sheet that unpacks to a gigabyte",
        packed({"S": _many(" ", 1000 * MEGABYTE)}),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-book-of-a-gigabyte",
        "a list of sheets that unpacks to a gigabyte",
        packed({"S": sheet_xml()}, book=_many(" ", 1000 * MEGABYTE)),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-texts-of-a-gigabyte",
        "shared texts that unpack to a gigabyte",
        packed({"S": BY_NUMBER}, shared=_shared(lambda: ("x" * MEGABYTE for _ in range(1000)))),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-texts-of-half-a-gigabyte",
        "shared texts that unpack to a little less than may be",
        packed({"S": BY_NUMBER}, shared=_shared(lambda: ("x" * MEGABYTE for _ in range(550)))),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-texts-without-number",
        "20 million shared texts of no characters, for eight cells",
        packed({"S": BY_NUMBER}, shared=_shared(lambda: ("</t></si><si><t>" * 1000 for _ in range(20_000)))),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-texts-in-cells",
        "500 cells with a megabyte of text each",
        packed({"S": _numbered(lambda n: f'<c r="A{n}" t="inlineStr"><is><t>{"x" * MEGABYTE}</t></is></c>', 504)}),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-rows",
        "a million rows",
        packed({"S": _numbered(lambda n: f'<c r="A{n}"><v>1</v></c><c r="D{n}"><v>1</v></c>', 1_000_000)}),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-one-sheet-1,000-times",
        "1,000 sheets that are all one and the same",
        packed(
            {f"S{n}": _numbered(lambda n: f'<c r="A{n}"><v>1</v></c>', 100_000) for n in range(1000)},
            targets={f"S{n}": "worksheets/sheet1.xml" for n in range(1000)},
        ),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-1,000-sheets",
        "1,000 sheets of notes and one of places",
        packed({f"N{n}": sheet_xml([["a note"]]) for n in range(1000)} | {"Places": sheet_xml()}),
        accepted=2,
    ),
    _bomb(
        "bomb-3,000-sheets",
        "3,000 sheets",
        packed({f"N{n}": sheet_xml([["a note"]]) for n in range(3000)}),
        refusal="workbook_too_large",
    ),
    _bomb(
        "bomb-entities",
        "a text that doubles itself by entities",
        packed({"S": sheet_xml([GOOD_ROWS[0], ["a", "&m;", "VA", "23220"]], before=LAUGHS)}),
        refusal="file_not_a_table",
    ),
    _bomb(
        "bomb-external-entity",
        "shared texts that ask for a file of ours",
        packed({"S": BY_NUMBER}, shared=lambda: shared_xml([*TEXTS[:5], "&x;", *TEXTS[6:]], before=ENTITY)),
        refusal="file_not_a_table",
    ),
    _bomb(
        "bomb-nested",
        "a million tags, each within the last",
        packed({"S": _many("<a>", MEGABYTE)}),
        refusal="file_not_a_table",
    ),
    _bomb(
        "bomb-cells-not-closed",
        "a million cells that are never closed",
        packed({"S": _many("<c>", MEGABYTE)}),
        refusal="file_not_a_table",
    ),
    _bomb(
        "bomb-tags-not-closed",
        "a million tags of cells that never end",
        packed({"S": _many("<c ", MEGABYTE)}),
        refusal="file_not_a_table",
    ),
    _bomb(
        "bomb-titles-not-closed",
        "a list of sheets whose tags never end",
        packed({"S": sheet_xml()}, book=_many("<sheet ", MEGABYTE)),
        refusal="file_not_a_table",
    ),
    _far("plain", "a value in the last cell of the last row", sheet_xml(more=FAR)),
    _far("small-letters", "the same, its address in small letters", sheet_xml(more=FAR.replace("XFD", "xfd"))),
    _far(
        "single-quotes",
        "the same, its address in single quotes",
        sheet_xml(more=FAR.replace('r="XFD1048576"', "r='XFD1048576'")),
    ),
    _far(
        "spaced",
        "the same, with spaces where XML allows them",
        sheet_xml(more=FAR.replace('r="XFD', 'r = "XFD').replace("</c>", "</c >")),
    ),
    _far(
        "behind-a-sign", "the same behind an attribute with a > in it", sheet_xml(more=FAR.replace("<c ", '<c x=">" '))
    ),
    _far(
        "in-a-comment",
        "the same behind a comment that looks like a cell",
        sheet_xml(more=FAR.replace("<c ", '<!-- <c r="A1" --><c ')),
    ),
    _far(
        "by-its-row",
        "the same without an address: its row says where it is",
        sheet_xml(more='<row r="1048576">' + "<c/>" * 16_383 + "<c><v>1</v></c></row>"),
    ),
    _far(
        "in-a-part-of-another-kind",
        "the same in a part that is not called .xml",
        sheet_xml(more=FAR),
        "worksheets/sheet1.bin",
    ),
    _far("in-another-folder", "the same in another folder of the archive", sheet_xml(more=FAR), "elsewhere/sheet1.xml"),
    _far("in-capitals", "the same in a folder in capitals", sheet_xml(more=FAR), "Worksheets/Sheet1.XML"),
    _bomb(
        "bomb-far-column",
        "a value in column 5,000",
        packed({"S": sheet_xml(more='<row r="4"><c r="GJH4"><v>1</v></c></row>')}),
        refusal="workbook_far_cell",
        told={"cell": "GJH4"},
    ),
]
