"""What is kept of late: never more than so many, and what is asked for stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from finder.search.kept import Kept


@given(st.integers(1, 8), st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=200))
def test_the_newest_are_there_and_no_more_than_so_many(most: int, steps: list[tuple[bool, int]]) -> None:
    kept, last = Kept[int, str](most), list[int]()
    for is_put, key in steps:
        if is_put:
            kept.put(key, f"v{key}")
            last.append(key)
        elif kept.get(key) is not None:
            assert kept.get(key) == f"v{key}"
            last.append(key)
        assert len(kept.all()) <= most
        # The so many that were put or asked for last are there still.
        assert all(kept.all().get(one) == f"v{one}" for one in list(dict.fromkeys(reversed(last)))[:most])


def test_what_is_asked_for_often_stays_while_others_pass_through() -> None:
    kept = Kept[int, int](10)
    kept.put(-1, -1)
    for number in range(1_000):
        kept.put(number, number)
        assert kept.get(-1) == -1
    assert kept.get(0) is None
    assert len(kept.all()) == 10
