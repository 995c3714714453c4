"""Lists that would take all memory or all time. Each is imported by a process of its own, which is measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.importers.corpus.entry import GOOD, HEADER, MAIN, NORTH, Entry, one

MEGABYTE = 1_000_000


def _text(*pieces: str | tuple[str, int]) -> Callable[[Path], None]:
    """Return what writes texts, some many times over, without holding them."""

    def make(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            for piece in pieces:
                text, times = (piece, 1) if isinstance(piece, str) else piece
                at_once = max(1, MEGABYTE // len(text))
                for _ in range(times // at_once):
                    file.write(text * at_once)
                file.write(text * (times % at_once))

    return make


def _giant(name: str, what: str, make: Callable[[Path], None], **more: object) -> Entry:
    return Entry(name, what, one(make), giant=True, **more)


ENTRIES = [
    _giant(
        "cell-of-10-million",
        "a cell of ten million characters: its row is refused, the rest is kept",
        _text(HEADER, MAIN, "big,", ("x", 10 * MEGABYTE), ",VA,23226,37.58,-77.52\n", NORTH),
        accepted=2,
        refused=1,
        problems={"text_too_long": [3]},
        lands={"location_id": ["main", "north"]},
    ),
    _giant(
        "cell-of-20-million",
        "a cell of twenty million characters, which is no cell: such come of quotes that were never closed",
        _text(HEADER, MAIN, "big,", ("x", 20 * MEGABYTE), ",VA,23226,37.58,-77.52\n"),
        refusal="file_quote_open",
        told={"row": 3},
    ),
    _giant(
        "cells-of-9-million",
        "20 cells of nine million characters each",
        _text(
            HEADER,
            MAIN,
            *(piece for n in range(20) for piece in (f"p{n},", ("x", 9 * MEGABYTE), ",VA,23226,37.58,-77.52\n")),
        ),
        accepted=1,
        refused=20,
        problems={"text_too_long": list(range(3, 23))},
    ),
    _giant(
        "cells-of-9-million-wide",
        "the same with a character in each that makes Python take four bytes for every one",
        _text(
            HEADER,
            MAIN,
            *(
                piece
                for n in range(20)
                for piece in (f"p{n},", ("x", 9 * MEGABYTE), "\U0001f9b4,VA,23226,37.58,-77.52\n")
            ),
        ),
        accepted=1,
        refused=20,
        problems={"text_too_long": list(range(3, 23))},
        # A line, its cell and the reader's buffer, at four bytes a character.
        most_mb=400,
    ),
    _giant(
        "heading-of-10-million",
        "a heading of ten million characters",
        _text(HEADER.strip() + ",", ("k", 10 * MEGABYTE), "\n" + MAIN.replace("\n", ",\n")),
        accepted=1,
        problems={"column_unknown": [1]},
    ),
    _giant(
        "line-without-end",
        "190 megabytes without the end of a line",
        _text(("x", 190 * MEGABYTE)),
        refusal="file_quote_open",
        told={"row": 1},
    ),
    _giant(
        "line-of-commas",
        "a row of 150 million empty cells",
        _text(HEADER, MAIN, (",", 150 * MEGABYTE), "\n"),
        refusal="file_not_a_table",
    ),
    _giant(
        "line-of-short-cells",
        "a row of 90 million cells",
        _text(HEADER, MAIN, (",x", 90 * MEGABYTE), "\n"),
        refusal="file_not_a_table",
    ),
    _giant(
        "blank-lines",
        "three million blank lines beneath good rows",
        _text(GOOD, ("\n", 3 * MEGABYTE)),
        accepted=2,
        blank=3 * MEGABYTE,
    ),
    _giant(
        "quote-open-over-190-megabytes",
        "a quote that is opened at the beginning of a large file and never closed",
        _text(HEADER, MAIN.replace("Quill", '"Quill'), ("south,South,VA,23220,37.55,-77.46\n", 5 * MEGABYTE)),
        refusal="file_quote_open",
        told={"row": 2},
    ),
    _giant(
        "every-cell-bad",
        "50,000 rows in which every cell is no good",
        _text(
            "location_id,name,state,zip_code,latitude,longitude,phone,website\n",
            "a b,\x07,Atlantis,nowhere,4_0,1e400,555,ftp://x\n" * 50_000,
            MAIN.strip() + ",,\n",
        ),
        accepted=1,
        refused=50_000,
        lands={"location_id": ["main"]},
        problems={
            code: list(range(2, 50_002))
            for code in (
                "key_malformed",
                "text_unprintable",
                "state_unknown",
                "zip_cell_malformed",
                "phone_malformed",
                "url_malformed",
            )
        }
        | {"number_malformed": [n for n in range(2, 50_002) for _ in "ab"]},
    ),
]
