"""How a text file is written is found out from its bytes, and what is no text at all is named."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from finder.db.datasets import SourceFile
from finder.db.directory import Location
from finder.errors import FileRefused
from finder.importers.encodings import Encoding, recognise, ungarbled
from finder.importers.pipeline import import_files
from finder.importers.rows import Limits, tables

Write = Callable[[str, str | bytes], Path]

TEXT = "id,name\n1,Café Niño\n2,Zoë\n"


def found(path: Path) -> Encoding:
    return recognise(path, path.name)


def read(path: Path) -> str:
    """Read a file as it was recognised."""
    how = found(path)
    return path.read_bytes().decode(how.codec, how.errors)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("cp1252"), "cp1252"),
        (b"id,name\n1,\x93Hip\x94 \x96 center\n", "cp1252"),
        (b"id,name\n", "utf-8"),
    ],
)
def test_encodings(write_csv: Write, content: bytes, name: str) -> None:
    path = write_csv("file.csv", content)
    assert found(path).name == name
    expected = content.decode("cp1252") if name == "cp1252" else "id,name\n" if len(content) == 8 else TEXT
    assert read(path).removeprefix("\ufeff") == expected


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), mark=st.booleans())
def test_utf_8_is_never_mistaken(tmp_path_factory: pytest.TempPathFactory, text: str, mark: bool) -> None:
    content = ("id,name\n" + text).encode("utf-8-sig" if mark else "utf-8")
    path = tmp_path_factory.mktemp("utf8") / "any.csv"
    path.write_bytes(content)
    assert found(path).name == "utf-8"
    assert read(path) == "id,name\n" + text


def test_a_stray_byte_of_windows_is_read_as_what_it_is(write_csv: Write) -> None:
    """As when two exports were pasted together: neither half is spoilt for the other's sake."""
    path = write_csv("file.csv", "id,name\n1,Café Niño\n".encode() + "2,Zoë \u2013 \u201cHip\u201d\n".encode("cp1252"))
    assert found(path).name == "utf-8 and cp1252"
    assert read(path) == "id,name\n1,Café Niño\n2,Zoë \u2013 \u201cHip\u201d\n"


def test_what_no_encoding_reads_is_seen(write_csv: Write) -> None:
    assert read(write_csv("file.csv", b"id,name\n1,Caf\x81\n")) == "id,name\n1,Caf\ufffd\n"
    assert read(write_csv("file.csv", "id,name\n1,é".encode() + b"Caf\x81\n")) == "id,name\n1,éCaf\ufffd\n"


@pytest.mark.parametrize(
    ("letter", "short"),
    [("é", 1), ("\u20ac", 1), ("\u20ac", 2), ("\U0001f600", 1), ("\U0001f600", 2), ("\U0001f600", 3)],
)
def test_a_letter_cut_in_two_by_a_slice_stays_whole(write_csv: Write, letter: str, short: int) -> None:
    before = "id,name\n1," + "x" * (2**20 - 10 - short)
    assert len(before.encode()) == 2**20 - short
    path = write_csv("file.csv", f"{before}{letter}\n")
    assert found(path).name == "utf-8"
    assert read(path).endswith(f"x{letter}\n")
    # Cut off at the end of the file it is no letter.
    path.write_bytes(path.read_bytes()[: 2**20 - short + 1])
    assert found(path).name == "cp1252"


def test_the_lines_of_a_whole_file_are_counted(write_csv: Write) -> None:
    assert found(write_csv("file.csv", b"id,name\r\n" + b"1,A\n" * 300_000)).lines == 300_001


@pytest.mark.parametrize("place", [10, 2**20 - 1, 2**20, 2**20 + 10])
def test_one_odd_byte_anywhere_is_found(write_csv: Write, place: int) -> None:
    content = bytearray(b"id,name\n" + b"1,A\n" * 300_000)
    content[place : place + 1] = b"\xe9"
    assert found(write_csv("file.csv", bytes(content))).name == "cp1252"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG picture"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"GIF89a", "a GIF picture"),
        (b"\n <html><table><tr><td>id</td></tr></table></html>", "HTML or XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><list/>', "HTML or XML"),
        ("<html></html>".encode("utf-16"), "HTML or XML"),
        ("\n<html></html>".encode("utf-16-le"), "HTML or XML"),
        (b'{"id": 1}', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"{\\rtf1 id,name}", "a text document"),
        (b"SQLite format 3\x00", "a database"),
        (b"id,name\n1," + b"\x00" * 20 + b"\n", "binary data"),
    ],
)
def test_what_is_no_table_is_named(write_csv: Write, content: bytes, what: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        found(write_csv("list.csv", content))
    assert (refusal.value.code, refusal.value.params) == ("file_not_a_table", {"name": "list.csv", "found": what})


def test_a_few_nuls_are_left_to_the_rows(write_csv: Write) -> None:
    path = write_csv("list.csv", "id,name\n" + "1,A\n" * 100 + "2,B\0C\n")
    (one,) = tables(path, Limits())
    assert list(one.rest)[-1][1] == ["2", "B\0C"]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-be", "utf-16"), ("cp1252", "cp1252")],
)
def test_how_a_file_was_read_is_told_and_kept(engine: Engine, tmp_path: Path, encoding: str, told: str) -> None:
    path = tmp_path / "places.csv"
    path.write_bytes("location_id;name;state;zip_code\nmain;Clínica Niño;VA;23220\n".encode(encoding))
    report = import_files(engine, [path], "clinic")
    assert [(file.section, file.encoding, file.delimiter) for file in report.files] == [("locations", told, ";")]
    with engine.connect() as connection:
        kept = connection.execute(select(SourceFile.encoding, SourceFile.delimiter)).one()
        name = connection.scalar(select(Location.name))
    assert tuple(kept) == (told, ";")
    assert name == "Clínica Niño"


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Jos\u00c3\u00a9", "Jos\u00e9"), ("Mu\u00c3\u00b1oz", "Mu\u00f1oz"), ("Mar\u00c3\u00ada", "Mar\u00eda"),
        ("O\u00e2\u20ac\u2122Brien", "O\u2019Brien"), ("\u00c3\u0081vila", "\u00c1vila"), ("PE\u00c3\u2018A", "PE\u00d1A"),
        ("Jos\u00c3\u0192\u00c2\u00a9", "Jos\u00e9"),
        # These are as they were meant, or cannot be told.
        *((text, text) for text in ("Jos\u00e9", "S\u00c3O", "\u00c3\u00a9 \u00e9", "Nguy\u1ec5n \u00c3\u00a9", "\u00c2", "plain", "")),
    ],
)  # fmt: skip
def test_garbled_letters_come_back_where_nothing_else_can_be_meant(text: str, letters: str) -> None:
    assert ungarbled(text) == letters
