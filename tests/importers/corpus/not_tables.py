"""What is no table whatever its name says, and paths that lead to no file."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from pathlib import Path

from finder.importers.rows import Limits
from tests.importers.corpus.entry import GOOD, Content, Entry, one

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00" + zlib.compress(
    bytes(99)
)
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le") + bytes(2000)
LOCKED_WORKBOOK = OLD_WORKBOOK.replace("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
HTML = "<html><body><table><tr><td>location_id</td></tr></table></body></html>"


def _not(name: str, what: str, content: Content, found: str, file: str = "list.csv") -> Entry:
    return Entry(name, what, one(content, file), refusal="file_not_a_table", told={"found": found, "name": file})


def _zip(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return made.getvalue()


def _locked_zip(content: bytes) -> bytes:
    """Return an archive whose parts are marked as encrypted."""
    marked = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(mark)
        while at >= 0:
            marked[at + flags] |= 1
            at = marked.find(mark, at + 4)
    return bytes(marked)


def _behind_a_link(path: Path) -> None:
    real = path.with_name("real.csv")
    real.write_text(GOOD)
    path.symlink_to(real)


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("gone.csv"))


ENTRIES = [
    _not("png", "a picture", PNG, "a PNG picture"),
    _not("jpeg", "a photograph", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a JPEG picture"),
    _not("gif", "an old picture", b"GIF89a\x01\x00\x01\x00", "a GIF picture"),
    _not("pdf", "a PDF that was renamed", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF"),
    _not("gzip", "a good list, packed", gzip.compress(GOOD.encode(), mtime=0), "a gzip archive", "list.csv.gz"),
    _not("7z", "a 7z archive", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(99), "a 7z archive"),
    _not("rar", "a RAR archive", b"Rar!\x1a\x07\x01\x00" + bytes(99), "a RAR archive"),
    _not("json", "JSON, an object", '{"location_id": "main"}', "JSON"),
    _not("json-list", "JSON, a list, after a mark and spaces", '\ufeff \n[{"location_id": "main"}]', "JSON"),
    _not("html-named-xls", "a web page that a program calls an Excel file", HTML, "HTML or XML", "export.xls"),
    _not(
        "html-named-csv",
        "the sign-in page that was downloaded instead of the list",
        "\n  <!DOCTYPE html><title>Sign in</title>",
        "HTML or XML",
    ),
    _not("html-utf-16", "a web page in UTF-16", b"\xff\xfe" + HTML.encode("utf-16-le"), "HTML or XML", "export.xls"),
    _not(
        "xml-spreadsheet",
        "a spreadsheet of 2003, in XML",
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        "HTML or XML",
        "list.xls",
    ),
    _not("rtf", "a text document", r"{\rtf1\ansi location_id}", "a text document"),
    _not("database", "a database", b"SQLite format 3\x00" + bytes(200), "a database"),
    Entry("random-bytes", "bytes that mean nothing", one(bytes(range(256)) * 40), refusal="file_without_header"),
    _not("program", "a program", b"\x7fELF\x02\x01\x01" + bytes(500), "binary data"),
    _not("zip-of-a-list", "a good list in an archive", _zip("list.csv", GOOD.encode()), "a ZIP archive", "list.zip"),
    _not(
        "document", "a Word document that was renamed", _zip("word/document.xml", b"<w/>"), "a ZIP archive", "list.xlsx"
    ),
    Entry(
        "old-workbook",
        "a workbook of before 2007",
        one(OLD_WORKBOOK, "list.xls"),
        refusal="workbook_old",
        everywhere=True,
    ),
    Entry(
        "old-workbook-renamed",
        "the same, with the name of a new one",
        one(OLD_WORKBOOK, "list.xlsx"),
        refusal="workbook_old",
    ),
    Entry(
        "workbook-with-password",
        "a workbook that needs a password",
        one(LOCKED_WORKBOOK, "list.xlsx"),
        refusal="workbook_locked",
        everywhere=True,
    ),
    Entry(
        "zip-with-password",
        "an archive that needs a password",
        one(_locked_zip(_zip("xl/workbook.xml", b"<workbook/>")), "list.xlsx"),
        refusal="workbook_locked",
    ),
    Entry(
        "zip-cut-short",
        "an archive of which the end is missing",
        one(_zip("list.csv", GOOD.encode())[:60], "list.xlsx"),
        refusal="file_not_a_table",
    ),
    Entry(
        "title-in-brackets",
        "a good list below a title in brackets, which is no JSON",
        one("[Draft] Locations of Quillmoor\n" + GOOD),
        accepted=2,
    ),
    Entry(
        "title-in-angles",
        "a good list below a title in angle brackets, which is no HTML",
        one("<confidential>\n" + GOOD),
        accepted=2,
    ),
    Entry("no-such-file", "a file that is not there", one(lambda path: None), refusal="file_missing"),
    Entry("a-folder", "a folder", one(lambda path: path.mkdir()), refusal="file_missing"),
    Entry("a-link", "a link to a good list", one(_behind_a_link), accepted=2),
    Entry("a-link-to-itself", "a link that leads to itself", one(_loop), refusal="file_missing"),
    Entry("a-link-to-nothing", "a link that leads nowhere", one(_nowhere), refusal="file_missing"),
    Entry(
        "a-pipe",
        "a pipe into which nobody writes: it is not waited for",
        one(os.mkfifo),
        refusal="file_missing",
        giant=True,
    ),
    Entry(
        "a-device",
        "a device that never ends",
        one(lambda path: path.symlink_to("/dev/zero")),
        refusal="file_missing",
        giant=True,
    ),
    Entry(
        "a-name-of-any-bytes",
        "a file whose name is no UTF-8, and has an escape and a line's end in it",
        one(GOOD, "li\udce9\x1b[31m\nst.csv"),
        accepted=2,
        everywhere=True,
    ),
    Entry(
        "a-name-of-a-path",
        "a name that is like an option and a path",
        one(GOOD, "--help ..%2f..%2fetc.csv"),
        accepted=2,
    ),
    Entry(
        "file-too-large",
        "a file above the limit",
        one(lambda path: path.write_text(GOOD + "\n" * 2_000_000)),
        wishes={"limits": Limits(file_mb=1)},
        refusal="file_too_large",
        told={"size_mb": 2, "limit_mb": 1},
    ),
]
