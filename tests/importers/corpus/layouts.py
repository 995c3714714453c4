"""How rows and cells are laid out: delimiters, quotes, ragged and shifted rows, titles, blank rows and columns."""

from __future__ import annotations

from tests.importers.corpus.entry import GOOD, HEADER, MAIN, NORTH, Entry, one

NAMES = ["Quillmoor Hospital", "Quillmoor North"]
WIDE = "location_id,name,organization,kind,state,zip_code,latitude,longitude,emergency_department\n"
WIDE_MAIN = "main,Quillmoor Hospital,Quillmoor,hospital,VA,23220,37.55,-77.46,yes\n"
WIDE_NORTH = "north,Quillmoor North,Quillmoor,clinic,VA,23226,37.58,-77.52,\n"
SEMICOLONS = GOOD.replace(",", ";")


def _good(name: str, what: str, content: str, delimiter: str = ",", **more: object) -> Entry:
    more = {"accepted": 2, "lands": {"name": NAMES}, **more}
    return Entry(name, what, one(content), read_as=("utf-8", delimiter), **more)


DELIMITERS = [
    _good("semicolons", "semicolons, as Excel writes them where a comma is the decimal mark", SEMICOLONS, ";"),
    _good("tabs", "tabs", GOOD.replace(",", "\t"), "\t"),
    _good("bars", "bars", GOOD.replace(",", "|"), "|"),
    _good("sep-line", "Excel's own line that says which delimiter follows", "sep=;\n" + SEMICOLONS, ";"),
    _good(
        "sep-line-windows",
        "the same with a mark and ends of lines of Windows",
        ("\ufeffSEP=;\n" + SEMICOLONS).replace("\n", "\r\n"),
        ";",
    ),
    _good("sep-line-of-another-mark", "a delimiter that nobody would guess", "sep=^\n" + GOOD.replace(",", "^"), "^"),
    _good(
        "sep-line-empty",
        "a delimiter line that names none: the delimiter is found as ever",
        ("sep=\n" + GOOD).replace("\n", "\r\n"),
    ),
    _good("sep-line-quote", "a delimiter line that names the quote mark", 'sep="\n' + GOOD),
    Entry(
        "sep-line-nul",
        "a delimiter line that names NUL, which no database takes: it is none, and so no header is found",
        one("sep=\0\n" + "".join(f"{line},{'x' * 900}\n" for line in GOOD.splitlines()).replace(",", "\0")),
        refusal="file_without_header",
        everywhere=True,
    ),
    _good(
        "comma-in-quotes",
        "a comma inside a quoted cell",
        GOOD.replace("Quillmoor Hospital", '"Quillmoor Hospital, Main"'),
        lands={"name": ["Quillmoor Hospital, Main", NAMES[1]]},
    ),
    _good(
        "commas-in-headings",
        "a list with semicolons, whose headings and names have commas",
        SEMICOLONS.replace("zip_code", "zip_code;Notes, remarks, and, so, on").replace("37.5", "a, b, c, d, e;37.5"),
        ";",
        problems={"column_unknown": [1]},
    ),
    _good(
        "decimal-commas",
        "decimal commas in a list with semicolons",
        SEMICOLONS.replace("37.", "37,").replace("-77.", "-77,"),
        ";",
        problems={"comma_mended": [2, 2, 3, 3]},
        lands={"latitude": ["37.55", "37.58"], "longitude": ["-77.46", "-77.52"]},
    ),
    _good("spaces-around", "spaces around every cell and heading", GOOD.replace(",", " , ").replace("\n", "  \n")),
    _good("hard-spaces-around", "hard spaces around every cell", GOOD.replace(",", "\u00a0,\u00a0")),
]

