"""What is said of one person or place: how far, how fresh, why this one, in both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from finder.db.base import Capability, Stated
from finder.db.catalogue import KINDS as ENTRY_KINDS
from finder.db.catalogue import Catalogue, shipped_entries
from finder.db.directory import LocationKind, PositionKind, ServiceKind, TargetKind
from finder.db.zip_table import Exactness, ZipKind
from finder.desk.setup import DATA
from finder.formats.wording import FACTS, KINDS, LANGUAGES, Wording, wording
from finder.geo import METRES_PER_MILE
from finder.search.origin import Origin
from finder.search.results import LocationView, Match
from finder.search.treats import Basis, Declared, Rung, Standing

EN, ES = wording("en"), wording("es")
TODAY = dt.date(2026, 11, 22)


def a_place(**changed: Any) -> LocationView:
    whole: dict[str, Any] = {
        "public_id": "place:demo:x", "name": "Fern Clinic", "organization": "Fern Health", "kind": LocationKind.CLINIC,
        "address": "1 Fern Road", "address_2": "", "city": "Richmond", "state": "VA", "zip_code": "23220", "phone": "",
        "relay_phone": "", "url": "", "latitude": 37.5, "longitude": -77.4, "position_kind": PositionKind.GIVEN, "hours": "",
        "directions": "", "step_free": Stated.YES, "lift": Stated.NO, "adjustable_exam_table": Stated.NOT_STATED,
        "accessible_parking": Stated.YES, "interpreter": Stated.YES, "phone_languages": "", "verified_on": None, "source": "demo",
    }  # fmt: skip
    return LocationView(**whole | changed)


def match(miles: float, **changed: Any) -> Match:
    return Match(1, miles * METRES_PER_MILE, a_place(**changed))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    entries: dict[str, dict[str, Any]] = {kind: {} for kind in ENTRY_KINDS}
    for kind, key, body in shipped_entries(DATA / "catalogue.json"):
        entries[kind][key] = body
    return Catalogue(entries)


@pytest.mark.parametrize(
    ("miles", "english", "spanish"),
    [
        (0, "Less than 0.1 mile", "A menos de 0.1 milla"),
        (0.04, "Less than 0.1 mile", "A menos de 0.1 milla"),
        (0.1, "About 0.1 miles", "A unas 0.1 millas"),
        (0.8, "About 0.8 miles", "A unas 0.8 millas"),
        (0.96, "About 1 mile", "A cerca de 1 milla"),
        (1, "About 1 mile", "A cerca de 1 milla"),
        (1.04, "About 1 mile", "A cerca de 1 milla"),
        (2, "About 2 miles", "A unas 2 millas"),
        (9.94, "About 9.9 miles", "A unas 9.9 millas"),
        (9.96, "About 10 miles", "A unas 10 millas"),
        (10.4, "About 10 miles", "A unas 10 millas"),
        (24.9, "About 25 miles", "A unas 25 millas"),
        (1234.4, "About 1,234 miles", "A unas 1,234 millas"),
    ],
)
def test_miles(miles: float, english: str, spanish: str) -> None:
    assert EN.miles(miles * METRES_PER_MILE) == english
    assert ES.miles(miles * METRES_PER_MILE) == spanish


def test_distance_says_what_is_rough_about_it() -> None:
    assert EN.distance(match(24.9)) == "About 25 miles"
    assert EN.distance(match(26)) == "About 26 miles; by road it is longer"
    assert ES.distance(match(26)) == "A unas 26 millas; por carretera es más lejos"
    by_zip = match(26, position_kind=PositionKind.ZIP)
    assert EN.distance(by_zip) == "About 26 miles, measured to the middle of its ZIP code"
    assert ES.distance(by_zip) == "A unas 26 millas, medido hasta el centro de su código ZIP"


def test_origin_says_where_miles_begin() -> None:
    town = Origin("23220", 37.55, -77.46, "Richmond", "VA", ZipKind.AREA, Exactness.POPULATION)
    assert EN.origin(town) == "Miles are in a straight line from the middle of ZIP 23220 (Richmond, VA)."
    assert ES.origin(town) == "Las millas son en línea recta desde el centro del código ZIP 23220 (Richmond, VA)."
    boxes = Origin("23218", 37.55, -77.46, "Richmond", "VA", ZipKind.PO_BOX, Exactness.PLACE)
    assert EN.origin(boxes).startswith("23218 (Richmond, VA) is for PO boxes.")
    assert "oficina de correos" in ES.origin(boxes)


def test_checked_gets_old_after_180_days() -> None:
    day = TODAY - dt.timedelta(days=180)
    assert EN.checked(day, TODAY) == "Checked May 26, 2026"
    assert ES.checked(day, TODAY) == "Revisado el 26 de mayo de 2026"
    old = day - dt.timedelta(days=1)
    assert EN.checked(old, TODAY) == "Last checked May 25, 2026. May be out of date."
    assert ES.checked(old, TODAY) == "Revisado por última vez el 25 de mayo de 2026. Puede no estar al día."
    assert EN.checked(None, TODAY) == "Never checked. Call before you go."
    assert ES.checked(None, TODAY) == "Nunca revisado. Llame antes de ir."


@pytest.mark.parametrize(
    ("youngest", "oldest", "english", "spanish"),
    [
        (0, 17, "Sees ages 0 to 17", "Atiende de 0 a 17 años"),
        (16, None, "Sees ages 16 and up", "Atiende desde los 16 años"),
        (0, None, "Sees ages 0 and up", "Atiende desde los 0 años"),
        (None, 21, "Sees ages up to 21", "Atiende hasta los 21 años"),
        (None, None, "Ages: call to ask", "Edades: llame para preguntar"),
    ],
)
def test_ages(youngest: int | None, oldest: int | None, english: str, spanish: str) -> None:
    assert EN.ages(youngest, oldest) == english
    assert ES.ages(youngest, oldest) == spanish


def test_phone_is_as_people_read_it() -> None:
    assert EN.phone("+18045550112") == "(804) 555-0112"
    assert ES.phone("+18045550112;ext=42") == "(804) 555-0112 ext. 42"
    assert EN.phone("+442079460000") == "+442079460000"
    assert EN.phone("") == ""


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
def test_every_fact_and_kind_has_words(words: Wording) -> None:
    assert {kind.value for kind in LocationKind} == set(KINDS)
    assert {service.value for service in ServiceKind} < set(FACTS)
    ask = ": call to ask" if words is EN else ": llame para preguntar"
    for name in FACTS:
        said = [words.fact(name, value) for value in Stated]
        assert len(set(said)) == len(Stated)
        assert words.fact(name, Stated.NOT_STATED).endswith(ask)
        # What was not stated is never said as a no.
        assert not words.fact(name, Stated.NOT_STATED).startswith(("No ", "Not ", "Sin "))
    assert len({words.kind(a_place(kind=kind)) for kind in LocationKind}) == len(LocationKind)


def test_facts_and_kinds_in_spanish() -> None:
    assert ES.fact("step_free", Stated.NO) == "Escalones en la entrada"
    assert ES.fact("emergency", Stated.YES) == "Sala de emergencias"
    assert ES.kind(a_place(kind=LocationKind.CHILDRENS)) == "Hospital infantil"
    assert EN.kind(a_place(kind=LocationKind.NOT_STATED)) == "Place"


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
def test_a_card_does_not_say_its_heading_twice(words: Wording, catalogue: Catalogue) -> None:
    for card in ("call-911", "go-today", "call-your-surgeon"):
        for form in (None, "plain", "hip"):
            heading, text = words.card(catalogue, card, form)
            assert heading
            assert not text.startswith(f"{heading}.")
            assert text.endswith(".")


def test_cards_name_the_number_and_the_place_to_go(catalogue: Catalogue) -> None:
    assert EN.card(catalogue, "call-911", "hip")[0] == "Call 911 now"
    assert ES.card(catalogue, "call-911", "hip")[1].startswith("No se mueva.")
    # A card without the form asked for falls back to its plain one.
    assert EN.card(catalogue, "call-your-surgeon", "hip") == EN.card(catalogue, "call-your-surgeon", None)
    assert "sala de emergencias de un hospital" in ES.card(catalogue, "go-today", None)[1]
    assert ES.card_line(catalogue, "call-911", "button") == "Llamar al 911"
    assert "911" in EN.standing_line()
    assert "911" in ES.standing_line()


def test_names_of_entries_and_languages(catalogue: Catalogue) -> None:
    assert ES.entry(catalogue, "taxonomy", "225100000X") == "Fisioterapeuta"
    assert EN.entry(catalogue, "role_group", "surgeon") == "Surgeons"
    assert EN.entry(catalogue, "condition", "no-such") == "no-such"
    assert (EN.language_name("es"), ES.language_name("es"), EN.language_name("zz")) == ("Spanish", "español", "zz")
    assert (EN.language_name("ase"), ES.language_name("ase")) == (
        "American Sign Language",
        "lengua de señas americana (ASL)",
    )
    assert ES.language_name("arz") == "Egyptian Arabic"  # CLDR has no Spanish; better than a code
    assert (EN.listed(["a", "b", "c"]), ES.listed(["a", "b", "c"])) == ("a, b, and c", "a, b y c")


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
@pytest.mark.parametrize("level", Capability)
def test_every_level_is_said_of_conditions_and_procedures(
    words: Wording, level: Capability, catalogue: Catalogue
) -> None:
    for kind, key in ((TargetKind.CONDITION, "labral-tear"), (TargetKind.PROCEDURE, "hip-arthroscopy-fai-labrum")):
        said = words.says(catalogue, kind, key, level)
        assert words.entry(catalogue, kind.value, key) in said
        assert said.endswith(".")


def test_reasons_say_what_they_rest_on(catalogue: Catalogue) -> None:
    told = Declared(TargetKind.CONDITION, "labral-tear", Capability.TREATS, "Fern Staff Office", dt.date(2026, 10, 2))
    declared = Standing(Rung.DECLARED, Basis.CONDITION, "labral-tear", told)
    why, rests_on = EN.reason(catalogue, declared, match(2).location)
    assert why.startswith("Treats this: ")
    assert rests_on == "Fern Staff Office says so, October 2, 2026."
    assert ES.reason(catalogue, declared, match(2).location)[1] == "Lo dijo Fern Staff Office el 2 de octubre de 2026."
    unsigned = Standing(Rung.DECLARED, Basis.CONDITION, "labral-tear", Declared(told.kind, told.target, told.level))
    assert EN.reason(catalogue, unsigned, match(2).location)[1] == "Fern Health says so."
    assert EN.reason(catalogue, unsigned, match(2, organization="").location)[1] == "Fern Clinic says so."
    usual = EN.reason(catalogue, Standing(Rung.USUAL, Basis.SPECIALTY, "207XX0005X"), match(2).location)
    assert usual[1] == "They have not said so themselves. Ask when you call."
    may_help = ES.reason(catalogue, Standing(Rung.MAY_HELP, Basis.SPECIALTY, "225100000X"), match(2).location)
    assert may_help == (
        "Quizá pueda ayudar. Figura como: Fisioterapeuta.",
        "No sabemos si tratan esto. Pregunte al llamar.",
    )
    children = EN.reason(catalogue, Standing(Rung.CALL_FIRST, Basis.SPECIALTY, "207X00000X"), match(2).location)
    assert children[1] == "Ages not stated. Call first and ask if they see children."
    assert (
        EN.reason(catalogue, Standing(Rung.MAY_HELP, Basis.KIND_OF_PLACE, "282N00000X"), match(2).location)[0]
        == "May help: Clinic."
    )
    for rung in Rung:
        for words in (EN, ES):
            assert words.reason(catalogue, Standing(rung, Basis.PEOPLE, "207X00000X"), match(2).location)[0].endswith(
                "."
            )


@pytest.mark.parametrize(
    ("facts", "english", "spanish"),
    [
        ({}, "Fern Clinic", "Fern Clinic"),
        ({"name": "1 Fern Road"}, "Practice in Richmond", "Consultorio en Richmond"),
        ({"name": "Richmond", "address": ""}, "Practice in Richmond", "Consultorio en Richmond"),
        ({"name": "1 Fern Road", "city": ""}, "1 Fern Road", "1 Fern Road"),
        ({"name": "Richmond"}, "Richmond", "Richmond"),
    ],
)
def test_a_place_without_a_name_does_not_say_its_address_twice(
    facts: dict[str, str], english: str, spanish: str
) -> None:
    assert (EN.place_name(a_place(**facts)), ES.place_name(a_place(**facts))) == (english, spanish)
