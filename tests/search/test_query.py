"""The table of parameters: what it promises is read, and anything else is refused by name."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.errors import CODES, QuestionError
from finder.search.index import Unit
from finder.search.query import GROUPS, PARAMETERS, SearchQuery

NAMES = [parameter.name for parameter in PARAMETERS]
texts = st.text(max_size=250) | st.sampled_from(
    ("", " ", "23220", "any", "50", "0", "1", "-1", "1e309", "NaN", "inf", "0x10", "\u0661", "1_0", "+5", "1.0")
)


@pytest.mark.parametrize("unit", get_args(Unit))
def test_without_anything_all_defaults_hold(unit: Unit) -> None:
    query = SearchQuery.parse({}, unit)
    assert query.unit == unit
    assert {name: getattr(query, name) for name in NAMES} == {one.name: one.default for one in PARAMETERS}
    assert SearchQuery.parse({name: [" "] for name in NAMES}, unit) == query
    assert SearchQuery.parse({name: [] for name in NAMES}, unit) == query


@pytest.mark.parametrize("parameter", PARAMETERS, ids=NAMES)
def test_examples_choices_and_defaults_are_read(parameter: object) -> None:
    """The default, written as a patient would write it, reads as itself; so do the example and every choice."""
    assert SearchQuery.parse({parameter.name: [parameter.example]}, "people") is not None
    for choice in parameter.choices:
        SearchQuery.parse({parameter.name: [choice]}, "people")
    if parameter.default:
        written = f"{parameter.default:g}" if isinstance(parameter.default, float) else str(parameter.default)
        assert getattr(SearchQuery.parse({parameter.name: [written]}, "people"), parameter.name) == parameter.default


def test_a_whole_question() -> None:
    given_values = {
        "zip": [" 23220 "], "condition": ["labral-tear"], "group": ["surgeon"], "radius": ["any"], "stage": ["now"],
        "limit": ["50"], "offset": ["150"],
    }  # fmt: skip
    expected = SearchQuery(
        zip="23220",
        condition="labral-tear",
        group="surgeon",
        radius=None,
        stage="now",
        limit=50,
        offset=150,
        unit="places",
    )
    assert SearchQuery.parse(given_values, "places") == expected
    assert SearchQuery.parse({"radius": ["10"]}, "people").radius == 10.0
    assert SearchQuery.parse({"limit": ["10.0"]}, "people").limit == 10
    for group in ("first", "all", *GROUPS):
        assert SearchQuery.parse({"group": [group]}, "people").group == group


@pytest.mark.parametrize(
    ("given_values", "code", "params"),
    [
        ({"zipp": ["1"]}, "parameter_unknown", {"name": "zipp", "nearest": "zip"}),
        ({"x" * 300: ["1"]}, "parameter_unknown", {"name": "x" * 40, "nearest": ""}),
        ({"unit": ["places"]}, "parameter_unknown", {"name": "unit", "nearest": ""}),
        ({"zip": ["23220", "23221"]}, "parameter_repeated", {"name": "zip"}),
        ({"limit": ["", ""]}, "parameter_repeated", {"name": "limit"}),
        ({"zip": ["2" * 201]}, "parameter_too_long", {"name": "zip", "longest": 200}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_refusals(given_values: dict[str, list[str]], code: str, params: dict[str, object]) -> None:
    with pytest.raises(QuestionError) as refused:
        SearchQuery.parse(given_values, "people")
    assert (refused.value.code, refused.value.params) == (code, params)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in ("0", "51", "-1", "+5", "1e1", "NaN", "1e309", "10.5", "10.00", "\u0661\u0660", "1 0", "1_0")),
        *(("offset", value) for value in ("-1", "151", "99999999999", "inf")),
        *(("radius", value) for value in ("NaN", "inf", "1e309", "-50", "0", "51", "50.0", "5e1", "ANY", "\u0665\u0660")),
        *(("group", value) for value in ("surgeons", "Surgeon", "first,all")),
        *(("stage", value) for value in ("later", "NOW")),
        *(("condition", value) for value in ("Labral Tear", "a" * 81, "../etc", "a;b", "\u00e9")),
    ],
)  # fmt: skip
def test_values_that_cannot_be_read(name: str, value: str) -> None:
    with pytest.raises(QuestionError) as refused:
        SearchQuery.parse({"zip": ["23220"], name: [value]}, "people")
    assert refused.value.code == "parameter_malformed"
    assert refused.value.params["name"] == name
    assert refused.value.params["value"] == value[:40]
    assert refused.value.params["expected"]


@given(
    st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=60), st.lists(texts, max_size=3), max_size=6),
    st.sampled_from(get_args(Unit)),
)
def test_any_parameters_are_a_question_or_a_refusal(given_values: dict[str, list[str]], unit: Unit) -> None:
    refusal = None
    try:
        query = SearchQuery.parse(given_values, unit)
    except QuestionError as refused:
        refusal = refused
    if refusal:
        assert refusal.code.startswith("parameter_")
        assert set(refusal.params) == set(CODES[refusal.code].params)
        shown = [str(refusal.params[name]) for name in ("name", "value") if name in refusal.params]
        assert all(len(text) <= 40 and text.isprintable() for text in shown)
    else:
        assert set(given_values) <= set(NAMES)
        assert query.unit == unit
        assert 1 <= query.limit <= 50
        assert 0 <= query.offset <= 150
        assert query.radius in (10, 25, 50, 100, None)
        assert query.group in ("first", "all", *GROUPS)
