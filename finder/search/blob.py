"""Arrays as one blob that is used where it lies: nothing is copied, so that loading holds up no request.

A line of JSON says of each array its name, type, shape and where it begins; then come the arrays. In front stand eight
bytes: how long the line is, and the CRC-32 of all that follows.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.errors import StorageFailed

_FRONT = struct.Struct("<II")
# Where numbers of any type may begin.
_STEP = 64


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays as a blob, in the order given."""
    lines, parts, at = [], [], 0
    for name, array in arrays.items():
        lines.append([name, array.dtype.str, array.shape, at])
        raw = np.ascontiguousarray(array).tobytes()
        parts.append(raw + bytes(-len(raw) % _STEP))
        at += len(parts[-1])
    line = json.dumps(lines).encode()
    line += b" " * (-(_FRONT.size + len(line)) % _STEP)
    rest = b"".join((line, *parts))
    return _FRONT.pack(len(line), zlib.crc32(rest)) + rest


def unpacked(blob: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a blob, which cannot be written to. Raises StorageFailed (storage_damaged)."""
    whole = memoryview(blob)
    if len(whole) < _FRONT.size:
        raise StorageFailed("storage_damaged", database="snapshot")
    length, check = _FRONT.unpack_from(whole)
    rest = whole[_FRONT.size :]
    if zlib.crc32(rest) != check:
        raise StorageFailed("storage_damaged", database="snapshot")
    return {
        name: np.frombuffer(rest, np.dtype(kind), int(np.prod(shape)), length + at).reshape(shape)
        for name, kind, shape, at in json.loads(bytes(rest[:length]))
    }
