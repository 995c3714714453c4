"""Find out how a text file is written, in one pass over its bytes: byte-order mark, UTF-8, UTF-16, Windows-1252."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from finder.errors import FileRefused

_CHUNK = 2**20
_KNOWN_OTHERS = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\x00", "a database"), (b"{\\rtf", "a text document"),
)  # fmt: skip
# A title in brackets is no JSON, and one in angles no HTML.
_JSON = re.compile(rb"(?:\[\s*)?\{\s*[\"}]|\[\s*[\[\"\d\]]")
_MARKUP = re.compile(rb"<(?:!doctype|!--|\?xml|html|head|body|table|meta|style|div|script|svg)\b", re.IGNORECASE)
_BINARY_SHARE = 0.01
_BLANK = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"
_USUAL_LINES = 100  # at least, in a chunk; lists have some thousands
_LONGEST_LINE = 16 * _CHUNK
_MOST_DELIMITERS = 100_000
_ESCAPED = re.compile("[\udc80-\udcff]")  # how surrogateescape writes a byte that is no UTF-8
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True)
class Encoding:
    """How to open a file: `codec` and `errors` as for open(), `name` as it is reported; and how many lines.

    Without `long_lines`, a few hundred lines in a row never take more than a few megabytes.
    """

    name: str
    codec: str
    errors: str
    lines: int
    long_lines: bool = False


def recognise(path: Path, name: str) -> Encoding:
    """Read a whole file and tell how its text is written.

    A stray Windows-1252 byte in a file of UTF-8, as when two exports were pasted together, is read as what it is.
    Raises FileRefused where the file is empty or plainly something else than text.
    """
    with open(path, "rb") as file:
        start = file.read(4096)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            return Encoding("xlsx", "", "", 0)
        wide = _utf16(start)
        refuse_at_sight(name, start)
        file.seek(0)
        seen = _look_through(file, name)
    if not start.strip(_BLANK) and seen.size <= len(start):
        raise FileRefused("file_empty", name=name)
    if wide:
        codec = "utf-16" if start[:2] in _MARKS_16 else wide
        return Encoding("utf-16", codec, "replace", seen.lines, seen.long_lines)
    if seen.nuls > _BINARY_SHARE * seen.size:
        raise FileRefused("file_not_a_table", name=name, found="binary data")
    if seen.is_utf8:
        return Encoding("utf-8", "utf-8-sig", "strict", seen.lines, seen.long_lines)
    if not seen.beyond_ascii:
        return Encoding("cp1252", "cp1252", "replace", seen.lines, seen.long_lines)
    return Encoding("utf-8 and cp1252", "utf-8-sig", "finder.as_cp1252", seen.lines, seen.long_lines)


def refuse_at_sight(name: str, start: bytes) -> None:
    """Raise FileRefused where the first bytes of a file are those of something else than a table."""
    wide = _utf16(start)
    text = start.decode(wide, errors="replace").encode() if wide else start
    _refuse_other(name, text.removeprefix(codecs.BOM_UTF8).lstrip())


@dataclass
class _Seen:
    """What a pass over a file's bytes found. `beyond_ascii` tells of characters that were whole UTF-8."""

    size: int = 0
    lines: int = 0
    nuls: int = 0
    long_lines: bool = False
    is_utf8: bool = True
    beyond_ascii: bool = False


def _look_through(file: BinaryIO, name: str) -> _Seen:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    seen, unended = _Seen(), 0
    while True:
        chunk = file.read(_CHUNK)
        seen.size += len(chunk)
        seen.nuls += chunk.count(0)
        ends = chunk.count(b"\n") or chunk.count(b"\r")
        seen.lines += ends
        seen.long_lines = seen.long_lines or (len(chunk) == _CHUNK and ends < _USUAL_LINES)
        unended = 0 if ends else unended + len(chunk)
        if unended >= _CHUNK:
            _refuse_endless(name, seen.lines + 1, chunk, unended)
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            seen.is_utf8 = seen.is_utf8 and not _ESCAPED.search(text)
            seen.beyond_ascii = seen.beyond_ascii or bool(_BEYOND_ASCII.search(text))
        if not chunk:
            return seen


_MARKS_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _utf16(start: bytes) -> str:
    """Return the name of the UTF-16 that a text is in, "" for none: Latin letters leave every second byte empty."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    half = len(start) // 2
    if half >= 4 and start[1::2].count(0) > 0.7 * half and start[::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if half >= 4 and start[::2].count(0) > 0.7 * half and start[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return ""


def _refuse_endless(name: str, row: int, chunk: bytes, size: int) -> None:
    """Refuse a line that no table has, before anybody tries to hold it."""
    if max(map(chunk.count, (b",", b";", b"\t", b"|"))) > _MOST_DELIMITERS:
        raise FileRefused("file_not_a_table", name=name, found="a row without end")
    if size > _LONGEST_LINE and chunk.strip(b"\0"):
        raise FileRefused("file_quote_open", name=name, row=row)


def _refuse_other(name: str, start: bytes) -> None:
    found = next((what for magic, what in _KNOWN_OTHERS if start.startswith(magic)), None)
    if found is None and _JSON.match(start):
        found = "JSON"
    if found is None and _MARKUP.match(start):
        found = "HTML or XML"
    if found is not None:
        raise FileRefused("file_not_a_table", name=name, found=found)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - the handler is used for decoding only
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("finder.as_cp1252", _as_cp1252)


# What Windows-1252 shows for the bytes 0x80 to 0x9f; the five that it does not know stay control characters.
_BYTES_OF_1252 = {ord(char): byte for byte in range(0x80, 0xA0) if (char := bytes((byte,)).decode("cp1252", "ignore"))}
_FIRST_OF_TWO = re.compile("[\u00c2-\u00f4]")


def ungarbled(text: str) -> str:
    """Return a text whose UTF-8 was read as Windows-1252 and saved so, once or twice, as it was; any other stays."""
    for _time in range(2):
        if not _FIRST_OF_TWO.search(text):
            break
        try:
            read = text.translate(_BYTES_OF_1252).encode("latin-1").decode("utf-8")
        except UnicodeError:
            break
        if re.search("[\u0080-\u009f]", read):
            break
        text = read
    return text
