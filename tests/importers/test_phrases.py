"""Phrases in plain words, what they mean, and the nearest known one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.importers.phrases import LONGEST, Nearest, meanings, plain_words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Labral-Tear_(hip) ", "labral tear hip"),
        ("CIRUGÍA de Niños", "cirugia de ninos"),
        ("PM&R", "pm and r"),
        ("Children's / Children\u2019s", "childrens childrens"),
        ("Paediatric ORTHOPAEDICS", "pediatric orthopedics"),
        ("中文", "中文"),
        ("\u202etext\0", "text"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), ""),
    ],
)
def test_plain_words(text: str, plain: str) -> None:
    assert plain_words(text) == plain


@given(st.text(max_size=100))
def test_plain_words_are_plain_already(text: str) -> None:
    words = plain_words(text)
    assert plain_words(words) in (words, "")
    assert words == " ".join(words.split())


def test_an_earlier_rank_wins_and_two_meanings_in_one_rank_are_none() -> None:
    first = [("a", 1), ("b", 1), ("B!", 2)]
    second = [("A", 2), ("b", 3), ("c", 3), ("C", 3), ("", 4)]
    assert meanings(first, second) == {"a": 1, "c": 3}


def test_the_nearest_is_looked_for_only_so_often_and_remembered() -> None:
    nearest = Nearest({"apple": "apple", "pear tree": "pear"})
    assert (nearest("appel"), nearest("pear"), nearest("Pear-Tree")) == ("apple", "pear", "pear")
    for number in range(600):
        nearest(f"something {number}")
    assert nearest("aple") == ""
    assert nearest("appel") == "apple"
