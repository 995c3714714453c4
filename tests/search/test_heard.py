"""What a patient's words do to a question: they decide where nothing else does, and urgency is never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from finder.errors import QuestionError
from finder.search import Index, SearchQuery, SearchResults, search
from finder.search.heard import heard
from finder.search.phrases import Kind, Reading, Understanding
from finder.search.query import LONGEST_WORDS
from tests.conftest import load_index

TODAY = dt.date(2026, 11, 22)
FELL = "fell and can't get up"
Ask = Callable[..., SearchResults]


@pytest.fixture(scope="module")
def index(shared_demo: Engine) -> Index:
    return load_index(shared_demo)


@pytest.fixture
def ask(index: Index, shared_demo: Engine) -> Ask:
    def asked(**given: str) -> SearchResults:
        query = SearchQuery.parse({name: [value] for name, value in ({"zip": "23220"} | given).items()}, "people")
        with shared_demo.connect() as connection:
            return search(index, connection, query, TODAY)

    return asked


def test_a_question_without_words_stays_as_it_is(index: Index, ask: Ask) -> None:
    query = SearchQuery("23220", "labral-tear")
    assert heard(index, query).query is query
    assert ask(condition="labral-tear").understanding is None


@pytest.mark.parametrize(
    ("more", "condition", "procedure"),
    [
        ({}, "labral-tear", None),
        ({"condition": "hip-osteoarthritis"}, "hip-osteoarthritis", None),
        ({"procedure": "pelvic-osteotomy"}, "hip-dysplasia", "pelvic-osteotomy"),
        ({"name": "amberwhistle"}, None, None),
    ],
)
def test_words_decide_only_where_nothing_else_does(
    ask: Ask, more: dict[str, str], condition: str | None, procedure: str | None
) -> None:
    found = ask(q="torn labrum in my hip", **more)
    assert (found.condition, found.procedure) == (condition, procedure)
    assert found.understanding is not None
    # Whatever the list goes by, an emergency in the words is shown.
    assert ask(q=FELL, **more).card == "call-911"


@pytest.mark.parametrize("kind", ["choose", "hip_unknown"])
def test_an_unclear_hip_is_answered_with_hip_pain(ask: Ask, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    meant = Understanding(kind, (Reading("labral-tear", False, 0.3, ()), Reading("gone", False, 0.2, ())), ())
    monkeypatch.setattr("finder.search.heard.understand", lambda _lexicon, _text: meant)
    found = ask(q="it catches")
    assert found.condition == "hip-pain"
    assert found.main.matches


def test_words_of_a_baby_follow_the_age(ask: Ask) -> None:
    found = ask(q="hip dysplasia", age="0")
    assert found.condition == "ddh-infant"
    assert found.redirected_from == "hip-dysplasia"


def test_the_stage_that_was_asked_for_goes_before_the_one_that_was_said(ask: Ask) -> None:
    words = "dislocated my hip last year, follow up"
    said = ask(q=words)
    assert (said.card, said.stage, said.query.stage) == (None, "treated", "")
    assert said.emergency_departments == ()
    now = ask(q=words, stage="now")
    assert (now.card, now.stage) == ("call-911", "now")


def test_already_treated_answers_only_what_asked(ask: Ask) -> None:
    out = ask(q="my hip popped out")
    assert (out.card, out.asks_now_or_treated) == ("call-911", True)
    assert ask(q="my hip popped out", stage="treated").card is None
    fell = ask(q=FELL, stage="treated")
    assert (fell.card, fell.asks_now_or_treated) == ("call-911", False)
    # A notice without a card has no such question beside it, however sure the words are.
    walks = ask(q="fell yesterday, hip hurts, still walking", stage="treated")
    assert [one.code for one in walks.notices] == ["fell-but-can-walk"]


def test_the_card_of_the_words_goes_before_that_of_the_row(ask: Ask) -> None:
    assert ask(condition="scfe").card == "go-today"
    assert ask(condition="scfe", q="chest pain").card == "call-911"
    # Words without a card of their own leave the row its card, and are said beside it.
    sad = ask(condition="scfe", q="I want to kill myself")
    assert (sad.card, [one.code for one in sad.notices]) == ("go-today", ["suicidal-words"])


def test_what_is_not_the_hip_has_no_list_but_its_emergency(ask: Ask) -> None:
    found = ask(q="hip hop class")
    assert found.refused
    assert [(one.total, one.matches) for one in found.lists] == [(0, ())]
    assert (found.card, found.emergency_departments, found.line, found.by_video) == (None, (), None, ())
    assert found.query.q == "hip hop class"
    chest = ask(q="chest pain")
    assert chest.refused
    assert chest.card == "call-911"
    assert chest.emergency_departments
    # Beside something picked there is a list all the same.
    assert ask(q="hip hop class", condition="labral-tear").main.matches


def test_words_are_taken_as_they_come(ask: Ask) -> None:
    typed = f" hip\u0000\u200b  pain\r\n\ttoday{'!' * 9} "
    assert ask(q=typed).query.q == "hip pain today!!!!!!!!!"
    assert ask(q="\u0000\u200b").understanding is None
    assert ask(q="x" * LONGEST_WORDS).query.q == "x" * LONGEST_WORDS
    with pytest.raises(QuestionError) as refused:
        ask(q="x" * (LONGEST_WORDS + 1))
    assert (refused.value.code, refused.value.params) == ("parameter_too_long", {"name": "q", "longest": 500})


def test_a_hospitals_own_phrase_is_understood_in_the_next_edition(index: Index) -> None:
    query = SearchQuery("23220", q="zorbleflex")
    assert heard(index, query).query.condition != "labral-tear"
    row = index.catalogue.entries["condition"]["labral-tear"]
    told = index.catalogue.with_entry(
        "condition", "labral-tear", row | {"synonyms_en": [*row["synonyms_en"], "zorbleflex"]}
    )
    after = Index(replace(index.snapshot, catalogue=told), index.edition + 1)
    assert heard(after, query).query.condition == "labral-tear"
    assert ("labral-tear", "zorbleflex") in after.lexicon.beginning_with("zorb", "en", 5)


def test_the_phrases_are_at_hand_before_the_first_question(shared_demo: Engine) -> None:
    fresh = load_index(shared_demo)
    fresh.warm(TODAY)
    assert "lexicon" in vars(fresh)
    assert fresh.lexicon is fresh.lexicon
