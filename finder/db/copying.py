"""Load arrays into PostgreSQL, by COPY in its binary form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from finder.db.dialect import copying

# PostgreSQL's types and what they are on the wire (its manual, COPY, Binary Format): a row is the number of its fields
# in two bytes, then of each its length in four and its bytes, the highest first.
_KINDS = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "bool": "?"}
_BEGIN, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def copy_arrays(
    connection: Connection, table: str, kinds: Mapping[str, str], slices: Iterable[Sequence[NDArray[Any]]]
) -> None:
    """Fill columns of a table, of the types named, with rows that come as one array a column, slice by slice."""
    fields = [("fields", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"{name} length", ">i4"), (name, _KINDS[kind])]
    row = np.dtype(fields)
    listed = ", ".join(f'"{name}"' for name in kinds)
    with copying(connection, f'COPY "{table}" ({listed}) FROM STDIN (FORMAT binary)') as copy:
        copy.write(_BEGIN)
        for arrays in slices:
            rows = np.empty(len(arrays[0]), row)
            rows["fields"] = len(kinds)
            for name, array in zip(kinds, arrays, strict=True):
                rows[f"{name} length"] = row[name].itemsize
                rows[name] = array
            copy.write(rows.tobytes())
        copy.write(_END)
