"""Towns as origins: found by name in any writing, asked back where there are several, never in a ZIP code's way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finder.config import read_settings
from finder.db.reference import STATES, zip_points
from finder.db.zip_table import Exactness
from finder.errors import CODES, QuestionError
from finder.formats import api_v1
from finder.formats.wording import wording
from finder.search.origin import Origin, resolve_origin
from finder.search.towns import looks_like_town
from finder.web import create_app
from finder.web.context import directory
from tests.conftest import Databases
from tests.search.test_zip_answers import answer


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *((typed, "Roanoke, VA") for typed in (
            "Roanoke, VA", "roanoke va", "ROANOKE VA", " Roanoke ,  Virginia ", "roanoke,va", "Roanoke, VA, USA", "Roanoke, V.A.",
        )),
        ("St. Louis, MO", "Saint Louis, MO"), ("saint louis missouri", "Saint Louis, MO"),
        ("Bayamon", "Bayam\u00f3n, PR"), ("BAYAM\u00d3N PR", "Bayam\u00f3n, PR"), ("Mayaguez, Puerto Rico", "Mayag\u00fcez, PR"),
        ("Washington, D.C.", "Washington, DC"), ("washington district of columbia", "Washington, DC"),
        ("New York", "New York, NY"), ("NYC", "New York, NY"), ("New York New York", "New York, NY"),
        ("Kansas City Kansas", "Kansas City, KS"), ("Virginia Beach", "Virginia Beach, VA"),
        ("Winston Salem NC", "Winston-Salem, NC"), ("coeur d'alene", "Coeur d'Alene, ID"), ("coeur d\u2019alene id", "Coeur d'Alene, ID"),
        ("Ft Worth TX", "Fort Worth, TX"), ("Barrow", "Utqia\u0121vik, AK"), ("utqiagvik", "Utqia\u0121vik, AK"),
        ("California, MD", "California, MD"), ("Hagatna", "Hag\u00e5t\u00f1a, GU"), ("mclean va", "McLean, VA"),
        ("Indiana, PA", "Indiana, PA"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_town_is_found_in_any_writing(typed: str, name: str) -> None:
    origin = answer(typed)
    assert isinstance(origin, Origin)
    assert origin.name == name
    assert (origin.zip_code, origin.kind, origin.exactness) == ("", None, Exactness.TOWN)


def test_a_town_is_measured_from_the_middle_of_its_zip_codes_with_homes() -> None:
    zips = [point for point in zip_points().of_place("Roanoke") if point.state == "VA" and point.is_area]
    assert len(zips) > 5
    origin = resolve_origin("Roanoke VA")
    assert origin.latitude == pytest.approx(sum(point.latitude for point in zips) / len(zips), abs=1e-4)
    assert origin.longitude == pytest.approx(sum(point.longitude for point in zips) / len(zips), abs=1e-4)
    assert wording("en").origin(origin) == "Miles are in a straight line from the middle of Roanoke, VA."


def test_arlington_asks_which_and_each_choice_can_be_asked() -> None:
    with pytest.raises(QuestionError) as refused:
        resolve_origin("Arlington")
    assert refused.value.code == "town_ambiguous"
    choices = refused.value.params["choices"]
    assert choices[:2] == ["Arlington TX", "Arlington VA"]
    assert len(choices) == 12
    for choice in choices:
        assert resolve_origin(choice).state == choice[-2:]
    body = api_v1.problem(refused.value, 400, wording("en"), title="Bad request")
    assert body["code"] == "town_ambiguous"
    assert body["parameter"] == "zip"
    assert body["params"]["choices"] == choices
    assert body["detail"].startswith(
        "There is more than one Arlington. Which one do you mean: Arlington TX, Arlington VA"
    )


def test_every_town_and_every_choice_resolves() -> None:
    """Each name of the table, alone and with each of its states, ends at a point or at choices that do."""
    names = sorted(zip_points().places)
    for name in names[::23]:
        for state in {point.state for point in zip_points().of_place(name)}:
            found = answer(f"{name}, {state}")
            if isinstance(found, QuestionError):
                assert found.code == "town_ambiguous", name
                assert all(resolve_origin(choice).state == state for choice in found.params["choices"])
            else:
                assert found.state == state


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("Roanoake, VA", "Roanoke VA"), ("Pittsburg PA", "Pittsburgh PA"), ("Alburquerque", "Albuquerque NM"), ("Xyzzyville", "")],
)  # fmt: skip
def test_an_unknown_town_gets_the_nearest_spelling(typed: str, nearest: str) -> None:
    with pytest.raises(QuestionError) as refused:
        resolve_origin(typed)
    assert (refused.value.code, refused.value.params) == ("town_unknown", {"value": typed, "nearest": nearest})


@given(st.text(max_size=60))
@example("\u91cc\u58eb\u6ee1")
@example("a" * 60)
@example("\u00bd\u00bd")
@example("va")
@example("st st st")
def test_any_text_is_an_origin_or_a_named_refusal(typed: str) -> None:
    found = answer(typed)
    if isinstance(found, QuestionError):
        assert set(found.params) == set(CODES[found.code].params)
        assert all(len(value) <= 40 for value in found.params.values() if isinstance(value, str))
        assert wording("en").error(found)
    else:
        assert found.state in STATES


@given(st.from_regex(r"[0-9 \u0660-\u0669-]*[0-9\u0660-\u0669][0-9 -]*", fullmatch=True))
def test_what_has_a_digit_is_never_taken_for_a_town(typed: str) -> None:
    assert not looks_like_town(typed)


def test_the_page_offers_the_choices_as_links(databases: Databases, tmp_path: Path) -> None:
    environment = {"FINDER_DATABASE_URL": databases.fresh(demo=True), "FINDER_HOME": str(tmp_path)}
    served = create_app(read_settings(environment))
    app = served.test_client()
    page = app.get("/specialists?zip=Arlington&condition=hip-pain&lang=en")
    assert page.status_code == 400
    assert 'href="/specialists?' in page.text
    assert "zip=Arlington+VA" in page.text
    assert "condition=hip-pain" in page.text
    found = app.get("/specialists?zip=roanoke+va&condition=hip-pain")
    assert found.status_code == 200
    assert "Specialists near Roanoke, VA" in found.text
    with served.app_context():
        directory().stop()
