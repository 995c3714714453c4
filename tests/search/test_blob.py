"""Arrays come out of a blob as they went in, and a blob that is not as it was stored is found out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from finder.errors import StorageFailed
from finder.search.blob import packed, unpacked

_TYPES = st.sampled_from(["<i8", "<i4", "<u8", "|u1", "|b1", "<f8", "|i1"])
_ARRAYS = st.dictionaries(
    st.text(max_size=12),
    _TYPES.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=1, max_dims=2, min_side=0))),
    max_size=6,
)


@given(_ARRAYS)
def test_arrays_come_out_as_they_went_in(given_arrays: dict[str, np.ndarray]) -> None:
    found = unpacked(packed(given_arrays))
    assert list(found) == list(given_arrays)
    for name, array in given_arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()


def test_nobody_can_write_into_a_blob() -> None:
    with pytest.raises(ValueError, match="read-only"):
        unpacked(packed({"one": np.arange(9)}))["one"][0] = 7


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:3], lambda b: b"", lambda b: b[:200] + b"x" + b[201:]]
)
def test_a_damaged_blob_is_found_out(damage) -> None:
    blob = packed({"one": np.arange(1000), "two": np.ones(3)})
    with pytest.raises(StorageFailed):
        unpacked(damage(blob))
