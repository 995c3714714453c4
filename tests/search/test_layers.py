"""Lists that are kept: as many as there is room for, asked from many threads at once, and never a name's."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from finder.search import index as module
from finder.search.filters import Wanted
from finder.search.index import Index
from finder.search.treats import Rung
from tests.conftest import load_index
from tests.search.made_up import DAY_ONE

HERE = (37.5498, -77.4588)


@pytest.fixture
def index(shared_demo: Engine) -> Index:
    return load_index(shared_demo)


def lists(index: Index) -> list[Wanted]:
    facts = ((), (("new_patients", "yes"),), (("language", "es"), ("step_free", "yes")))
    return [
        Wanted(unit, work, (Rung.DECLARED, Rung.USUAL), facts=some, tier=2 if some else None)
        for unit, work, some in itertools.product(("people", "places"), index.works, facts)
    ]


def test_many_threads_ask_while_there_is_room_for_few(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = lists(index)
    expected = {one: index.nearest(*HERE, one, 10, DAY_ONE) for one in wanted}
    room = index.kept_bytes // 10
    crowded = Index(index.snapshot, 2)
    monkeypatch.setattr(module, "_KEPT_BYTES", room)

    def ask(seed: int) -> bool:
        draw = random.Random(seed)
        some = [draw.choice(wanted) for _ in range(400)]
        return all(crowded.nearest(*HERE, one, 10, DAY_ONE) == expected[one] for one in some)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    largest = max(layer.bytes for layer in crowded._layers.values())
    assert crowded.kept_bytes == sum(layer.bytes for layer in crowded._layers.values()) <= room + largest
    # What is forgotten is not kept by a plan either.
    layers = [*crowded._layers.values(), *crowded._everyone.values()]
    assert all(any(plan.course.layer is one for one in layers) for plan in crowded._plans.values() if plan.course)


def test_a_list_walked_among_others_says_the_same(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for lists too long to be made at once: first among all others, then in a layer made in the background."""
    wanted = [one for one in lists(index) if one.unit == "people"]
    expected = {one: index.nearest(*HERE, one, 10, DAY_ONE) for one in wanted}
    other = Index(index.snapshot, 2)
    monkeypatch.setattr(module, "_AT_ONCE", -1)
    for _ in range(12):
        assert {one: other.nearest(*HERE, one, 10, DAY_ONE) for one in wanted} == expected
    assert other._layers


def test_the_rows_of_a_name_are_not_kept(index: Index) -> None:
    found = index.nearest(*HERE, Wanted("people", only=(3, 5, 8)), 10, DAY_ONE)
    assert found
    assert {one.number for one in found} <= {3, 5, 8}
    assert not index._layers
    assert not index._plans
