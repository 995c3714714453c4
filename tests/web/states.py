"""Every page and every state of it that a patient can meet: the one table that the proofs of pages go through.

A new page is a new line. A page that no line reaches is named by tests/web/test_states.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

_HERE = {"zip": "23220"}


@dataclass(frozen=True)
class State:
    """One state: its address, its status, and whether its first word is what to do in an emergency (`card`)."""

    name: str
    path: str
    status: int = 200
    card: bool = False

    def in_language(self, language: str) -> str:
        """Return the address in a language."""
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={language}"


def results(called: str, unit: str = "specialists", /, *, status: int = 200, card: bool = False, **asked: str) -> State:
    """Return the state of an answer; ZIP code 23220 is asked for unless another is."""
    return State(called, f"/{unit}?{urlencode(_HERE | asked)}", status, card)


def words(called: str, typed: str, /, *, card: bool = False, **more: str) -> State:
    """Return the state of an answer to words of the patient's own."""
    return results(called, q=typed, condition="", card=card, **more)


STATES = (
    State("home", "/"),
    # Answers to a problem that was picked
    results("people", condition="labral-tear"),
    results("places", "places", condition="labral-tear"),
    results("people, next page", condition="hip-osteoarthritis", offset="10"),
    results("people, past the end", condition="labral-tear", offset="140"),
    results("people, everyone", condition="hip-osteoarthritis", group="all"),
    results("people, any problem"),
    results("a procedure", procedure="pelvic-osteotomy"),
    results("filtered", condition="hip-osteoarthritis", new_patients="yes", step_free="yes", radius="25"),
    results("filtered to few", condition="labral-tear", telehealth="yes", language="es", interpreter="yes"),
    results("widened", "places", zip="99723", condition="ddh-infant", radius="10"),
    results("far", "places", zip="59244", condition="hip-osteoarthritis"),
    results("rare work", zip="59244", condition="labral-tear"),
    results("one organization", zip="59244", condition="labral-tear", organization="larkspindle-health"),
    results("another problem at this age", condition="hip-dysplasia", age="0"),
    results("a name, nearly", name="amberwhistel"),
    results("a name, unknown", name="Zzyzx"),
    results("a ZIP code of PO boxes", zip="23218", condition="hip-pain"),
    results("a child", condition="ddh-infant", age="1", radius="10"),
    results("a town", zip="Roanoke, VA", condition="hip-pain"),
    # What is urgent
    results("call 911, now or treated", condition="hip-dislocation", card=True),
    results("call 911, now", condition="hip-dislocation", stage="now", card=True),
    results("call 911, treated", condition="hip-dislocation", stage="treated"),
    results("call 911, places", "places", condition="hip-fracture", card=True),
    results("go today", condition="scfe", age="12", card=True),
    results("call your surgeon", condition="hip-replacement-infection", card=True),
    words("words, call 911", "fell and can't get up", card=True),
    words("words, go today", "my hip is hot and red and I have a fever", card=True),
    words("words, go today after surgery", "my calf is swollen after my hip surgery", card=True),
    words("words, soon", "fell but can walk, hip hurts"),
    words("words, 988", "I want to kill myself"),
    # The patient's own words
    words("words, one thing", "torn labrum in my hip"),
    words("words, a procedure", "PAO surgeon"),
    words("words, several things", "my hip keeps giving way when I run"),
    words("words, a hip and no more", "my hip hurts"),
    words("words, unknown", "hip qwxz flurb"),
    words("words, not the hip", "hip hop class"),
    results("words and a pick", q="torn labrum", condition="hip-osteoarthritis"),
    # One listing
    State("a person", "/specialist/npi:2025200009"),
    State("a person, from a list", "/specialist/npi:2025200009?zip=23220&condition=labral-tear"),
    State("a hospital", "/place/place:demo:lark-univ"),
    State("something is wrong", "/wrong/npi:2025200009"),
    State("something is wrong at a place", "/wrong/place:demo:lark-univ"),
    State("thanks for a report", "/wrong/place:demo:lark-univ/thanks"),
    # For paper
    results("a list for paper", "specialists/print", condition="labral-tear"),
    results("a list of places for paper", "places/print", condition="hip-osteoarthritis"),
    results("a list for paper, call 911", "specialists/print", condition="hip-dislocation", card=True),
    # About hip problems, and about the finder
    State("problems", "/problems"),
    State("a problem", "/problem/hip-dysplasia"),
    State("a problem of babies", "/problem/ddh-infant"),
    State("a problem, call 911", "/problem/hip-dislocation", card=True),
    State("a problem, go today", "/problem/scfe", card=True),
    State("how we order", "/how-we-order"),
    State("about the data", "/about-the-data"),
    State("privacy", "/privacy"),
    State("accessibility", "/accessibility"),
    # Questions that cannot be answered
    results("ZIP code too short", zip="1", status=400),
    results("ZIP code unknown", zip="00000", status=400),
    results("ZIP code of the military", zip="09012", status=400),
    results("postal code of Canada", zip="K1A 0B1", status=400),
    results("town unknown", zip="Qwxzville", status=400),
    results("town, several", zip="Springfield", status=400),
    results("problem unknown", condition="labral-tea", status=400),
    results("age not a number", age="many", status=400),
    results("radius refused", radius="1e309", status=400),
    State("twice the same", "/specialists?zip=23220&zip=23221", 400),
    results("ZIP code too short, urgent words", zip="1", q="chest pain", status=400, card=True),
    # Nothing there
    State("no such page", "/nothing", 404),
    State("no such problem", "/problem/nothing", 404),
    State("no such person", "/specialist/npi:2000000000", 404),
    State("no such page, urgent words", "/nothing?q=chest+pain", 404, card=True),
    State("documentation", "/docs/"),
)
