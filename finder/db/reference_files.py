"""Files of reference: a CSV whose first line says what it is, of which day, how long, and what proves it whole."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from typing import NamedTuple

_HEAD = re.compile(rb"# (zip_points) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{1,6}) rows sha256 ([0-9a-f]{64})\n")
HEAD_LONGEST = 200
# What of a file is wrong.
HEAD, SUM, ROWS = "head", "sum", "rows"


class Head(NamedTuple):
    """What the first line says."""

    name: str
    made_on: dt.date
    rows: int
    sha256: str


class ReferenceFile(NamedTuple):
    """A file that is whole: its head, and its rows by the names of their columns."""

    head: Head
    rows: list[dict[str, str]]


def read_head(text: bytes) -> Head | None:
    """Return what the first line of a file says, None where it is no such line."""
    found = _HEAD.match(text[:HEAD_LONGEST])
    if found is None:
        return None
    try:
        made_on = dt.date.fromisoformat(found[2].decode())
    except ValueError:
        return None
    return Head(found[1].decode(), made_on, int(found[3]), found[4].decode())


def read_reference(text: bytes) -> ReferenceFile:
    """Return a file's rows. Raises ValueError: head, sum, or rows where it is not as its first line says."""
    head = read_head(text)
    if head is None:
        raise ValueError(HEAD)
    body = text.partition(b"\n")[2]
    if hashlib.sha256(body).hexdigest() != head.sha256:
        raise ValueError(SUM)
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8"), newline="")))
    if len(rows) != head.rows:
        raise ValueError(ROWS)
    return ReferenceFile(head, rows)


def write_reference(name: str, made_on: dt.date, rows: list[dict[str, str]], columns: tuple[str, ...]) -> bytes:
    """Return the text of a file; the same bytes every time."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    body = text.getvalue().encode()
    head = f"# {name} {made_on.isoformat()} {len(rows)} rows sha256 {hashlib.sha256(body).hexdigest()}\n"
    return head.encode() + body
