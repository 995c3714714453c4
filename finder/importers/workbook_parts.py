"""What a parser tells of the parts of a workbook: its list of sheets, shared texts, how far a sheet reaches."""

from __future__ import annotations

import posixpath
import re
from array import array

from finder.errors import FileRefused

# All texts of the cells together, a shared text counted as often as it is used: the reader keeps each.
MOST_CHARACTERS = 2**26
# One text; a cell of a spreadsheet holds 32,767 characters at most.
LONGEST_PIECE = 2**20
_MOST_COLUMNS = 2_000
_MOST_LINKS = 4_000
_KEPT_ADDRESSES = 100
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class Damaged(ValueError):
    """What no spreadsheet program writes."""


class TooLarge(ValueError):
    """What takes more room than it may."""


def plain(name: str) -> str:
    """Return the name of a part as names are compared: the reader knows parts whatever the case of their names."""
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


class Content:
    """What the parser tells of a part. `started` counts elements, `run` the characters since the last began."""

    def __init__(self) -> None:
        self.started = self.run = 0
        self._locals: dict[str, str] = {}

    def local(self, name: str) -> str:
        """Return an element's name without a prefix."""
        found = self._locals.get(name)
        if found is None:
            found = self._locals[name] = name.rpartition(":")[2]
        return found

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.started += 1
        self.run = 0

    def text(self, text: str) -> None:
        """Take a piece of text."""
        self.run += len(text)
        if self.run > LONGEST_PIECE:
            raise TooLarge

    def end(self) -> None:
        """Take the end of the part."""


class Links(Content):
    """The sheets of a workbook and the parts that they are in."""

    def __init__(self) -> None:
        super().__init__()
        self._targets: dict[str, str] = {}
        self._sheets: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.started += 1
        self.run = 0
        local = self.local(name)
        if local == "Relationship":
            target = attributes.get("Target", "")
            self._targets[attributes.get("Id", "")] = plain(posixpath.join("xl", target.replace("\\", "/")))
        elif local == "sheet":
            key = next((text for key, text in attributes.items() if key.endswith(":id")), "")
            self._sheets.append((attributes.get("name", ""), key))
        if len(self._targets) + len(self._sheets) > _MOST_LINKS:
            raise TooLarge

    def sheets(self) -> list[tuple[str, str]]:
        """Return title and part of each sheet."""
        return [(title, self._targets.get(key, "")) for title, key in self._sheets]


class SharedTexts(Content):
    """How long each shared text is."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self.lengths = array("I")
        self._characters = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.started += 1
        self.run = 0
        if self.local(name) == "si":
            self.lengths.append(0)
            if len(self.lengths) > self._limit:
                raise TooLarge

    def text(self, text: str) -> None:
        """Take a piece of text."""
        super().text(text)
        self._characters += len(text)
        if self.lengths:
            self.lengths[-1] += len(text)
            if self.lengths[-1] > LONGEST_PIECE or self._characters > MOST_CHARACTERS:
                raise TooLarge


class Sheet(Content):
    """How far the filled cells of a sheet reach and how much text they hold, and what its formulas leave open.

    Any other part goes for a sheet without cells.
    """

    def __init__(self, label: str, lengths: array[int]) -> None:
        super().__init__()
        self._label, self._lengths = label, lengths
        self.filled = self.rows = self.columns = self.characters = 0
        self.farthest = ""
        self.unreadable: list[tuple[int, str]] = []
        self._row = self._column = 0
        self._kind: str | None = None
        self._in_data = self._in_cell = self._in_value = self._is_filled = self._is_formula = False
        self._value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.started += 1
        self.run = 0
        local = self._locals.get(name) or self.local(name)
        self._in_value = False
        if not self._in_data:
            self._in_data = local == "sheetData"
        elif local == "c":
            self._settle()
            self._in_cell = True
            self._kind = attributes.get("t")
            address = attributes.get("r")
            if address is None:
                self._column += 1
            else:
                self._row, self._column = _place(address)
        elif local == "v" or local == "t":
            self._in_value = self._is_filled = True
        elif local == "f":
            self._is_formula = True
        elif local == "row":
            self._settle()
            number = attributes.get("r")
            self._row = self._row + 1 if number is None else int(number)
            self._column = 0

    def text(self, text: str) -> None:
        """Take a piece of text."""
        super().text(text)
        if self._in_value:
            self._value += text
            if len(self._value) > LONGEST_PIECE:
                raise TooLarge

    def end(self) -> None:
        """Take the end of the part."""
        self._settle()

    def checked_rectangle(self) -> int:
        """Return the number of cells from the first to the farthest. Raises FileRefused where most are empty."""
        rectangle = self.rows * self.columns
        if rectangle > 4 * self.filled + 1_000_000 or self.columns > _MOST_COLUMNS:
            raise FileRefused("workbook_far_cell", name=self._label, cell=self.farthest)
        return rectangle

    def _settle(self) -> None:
        """Count the cell that has just ended."""
        if not self._in_cell:
            return
        if self._is_filled:
            self.filled += 1
            row, column = self._row, self._column
            if row > self.rows or column > self.columns:
                self.rows, self.columns = max(row, self.rows), max(column, self.columns)
                self.farthest = _address(row, column)
            if self._kind == "s":
                number = int(self._value)
                # A number beyond all shared texts is the reader's to refuse.
                self.characters += self._lengths[number] if 0 <= number < len(self._lengths) else 0
            else:
                self.characters += len(self._value)
        failed = self._kind == "e" or (self._is_formula and not self._value.strip())
        if failed and len(self.unreadable) < _KEPT_ADDRESSES:
            self.unreadable.append((self._row, _address(self._row, self._column)))
        self._in_cell = self._is_filled = self._is_formula = False
        self._value = ""


def _place(address: str) -> tuple[int, int]:
    """Return row and column of an address such as B7."""
    match = _ADDRESS.fullmatch(address.upper())
    if match is None:
        raise Damaged
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _address(row: int, column: int) -> str:
    letters = ""
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(65 + last) + letters
    return f"{letters}{row}"
