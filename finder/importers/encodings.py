"""Find out how a text file is written, in one pass over its bytes: byte-order mark, UTF-8, UTF-16, Windows-1252."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

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
_ESCAPED = re.compile("[\udc80-\udcff]")  # how surrogateescape writes a byte that is no UTF-8
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True)
class Encoding:
    """How to open a file: `codec` and `errors` as for open(), `name` as it is reported; and how many lines."""

    name: str
    codec: str
    errors: str
    lines: int


def recognise(path: Path, name: str) -> Encoding:
    """Read a whole file and tell how its text is written.

    A stray Windows-1252 byte in a file of UTF-8, as when two exports were pasted together, is read as what it is.
    Raises FileRefused where the file is empty or plainly something else than text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    is_utf8, seen_utf8, nuls, lines, size, start = True, False, 0, 0, 0, b""
    with open(path, "rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            start = start or chunk[:4096]
            size += len(chunk)
            nuls += chunk.count(0)
            lines += chunk.count(b"\n")
            text = decoder.decode(chunk, final=not chunk)
            if not text.isascii():
                is_utf8 = is_utf8 and not _ESCAPED.search(text)
                seen_utf8 = seen_utf8 or bool(_BEYOND_ASCII.search(text))
            if not chunk:
                break
    if not start.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe") and size <= len(start):
        raise FileRefused("file_empty", name=name)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return Encoding("xlsx", "", "", lines)
    wide = _utf16(start)
    if wide:
        _refuse_other(name, start.decode(wide, errors="replace").lstrip("\ufeff \t\r\n").encode())
        return Encoding("utf-16", wide if start[:2] not in _MARKS_16 else "utf-16", "replace", lines)
    _refuse_other(name, start.removeprefix(codecs.BOM_UTF8).lstrip())
    if nuls > _BINARY_SHARE * size:
        raise FileRefused("file_not_a_table", name=name, found="binary data")
    if is_utf8:
        return Encoding("utf-8", "utf-8-sig", "strict", lines)
    if not seen_utf8:
        return Encoding("cp1252", "cp1252", "replace", lines)
    return Encoding("utf-8 and cp1252", "utf-8-sig", "finder.as_cp1252", lines)


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
