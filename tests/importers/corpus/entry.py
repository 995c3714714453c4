"""One entry of the corpus: a file as people or attackers make it, and what an import must answer to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Text (kept as UTF-8), bytes, or what makes the file at a path.
Content = str | bytes | Callable[[Path], object]
Files = Mapping[str, Content]
Cells = str | Sequence[str]

MAIN = "main,Quillmoor Hospital,VA,23220,37.55,-77.46\n"
NORTH = "north,Quillmoor North,VA,23226,37.58,-77.52\n"
HEADER = "location_id,name,state,zip_code,latitude,longitude\n"
GOOD = HEADER + MAIN + NORTH
HIP_SURGEON = "207XX0005X"
PEOPLE_HEADER = "person_id,location_id,given_name,family_name,specialties\n"
ADA, BEA = f"ada,main,Ada,Fern,{HIP_SURGEON}\n", f"bea,north,Bea,Reed,{HIP_SURGEON}\n"


@dataclass(frozen=True)
class Entry:
    """Files and their outcome: refused whole with the code `refusal`, or rows of the section `about` counted.

    `told` are parameters that the refusal must have. `problems` gives by code the rows that it is told of: rows of
    `about`, or of another section where the key is "section.code". That a place is measured from its ZIP code is told
    of every place without a position, and need not be named. `lands` gives by column ("section.column" for a section
    other than `about`) its cells in an export, row by row. `read_as` is encoding and delimiter. `over` brings the
    files over a version in force that consists of the templates' examples. A `giant` is imported by a process of its
    own whose memory is measured, and may be `most_mb` megabytes; an entry `everywhere` is tried on PostgreSQL too.
    """

    name: str
    what: str
    files: Files
    refusal: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    accepted: int = 0
    refused: int = 0
    blank: int = 0
    problems: Mapping[str, Sequence[int]] = field(default_factory=dict)
    lands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    about: str = "locations"
    read_as: tuple[str, str] | None = None
    wishes: Mapping[str, Any] = field(default_factory=dict)
    source: str = "clinic"
    over: bool = False
    giant: bool = False
    most_mb: int = 300
    everywhere: bool = False

    def write(self, folder: Path) -> list[Path]:
        """Make the files in a folder; return their paths in the order of the entry."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, content in self.files.items():
            path = folder / name
            if isinstance(content, str):
                path.write_bytes(content.encode())
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                content(path)
            paths.append(path)
        return paths

    @property
    def codes(self) -> set[str]:
        """Every code that the entry expects."""
        return ({self.refusal} if self.refusal else set()) | {key.rpartition(".")[2] for key in self.problems}


def one(content: Content, name: str = "list.csv") -> Files:
    """Return a single file."""
    return {name: content}


def table(header: str, *rows: Cells) -> str:
    """Return a CSV of a header (names parted by spaces) and rows of cells, quoted where that is needed."""
    text = io.StringIO()
    # Older Pythons leave a bare carriage return unquoted.
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in rows for cell in row) else csv.QUOTE_MINIMAL
    write = csv.writer(text, lineterminator="\n", quoting=quoting).writerow
    write(header.split())
    for row in rows:
        write([row] if isinstance(row, str) else row)
    return text.getvalue()


def places(columns: str, *rows: Cells, **others: str) -> Files:
    """Return a list of places that differ in some columns; the place on row 2 has the id p2, and so on.

    Unless others are given, they lie in Richmond, Virginia, without a position.
    """
    return one(
        _varied(
            {"location_id": "p{row}", "name": "Clinic {row}", "state": "VA", "zip_code": "23220"}, columns, rows, others
        )
    )


def people(columns: str, *rows: Cells, **others: str) -> Files:
    """Return a list of people at the place `main` who differ in some columns; on row 2 is h2, and so on."""
    usual = {
        "person_id": "h{row}",
        "location_id": "main",
        "given_name": "Ada",
        "family_name": "Fern",
        "specialties": HIP_SURGEON,
    }
    return {"places.csv": GOOD, "people.csv": _varied(usual, columns, rows, others)}


def said(header: str, *rows: Cells) -> Files:
    """Return a list of capabilities, beside two places and a person at each."""
    return {"places.csv": GOOD, "people.csv": PEOPLE_HEADER + ADA + BEA, "said.csv": table(header, *rows)}


def beside_places(header: str, *rows: Cells) -> Files:
    """Return another list beside the places, whose organization is Quillmoor."""
    header_line = HEADER.replace("name", "organization,name")
    known = header_line + MAIN.replace("main,", "main,Quillmoor,") + NORTH.replace("north,", "north,Quillmoor,")
    return {"places.csv": known, "list.csv": table(header, *rows)}


def _varied(usual: Mapping[str, str], columns: str, rows: Sequence[Cells], others: Mapping[str, str]) -> str:
    names = columns.split()
    base = {**usual, **others}
    header = [*(name for name in base if name not in names), *names]
    made = []
    for number, row in enumerate(rows, 2):
        cells = {name: value.format(row=number) for name, value in base.items()}
        cells |= dict(zip(names, [row] if isinstance(row, str) else row, strict=True))
        made.append([cells[name] for name in header])
    return table(" ".join(header), *made)