QUOTES = [
    _good(
        "all-quoted",
        "every cell in quotes",
        "".join(",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in GOOD.splitlines()),
    ),
    _good(
        "doubled-quotes",
        "quotes inside a quoted cell, doubled",
        GOOD.replace("Quillmoor North", '"Quillmoor ""North"""'),
        lands={"name": [NAMES[0], 'Quillmoor "North"']},
    ),
    _good(
        "cell-of-several-lines",
        "a cell of several lines: rows are numbered as a spreadsheet does",
        GOOD.replace("zip_code", "zip_code,directions")
        .replace("23220", '23220,"East door,\nthen left\r\nand up"')
        .replace("23226", "23226,")
        + "bad,Bad,Atlantis,23220,,,\n",
        refused=1,
        problems={"state_unknown": [4]},
        lands={"directions": ["East door,\nthen left\nand up", ""]},
    ),
    _good(
        "inch-mark",
        "a stray inch mark within a cell is part of it",
        GOOD.replace("Hospital", '12" Hospital'),
        lands={"name": ['Quillmoor 12" Hospital', NAMES[1]]},
    ),
    _good(
        "inch-mark-first",
        "a quote that is closed at once, and text behind it",
        GOOD.replace("Quillmoor North", '"Quillmoor" North'),
        lands={"name": NAMES},
    ),
    _good(
        "quote-after-space",
        "a quoted cell after a space: the quote is none, and its comma shifts the row",
        WIDE + WIDE_MAIN.replace(",Quillmoor Hospital", ', "Quillmoor Hospital, Main"') + WIDE_NORTH,
        accepted=1,
        refused=1,
        lands={"name": NAMES[1:]},
        problems={"row_too_long": [2], "choice_unknown": [2], "state_unknown": [2], "stated_malformed": [2]},
    ),
    Entry(
        "quote-open-to-the-end",
        "a quote that is never closed",
        one(WIDE + WIDE_MAIN + WIDE_NORTH.replace("Quill", '"Quill', 1)),
        refusal="file_quote_open",
        told={"row": 3},
        everywhere=True,
    ),
    Entry(
        "quote-open-far-from-the-end",
        "a quote that is never closed, with 5,000 rows beneath",
        one(WIDE + WIDE_MAIN.replace("Quill", '"Quill', 1) + WIDE_NORTH * 5000),
        refusal="file_quote_open",
        told={"row": 2},
    ),
    _good(
        "quote-swallows-rows",
        "a quote that is closed two rows on: its row is refused, the rest is kept",
        WIDE
        + WIDE_MAIN.replace("Quill", '"Quill', 1)
        + WIDE_NORTH
        + 'south,"South",,clinic,VA,23226,37.58,-77.52,\n'
        + "west,West,,clinic,VA,23226,37.57,-77.52,\n",
        accepted=1,
        refused=1,
        problems={"quote_misplaced": [2]},
        lands={"location_id": ["west"]},
    ),
    _good(
        "quote-swallows-one-row",
        "a quote that is closed on the next row, so that the two together have the right width",
        WIDE
        + WIDE_MAIN.replace("Quill", '"Quill', 1)
        + WIDE_NORTH.replace("Quillmoor North", '"Quillmoor North"')
        + "west,West,,clinic,VA,23226,37.57,-77.52,\n",
        accepted=1,
        refused=1,
        problems={"quote_misplaced": [2]},
        lands={"location_id": ["west"]},
    ),
    _good(
        "quote-swallows-beside-a-long-row",
        "the same where another row has cells too many",
        WIDE
        + WIDE_MAIN.replace("Quill", '"Quill', 1)
        + WIDE_NORTH
        + 'south,"South",,clinic,VA,23226,37.58,-77.52,\n'
        + "west,West,,clinic,VA,23226,37.57,-77.52,,,,,,surplus\n"
        + "east,East,,clinic,VA,23226,37.56,-77.52,\n",
        accepted=1,
        refused=2,
        problems={"quote_misplaced": [2], "row_too_long": [3]},
        lands={"location_id": ["east"]},
    ),
    Entry(
        "quote-swallows-in-a-narrow-list",
        "the same in a list of three columns",
        {
            "places.csv": "location_id,name,state,zip_code,organization\nmain,Main,VA,23220,Quillmoor\n",
            "plans.csv": 'organization,plan,accepts\nQuillmoor,"Medicare,yes\n'
            'Quillmoor,"Medicaid",no\nQuillmoor,Aetna,yes\n',
        },
        about="plans",
        accepted=1,
        refused=1,
        problems={"quote_misplaced": [2]},
        lands={"plan": ["Aetna"]},
    ),
]

RAGGED = [
    _good(
        "short-rows",
        "rows that end early: what is missing is not stated",
        GOOD.replace(",37.58,-77.52", ""),
        problems={"position_from_zip": [3]},
        lands={"latitude": ["37.55", ""]},
    ),
    _good(
        "short-of-nothing",
        "a row that ends before an empty last cell",
        WIDE + WIDE_MAIN + WIDE_NORTH.replace(",\n", "\n"),
    ),
    _good(
        "short-of-what-must-be",
        "a row that ends before what must be filled",
        GOOD + "south,South\n",
        refused=1,
        problems={"row_incomplete": [4]},
    ),
    _good(
        "long-rows",
        "a row with a cell too many",
        GOOD + "south,South,VA,23220,37.55,-77.46,,surplus\n",
        refused=1,
        problems={"row_too_long": [4]},
    ),
    _good(
        "long-rows-of-nothing",
        "empty cells behind every row",
        GOOD.replace("\n", ",,,,\n").replace("longitude,,,,", "longitude"),
    ),
    _good(
        "shifted-by-a-comma",
        "a comma in a name without quotes shifts the row",
        WIDE
        + WIDE_MAIN
        + WIDE_NORTH.replace("Quillmoor North,", "Quillmoor, North,")
        + "west,West,,,VA,23226,37.57,-77.52,\n",
        refused=1,
        problems={
            "choice_unknown": [3],
            "state_unknown": [3],
            "stated_malformed": [3],
            "latitude_out_of_range": [3],
            "zip_cell_malformed": [3],
        },
        lands={"location_id": ["main", "west"]},
    ),
    _good(
        "shifted-and-too-long",
        "the same where the last column is filled",
        WIDE + WIDE_MAIN.replace("Quillmoor H", "Quillmoor, H") + WIDE_NORTH,
        accepted=1,
        refused=1,
        lands={"location_id": ["north"]},
        problems={"row_too_long": [2], "choice_unknown": [2], "state_unknown": [2], "stated_malformed": [2]},
    ),
    _good(
        "titles-above",
        "a title, a date and an empty row above the header",
        "Locations of Quillmoor Health,,,,,\nprinted 11/22/2026\n\n" + GOOD + "bad,Bad,Atlantis,23220\n",
        refused=1,
        problems={"state_unknown": [7]},
    ),
    _good(
        "blank-rows",
        "3,000 blank rows between two good ones, of several kinds",
        HEADER + MAIN + "\n,,,,,\n  , ,,,,\n" * 1000 + NORTH + "bad,Bad,Atlantis,23220\n",
        blank=3000,
        refused=1,
        problems={"state_unknown": [3004]},
    ),
    _good(
        "blank-tail",
        "a column of formulas that came out empty, 5,000 rows down",
        GOOD + ",,,,,\n" * 5000,
        blank=5000,
        everywhere=True,
    ),
    _good("blank-head", "blank rows above the header", "\n\n,,,\n" + GOOD),
    _good("trailing-columns", "empty columns behind the header and behind every row", GOOD.replace("\n", ",,,,,\n")),
    _good(
        "cells-under-no-heading",
        "remarks under an empty heading are left out, and that is said once",
        GOOD.replace("longitude", "longitude,").replace("77.46", "77.46,ask Jim").replace("77.52", "77.52,ask Jo"),
        problems={"column_unknown": [2]},
    ),
    _good(
        "total-beneath",
        "a line of totals beneath the table",
        GOOD + "Total: 2,,,,,\n",
        refused=1,
        problems={"row_incomplete": [4], "key_malformed": [4]},
    ),
    _good("one-row", "one row", HEADER + MAIN, accepted=1, lands={"name": NAMES[:1]}),
]

ENTRIES = [*DELIMITERS, *QUOTES, *RAGGED]
