"""Text files to rows: delimiters, line ends, quotes, row numbers, and how little of a file is held at once."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finder.errors import FileRefused
from finder.importers.rows import Limits, Row, Swallowed, Table, tables

LIMITS = Limits()
Write = Callable[[str, str | bytes], Path]

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1e"), max_size=12) | st.sampled_from(
    ['"', '""', '"a"', "a,b;c|d\te", " two\nlines ", "\r", "\r\n", "'", "=1+1", "\ufeff", "\u2028", "", " "]
)


def table(path: Path) -> Table:
    (one,) = tables(path, Limits())
    return one


def rows(path: Path) -> list[Row]:
    one = table(path)
    return [*one.head, *one.rest]


def refused(path: Path, limits: Limits = LIMITS) -> FileRefused:
    """Return how a file is refused, be it at once or on the way."""
    with pytest.raises(FileRefused) as refusal:
        [list(one.rest) for one in tables(path, limits)]
    return refusal.value


def as_csv(table: list[list[str]], delimiter: str = ",", end: str = "\n", *, quoted: bool = False) -> str:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    return text.getvalue()


@given(
    data=st.data(),
    width=st.integers(2, 6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(("\n", "\r\n", "\r")),
)
def test_any_table_comes_back_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, width: int, delimiter: str, end: str
) -> None:
    written = [[f"head {n}" for n in range(width)]]
    written += data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=40))
    # The writer of this Python leaves a line break of another kind without quotes.
    quoted = data.draw(st.booleans()) or any(mark in cell for row in written for cell in row for mark in "\r\n")
    text = as_csv(written, delimiter, end, quoted=quoted)
    encoding = data.draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")))
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return assume(False)
    if encoding == "cp1252":
        # Bytes that are good UTF-8 are taken for it, and rightly.
        assume(not text.isascii() and "\ufffd" in content.decode(errors="replace"))
        assume(
            all(len(one.encode(errors="surrogateescape")) == 1 for one in set(content.decode(errors="surrogateescape")))
        )
    elif encoding in ("utf-16-le", "utf-16-be"):
        # Without a mark it is known by the empty bytes of Latin letters.
        assume(sum(map(str.isascii, text)) > 0.8 * len(text))
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)
    one = table(path)
    assert one.delimiter == delimiter
    assert [*one.head, *one.rest] == list(enumerate(written, 1))


@pytest.mark.parametrize("count", [1, 18, 19, 20, 21, 498, 499, 500, 501, 999, 1000, 1001, 2500])
@pytest.mark.parametrize("end", ["\n", ""])
def test_no_row_is_lost_where_slices_meet(write_csv: Write, count: int, end: str) -> None:
    lines = ["id,name", *(f'{n},"a ""name"", {n}"' for n in range(count))]
    expected = [["id", "name"], *([str(n), f'a "name", {n}'] for n in range(count))]
    assert rows(write_csv("file.csv", "\n".join(lines) + end)) == list(enumerate(expected, 1))


@pytest.mark.parametrize("blank", [1, 3, 480, 481, 700])
def test_blank_rows_keep_their_numbers(write_csv: Write, blank: int) -> None:
    found = rows(write_csv("file.csv", "\n" * blank + "id,name\n1,A\n" + "\n" * blank + ",\n2,B\n\n"))
    assert [row for row in found if any(row[1])] == [
        (blank + 1, ["id", "name"]), (blank + 2, ["1", "A"]), (2 * blank + 4, ["2", "B"]),
    ]  # fmt: skip
    assert [number for number, _cells in found] == list(range(1, 2 * blank + 6))


def test_a_record_of_several_lines_is_one_row(write_csv: Write) -> None:
    path = write_csv("file.csv", '\n\nid,name\n1,"two\nlines, and ""more"""\n\n2,B\n,\n3,C')
    assert rows(path)[2:] == [
        (3, ["id", "name"]), (4, ["1", 'two\nlines, and "more"']), (5, []), (6, ["2", "B"]), (7, ["", ""]), (8, ["3", "C"]),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "!"])
