"""What patients type as ZIP code: every usual form is understood, all else refused by name."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finder.db.reference import is_military, zip_points
from finder.db.zip_table import Exactness
from finder.errors import CODES, QuestionError
from finder.search.origin import resolve_zip

_PIECES = st.sampled_from([*"0123456789-", " ", "\u2013", "\u0662", "\uff12", "A", "\x00", "\u202e", "23220", "9137"])


@pytest.mark.parametrize(
    "typed",
    [
        "23220", "23220-9137", "232209137", " 23220 ", "23220 9137", "23220 - 9137", "2 3 2 2 0", "\t23220\n",
        "\u00a023220\u200b", "\ufeff23220", "\u202a23220\u202c", "232\u00ad20",
        *(f"23220{dash}9137" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"),
    ],
    ids=ascii,
)  # fmt: skip
def test_every_usual_form_is_understood(typed: str) -> None:
    origin = resolve_zip(typed)
    assert (origin.zip_code, origin.city, origin.state, origin.is_area) == ("23220", "Richmond", "VA", True)
    assert origin == resolve_zip("23220")


@pytest.mark.parametrize(
    ("typed", "code", "params"),
    [
        ("", "zip_missing", {}),
        (" \u00a0\u200b ", "zip_missing", {}),
        ("2139", "zip_zero_lost", {"value": "2139", "suggestion": "02139"}),
        ("9999", "zip_malformed", {"value": "9999", "digits": 4}),
        ("232", "zip_malformed", {"value": "232", "digits": 3}),
        ("232201", "zip_malformed", {"value": "232201", "digits": 6}),
        ("2322O", "zip_not_digits", {"value": "2322O", "nearest": "23220"}),
        ("K1A0B1", "zip_canadian", {"value": "K1A0B1"}),
        ("K1A 0B1", "zip_canadian", {"value": "K1A 0B1"}),
        ("Richmond", "zip_not_digits", {"value": "Richmond", "nearest": ""}),
        (
            "\u0662\u0663\u0662\u0662\u0660",
            "zip_other_digits",
            {"value": "\u0662\u0663\u0662\u0662\u0660", "nearest": "23220"},
        ),
        (
            "\uff12\uff13\uff12\uff12\uff10",
            "zip_other_digits",
            {"value": "\uff12\uff13\uff12\uff12\uff10", "nearest": "23220"},
        ),
        ("00000", "zip_unknown", {"value": "00000"}),
        ("99999", "zip_unknown", {"value": "99999"}),
        ("99999-1234", "zip_unknown", {"value": "99999"}),
        ("09012", "zip_military", {"value": "09012"}),
        ("96201-0001", "zip_military", {"value": "96201"}),
        ("34012", "zip_military", {"value": "34012"}),
        ("99500", "zip_prefix_wide", {"value": "99500", "prefix": "995"}),
        ("23220-", "zip_malformed", {"value": "23220-", "digits": 5}),
        ("23220-91", "zip_malformed", {"value": "23220-91", "digits": 7}),
        ("-", "zip_malformed", {"value": "-", "digits": 0}),
        ("37.55,-77.46", "zip_malformed", {"value": "37.55,-77.46", "digits": 8}),
        ("23220\x00", "zip_malformed", {"value": "23220", "digits": 5}),
        ("\x00", "zip_malformed", {"value": "", "digits": 0}),
        ("9" * 10_000, "zip_malformed", {"value": "9" * 20, "digits": 10_000}),
        ("<script>alert(1)</script>" * 400, "zip_not_digits", {"value": "<script>alert(1)</sc", "nearest": ""}),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_every_refusal_has_its_code(typed: str, code: str, params: dict[str, object]) -> None:
    with pytest.raises(QuestionError) as refused:
        resolve_zip(typed)
    assert (refused.value.code, refused.value.params) == (code, params)


@given(st.text() | st.lists(_PIECES, max_size=8).map("".join) | st.from_regex(r"[0-9]{5}(-[0-9]{4})?", fullmatch=True))
@example("9" * 10_000)
@example("\ud800")
def test_any_text_is_an_origin_or_a_refusal(typed: str) -> None:
    refusal = None
    try:
        origin = resolve_zip(typed)
    except QuestionError as refused:
        refusal = refused
    if refusal:
        assert refusal.code.startswith("zip_")
        assert CODES[refusal.code].kind == "question"
        assert set(refusal.params) == set(CODES[refusal.code].params)
        assert all(len(str(value)) <= 40 for value in refusal.params.values())
        assert all(str(value).isprintable() for value in refusal.params.values())
    else:
        assert origin.zip_code in zip_points() or origin.exactness is Exactness.PREFIX
        assert not is_military(origin.zip_code)
        assert -90 <= origin.latitude <= 90
        assert -180 <= origin.longitude <= 180


def test_every_known_zip_resolves_to_its_own_point() -> None:
    """A PO-box ZIP code stands in at its parent's point and says so by `kind`."""
    without = []
    for code, point in zip_points().items():
        try:
            origin = resolve_zip(code)
        except QuestionError as refused:
            without.append(refused.code)
        else:
            assert (origin.zip_code, origin.latitude, origin.longitude) == (code, point.latitude, point.longitude)
            assert origin.is_area == point.is_area
    assert set(without) == {"zip_military"}
    assert len(without) == sum(point.latitude is None for point in zip_points().values())
