"""How the bytes are written: encodings, byte-order marks, ends of lines, and files with nothing in them."""

from __future__ import annotations

from tests.importers.corpus.entry import GOOD, HEADER, MAIN, NORTH, Entry, one

ACCENTS = HEADER + "main,Clínica Peña,VA,23220,37.55,-77.46\nnorth,Château Ünal,VA,23226,37.58,-77.52\n"
NAMES = ["Clínica Peña", "Château Ünal"]
PLAIN = ["Quillmoor Hospital", "Quillmoor North"]
EURO = HEADER + "main,Dr. Ko\u0161i\u0107\u2019s \u201cHip\u201d \u2013 \u20ac,VA,23220,37.55,-77.46\n"
SPANISH = HEADER + "main,Clínica Peña,VA,23220,37.55,-77.46\n"


def _read(name: str, what: str, content: bytes, encoding: str, names: list[str], **more: object) -> Entry:
    return Entry(name, what, one(content), accepted=len(names), lands={"name": names}, read_as=(encoding, ","), **more)


ENTRIES = [
    _read("utf-8", "UTF-8 with accents", ACCENTS.encode(), "utf-8", NAMES, everywhere=True),
    _read("utf-8-mark", "UTF-8 with a byte-order mark, as Excel saves it", ACCENTS.encode("utf-8-sig"), "utf-8", NAMES),
    _read(
        "utf-8-two-marks",
        "two byte-order marks, from a tool that adds one to what has one",
        b"\xef\xbb\xbf" + ACCENTS.encode("utf-8-sig"),
        "utf-8",
        NAMES,
    ),
    _read(
        "utf-8-decomposed",
        "accents apart from their letters, as macOS writes names; they are put together",
        (HEADER + "main,Cli\u0301nica Pen\u0303a,VA,23220,37.55,-77.46\n").encode(),
        "utf-8",
        NAMES[:1],
    ),
    _read(
        "utf-16-le-mark",
        'UTF-16, little end first, marked: Excel\'s "Unicode text"',
        b"\xff\xfe" + ACCENTS.encode("utf-16-le"),
        "utf-16",
        NAMES,
        everywhere=True,
    ),
    _read(
        "utf-16-be-mark", "UTF-16, big end first, marked", b"\xfe\xff" + ACCENTS.encode("utf-16-be"), "utf-16", NAMES
    ),
    _read("utf-16-le", "UTF-16, little end first, without a mark", ACCENTS.encode("utf-16-le"), "utf-16", NAMES),
    _read("utf-16-be", "UTF-16, big end first, without a mark", ACCENTS.encode("utf-16-be"), "utf-16", NAMES),
    _read(
        "utf-16-cut",
        "UTF-16 that ends in the middle of a character",
        b"\xff\xfe" + GOOD.encode("utf-16-le")[:-1],
        "utf-16",
        PLAIN,
        problems={"number_malformed": [3], "position_half": [3]},
    ),
    _read(
        "utf-16-half-pair",
        "half of a pair of UTF-16, which is no character: a mark stands for it",
        b"\xff\xfe" + GOOD.replace("Hospital", "H\ud83dspital").encode("utf-16-le", "surrogatepass"),
        "utf-16",
        ["Quillmoor H\ufffdspital", PLAIN[1]],
        everywhere=True,
    ),
    Entry(
        "utf-32", "UTF-32, which no program of ours writes", one(GOOD.encode("utf-32")), refusal="file_without_header"
    ),
    _read("windows-1252", "Windows-1252 with accents", ACCENTS.encode("cp1252"), "cp1252", NAMES, everywhere=True),
    _read(
        "latin-1-names",
        "Latin-1 names, which Windows-1252 has in the same places",
        ACCENTS.encode("latin-1"),
        "cp1252",
        NAMES,
    ),
    Entry(
        "windows-1252-marks",
        "Windows-1252 with curly quotes, a dash and a euro sign",
        one(EURO.replace("\u0107", "c").encode("cp1252")),
        accepted=1,
        problems={"quotes_mended": [2]},
        lands={"name": ['Dr. Košic\'s "Hip" \u2013 €']},
        read_as=("cp1252", ","),
    ),
    _read(
        "utf-8-stray-1252",
        "two exports pasted together: UTF-8, and one name in Windows-1252",
        ACCENTS.encode() + "south,Güell,VA,23220,37.56,-77.47\n".encode("cp1252"),
        "utf-8 and cp1252",
        [*NAMES, "Güell"],
        everywhere=True,
    ),
    _read(
        "mac-roman",
        "an old Macintosh's file: nobody can tell it from Windows-1252, so that an accent comes out wrong",
        SPANISH.encode("mac_roman"),
        "cp1252",
        ["Cl\u2019nica Pe\u2013a".replace("\u2019", "'")],
        problems={"quotes_mended": [2]},
    ),
    Entry(
        "undefined-1252",
        "a byte that Windows-1252 has no character for",
        one(HEADER.encode() + b"main,Caf\xe9 \x81 Hip,VA,23220,37.55,-77.46\n"),
        accepted=1,
        lands={"name": ["Café \ufffd Hip"]},
        read_as=("cp1252", ","),
    ),
    _read(
        "mark-in-the-middle",
        "a byte-order mark in the middle, at the begin of a row",
        (HEADER + MAIN + "\ufeff" + NORTH).encode(),
        "utf-8",
        PLAIN,
    ),
    Entry(
        "overlong-utf-8",
        "a slash written as two bytes, which no UTF-8 may",
        one(HEADER.encode() + "é".encode() + b"main,A\xc0\xafB,VA,23220,37.55,-77.46\n" + NORTH.encode()),
        accepted=1,
        refused=1,
        problems={"key_malformed": [2]},
        lands={"name": PLAIN[1:]},
    ),
    _read("newlines-unix", "lines that end as on Unix", GOOD.encode(), "utf-8", PLAIN),
    _read("newlines-windows", "lines that end as on Windows", GOOD.replace("\n", "\r\n").encode(), "utf-8", PLAIN),
    _read("newlines-mac", "lines that end as on an old Macintosh", GOOD.replace("\n", "\r").encode(), "utf-8", PLAIN),
    _read(
        "newlines-mixed",
        "all three ends of lines in one file",
        (HEADER.replace("\n", "\r\n") + MAIN.replace("\n", "\r") + NORTH).encode(),
        "utf-8",
        PLAIN,
    ),
    _read("newline-none-at-end", "no end of the last line", GOOD.rstrip("\n").encode(), "utf-8", PLAIN),
    _read(
        "line-separators-in-cells",
        "characters that Python alone takes for ends of lines",
        GOOD.replace("Quillmoor H", "Quillmoor\x85H").replace("moor N", "moor\u2028N").encode(),
        "utf-8",
        PLAIN,
    ),
    Entry("empty", "a file of no bytes", one(b""), refusal="file_empty", everywhere=True),
    Entry("only-a-mark", "a byte-order mark alone", one(b"\xef\xbb\xbf"), refusal="file_empty"),
    Entry("only-a-mark-16", "the byte-order mark of UTF-16 alone", one(b"\xff\xfe"), refusal="file_empty"),
    Entry("only-spaces", "spaces, tabs and ends of lines", one(b" \r\n\t\n   \n"), refusal="file_empty"),
    Entry(
        "only-nuls",
        "a file of NULs, as a crash leaves it",
        one(bytes(5000)),
        refusal="file_not_a_table",
        told={"found": "binary data"},
    ),
    Entry("only-commas", "an empty table, as a spreadsheet saves it", one(b",,,,\n" * 50), refusal="file_empty"),
    Entry("only-quotes", "cells that are quoted and empty", one(b'"","",""\n"","",""\n'), refusal="file_empty"),
]