def test_excels_own_word_for_the_delimiter_is_believed(write_csv: Write, mark: str, end: str) -> None:
    lines = (f"sep={mark}", mark.join(("id", "name")), mark.join(("1", "Fern; Moss, A|B")))
    path = write_csv("file.csv", end.join(lines))
    assert table(path).delimiter == mark
    # The line is none of the table: a spreadsheet does not show it.
    if mark not in "Fern; Moss, A|B":
        assert rows(path) == [(1, ["id", "name"]), (2, ["1", "Fern; Moss, A|B"])]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("id;name\n1;Fern, Ada\n2;Moss, Bo\n", ";"),
        ("id,name\n1,Fern; Ada\n2,Moss; Bo\n", ","),
        ("title of the list\n\nid|name|city\n1|A, B, C|D\n", "|"),
        ('id,name\n1,"a;b;c;d"\n2,"e;f;g;h"\n', ","),
        ("id\n1\n2\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_makes_even_rows(write_csv: Write, content: str, delimiter: str) -> None:
    assert table(write_csv("file.csv", content)).delimiter == delimiter


@pytest.mark.parametrize("before", [0, 1, 18, 19, 20, 480, 499, 500, 501, 1200])
def test_a_quote_that_never_closes_is_named_by_its_row(write_csv: Write, before: int) -> None:
    lines = ["id,name", *(f"{n},A" for n in range(before)), 'x,"B', *(f"{n},C" for n in range(30))]
    told = refused(write_csv("file.csv", "\n".join(lines) + "\n"))
    assert (told.code, told.params) == ("file_quote_open", {"name": "file.csv", "row": before + 2})


def test_a_quote_out_of_place_is_marked_where_it_swallowed_rows(write_csv: Write) -> None:
    path = write_csv("file.csv", 'a,b,c,d\n1,"2,3,4\n5,6,7,8\n9,10,11",12\n13,"two\nlines, yes",15,16\n17,18,19,20\n')
    found = rows(path)
    assert [number for number, cells in found if isinstance(cells, Swallowed)] == [2]
    assert found[2:] == [(3, ["13", "two\nlines, yes", "15", "16"]), (4, ["17", "18", "19", "20"])]


def test_a_cell_beyond_all_measure_is_refused(write_csv: Write) -> None:
    told = refused(write_csv("file.csv", "id,name\n1," + "x" * (16 * 2**20 + 1) + "\n2,B\n"))
    assert (told.code, told.params["row"]) == ("file_quote_open", 2)
    assert len(rows(write_csv("file.csv", "id,name\n1," + "x" * 2_000_000 + "\n"))[1][1][1]) == 2_000_000


def test_the_first_twenty_filled_rows_are_looked_at_and_the_rest_is_read_as_it_is_needed(write_csv: Write) -> None:
    lines = ["a title", "", "id,name", *(f"{n},A" for n in range(2_000)), 'x,"open']
    one = table(write_csv("file.csv", "\n".join(lines)))
    assert [number for number, _cells in one.head] == list(range(1, 22))
    # What is wrong far below is not yet known.
    assert next(one.rest) == (22, ["18", "A"])
    with pytest.raises(FileRefused):
        list(one.rest)


def test_a_file_is_not_held_whole(write_csv: Write) -> None:
    path = write_csv("file.csv", "id,name\n" + "".join(f"{n},name {n}\n" for n in range(200_000)))
    tracemalloc.start()
    try:
        count = sum(1 for _row in table(path).rest)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 200_000 - 19
    assert peak < path.stat().st_size


def test_a_received_file_is_known_by_its_bytes(write_csv: Write) -> None:
    content = "id,name\n1,Café\n".encode()
    file = table(write_csv("places.csv", content)).file
    assert (file.name, file.size_bytes, file.sha256) == (
        "places.csv",
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert zlib.decompress(file.kept_zlib() or b"") == content


def test_a_large_file_is_not_kept(write_csv: Write) -> None:
    path = write_csv("large.csv", b"id,name\n" + (b"1," + b"x" * 97 + b"\n") * 335_545)
    assert path.stat().st_size > 32 * 2**20
    assert table(path).file.kept_zlib() is None


def test_what_cannot_be_opened_or_is_too_large(tmp_path: Path, write_csv: Write) -> None:
    for missing in (tmp_path / "none.csv", tmp_path):
        assert refused(missing).code == "file_missing"
    path = write_csv("file.csv", b"id,name\n" + b"1,A\n" * 250_000)
    assert path.stat().st_size == 1_000_008
    told = refused(path, Limits(file_mb=1))
    assert (told.code, told.params) == ("file_too_large", {"name": "file.csv", "size_mb": 1, "limit_mb": 1})
    path.write_bytes(path.read_bytes()[:1_000_000])
    assert len(list(itertools.islice(table(path).rest, 10))) == 10


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t\n", b"\x00\x00\x00", b",,,\n,,\n", b"\xef\xbb\xbf\n", b'"",""\n'],
)
def test_a_file_with_nothing_in_it(write_csv: Write, content: bytes) -> None:
    assert refused(write_csv("file.csv", content)).code == "file_empty"


@pytest.mark.parametrize("rows_of_nothing", [900, 1500])
def test_nothing_for_a_thousand_rows_is_nothing_at_all(write_csv: Write, rows_of_nothing: int) -> None:
    content = ",,\n" * rows_of_nothing + "id,name\n1,A\n"
    path = write_csv("file.csv", content)
    if rows_of_nothing < 1000:
        assert rows(path)[-1] == (rows_of_nothing + 2, ["1", "A"])
    else:
        assert refused(path).code == "file_empty"


def test_a_header_alone_is_a_table_without_rows(write_csv: Write) -> None:
    assert rows(write_csv("file.csv", "id,name")) == [(1, ["id", "name"])]
    assert rows(write_csv("file.csv", "id,name\n\n")) == [(1, ["id", "name"]), (2, [])]


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_any_bytes_are_rows_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any"
    path.write_bytes(content)
    try:
        numbers = [number for one in tables(path, Limits()) for number, _cells in (*one.head, *one.rest)]
    except FileRefused:
        return
    assert numbers == list(range(1, len(numbers) + 1))
