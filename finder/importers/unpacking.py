"""Look into an XLSX workbook before it is read: what it would unpack to, and which formulas say nothing.

The reader of workbooks makes room for the whole rectangle that a sheet's cells span and keeps every text, so one cell
in the last corner, or a small archive that unpacks to a large one, would take all memory. Here every part goes
through a parser of XML piece by piece, and nothing of it is kept.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from finder.errors import FileRefused
from finder.importers.workbook_parts import (
    LONGEST_PIECE,
    MOST_CHARACTERS,
    Content,
    Damaged,
    Links,
    SharedTexts,
    Sheet,
    TooLarge,
    plain,
)

_OLE = b"\xd0\xcf\x11\xe0"
_CHUNK = 2**18
_MOST_PARTS = 2_000
# What a filled cell may take unpacked, its share of shared texts and styles included; small workbooks get a floor.
_BYTES_A_CELL = 200
_LEAST_ROOM_BYTES = 2**24
# No spreadsheet nests elements deeper than some ten, or has more names for them than some hundred.
_DEEPEST = 1_000
_MOST_NAMES = 10_000
_BOOK, _LINKS, _TEXTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedstrings.xml"


@dataclass
class SheetLook:
    """What is known of a sheet beforehand.

    `rows` is the number of its last filled row; `unreadable` are (row, address) of formulas that were never computed
    or failed, the first hundred.
    """

    rows: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)


def look_inside(path: Path, name: str, limit_cells: int) -> dict[str, SheetLook]:
    """Unpack a workbook piece by piece and return what is known of its sheets, by title.

    Raises FileRefused for what is no XLSX, has a password, is broken, has a cell far from all others, or would take
    more than `limit_cells` cells or their share of memory.
    """
    with open(path, "rb") as file:
        is_old = file.read(4) == _OLE
    if is_old:
        locked = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        raise FileRefused("workbook_locked" if locked else "workbook_old", name=name)
    damaged = FileRefused("file_not_a_table", name=name, found="a damaged workbook")
    try:
        with zipfile.ZipFile(path) as archive:
            return _Look(archive, name, limit_cells).sheets()
    except TooLarge:
        raise FileRefused("workbook_too_large", name=name, limit=f"{limit_cells:,}") from None
    except (
        lzma.LZMAError, OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, zlib.error,
        ValueError, expat.ExpatError,
    ):  # fmt: skip
        raise damaged from None


class _Look:
    """One pass over the parts of a workbook, with what may still be taken."""

    def __init__(self, archive: zipfile.ZipFile, name: str, limit_cells: int) -> None:
        self._archive, self._name, self._limit_cells = archive, name, limit_cells
        self._room_bytes = max(limit_cells * _BYTES_A_CELL, _LEAST_ROOM_BYTES)

    def sheets(self) -> dict[str, SheetLook]:
        """Look into every part; return what is known of each sheet by its title."""
        parts = [part for part in self._archive.infolist() if not part.is_dir()]
        if any(part.flag_bits & 1 for part in parts):
            raise FileRefused("workbook_locked", name=self._name)
        by_name = {plain(part.filename): part for part in parts}
        if _BOOK not in by_name:
            raise FileRefused("file_not_a_table", name=self._name, found="a ZIP archive")
        if len(parts) > _MOST_PARTS:
            raise TooLarge
        if len(by_name) < len(parts):
            raise Damaged
        links, texts = Links(), SharedTexts(self._limit_cells)
        for first, content in ((_LINKS, links), (_BOOK, links), (_TEXTS, texts)):
            if first in by_name:
                self._read(by_name.pop(first), content)
        linked = links.sheets()
        cells = characters = 0
        found: dict[str, SheetLook] = {}
        for place, part in by_name.items():
            titles = [title for title, target in linked if target == place]
            if not titles and not place.endswith((".xml", ".rels")):
                continue
            label = f"{self._name}: {titles[0] if titles else part.filename}"
            sheet = Sheet(label, texts.lengths)
            self._read(part, sheet)
            cells += sheet.checked_rectangle() * max(1, len(titles))
            characters += sheet.characters * max(1, len(titles))
            if cells > self._limit_cells or characters > MOST_CHARACTERS:
                raise TooLarge
            found |= dict.fromkeys(titles, SheetLook(sheet.rows, sheet.unreadable))
        if any(title not in found for title, _target in linked):
            raise Damaged
        return found

    def _read(self, part: zipfile.ZipInfo, content: Content) -> None:
        names: dict[str, str] = {}
        parser = expat.ParserCreate(intern=names)
        parser.buffer_text = True
        closed: list[str] = []
        depth = fed = 0
        parser.StartElementHandler = content.start
        parser.EndElementHandler = closed.append
        parser.CharacterDataHandler = content.text
        # Entities are where the bombs and the spies are; no spreadsheet program writes a document type.
        parser.StartDoctypeDeclHandler = _refuse
        with self._archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                self._room_bytes -= len(chunk)
                if self._room_bytes < 0:
                    raise TooLarge
                parser.Parse(chunk, False)
                fed += len(chunk)
                depth = content.started - len(closed)
                if fed - parser.CurrentByteIndex > LONGEST_PIECE + _CHUNK:
                    raise TooLarge
                if depth > _DEEPEST or len(names) > _MOST_NAMES:
                    raise Damaged
                content.started = depth
                closed.clear()
        parser.Parse(b"", True)
        content.end()


def _refuse(*_declaration: Any) -> NoReturn:
    raise Damaged
