"""What organizations say of themselves: read strictly, kept through imports, one edition each, or nothing at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.organizations import OrganizationWord
from finder.db.staff import AuditEntry
from finder.desk.audit import first_broken
from finder.desk.organizations import Wish, find_organization, list_organizations, own_is_missing, say_of
from finder.desk.publish import roll_back
from finder.errors import DirectoryRefused, FileRefused
from tests.conftest import load_index
from tests.sample_files import whole_database
from tests.search.small_directory import loader, person, place

BOX = [[[-78, 37], [-77, 37], [-77, 38], [-78, 38], [-78, 37]]]


@pytest.fixture(autouse=True)
def directory(engine: Engine, tmp_path: Path) -> None:
    """Two organizations in force."""
    loader(engine, tmp_path)(
        "ours",
        locations=[place("a", organization="Alder Health"), place("b", organization="Birch Health")],
        practitioners=[person("x", "a"), person("y", "b")],
    )


def drawn(tmp_path: Path, body: Any) -> Path:
    """Return a file that holds some JSON, or a text as it is."""
    path = tmp_path / "area.geojson"
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def said(engine: Engine, key: str = "alder-health") -> dict[str, Any]:
    """Return what the edition in force has of an organization."""
    return load_index(engine).snapshot.organizations.get(key, {})


def test_what_is_said_is_an_edition_and_on_record(engine: Engine, tmp_path: Path) -> None:
    start = load_index(engine).edition
    wish = Wish(
        "804.555.0100", "weekdays 8-5", "virginia; NC", 60.0, drawn(tmp_path, {"type": "Polygon", "coordinates": BOX}),
        ("Else| Otros |https://example.org/else",),
    )  # fmt: skip
    done = say_of(engine, "alder-health", wish, "Dr. Fern")
    assert (done.edition, done.notes) == (start + 1, ())
    whole = {
        "phone": "+18045550100", "hours": "Mon-Fri 8:00-17:00", "states": ["NC", "VA"], "radius_miles": 60.0,
        "area": {"type": "MultiPolygon", "coordinates": [[[[-78.0, 38.0], [-77.0, 38.0], [-77.0, 37.0], [-78.0, 37.0], [-78.0, 38.0]]]]},
        "links": [{"label_en": "Else", "label_es": "Otros", "url": "https://example.org/else"}],
    }  # fmt: skip
    assert said(engine) == whole
    assert said(engine, "birch-health") == {}
    # What is not named stays.
    assert say_of(engine, "alder-health", Wish(states="VA", clear=("radius", "links")), "Dr. Fern").edition == start + 2
    assert said(engine) == {**whole, "states": ["VA"], "radius_miles": None, "links": []}
    with engine.connect() as connection:
        entries = connection.execute(
            select(AuditEntry.actor, AuditEntry.subject, AuditEntry.detail).where(AuditEntry.action == "organization")
        ).all()
        assert first_broken(connection) is None
    assert [entry[:2] for entry in entries] == [("Dr. Fern", "alder-health")] * 2
    assert entries[0][2]["area"] is True
    assert entries[1][2] == {"edition": start + 2, "states": ["VA"], "radius_miles": None, "links": []}


def test_it_survives_imports_and_rollbacks_and_goes_when_all_is_cleared(engine: Engine, tmp_path: Path) -> None:
    say_of(engine, "birch-health", Wish(phone="8045550100"), "test")
    load = loader(engine, tmp_path)
    load(
        "ours",
        locations=[place("a", organization="Alder Health"), place("b")],
        practitioners=[person("x", "a"), person("y", "b")],
    )
    with engine.connect() as connection:
        gone = find_organization(connection, "birch-health")
        assert [one.key for one in list_organizations(connection)] == ["alder-health", "birch-health"]
    assert (gone.places, gone.said["phone"]) == (0, "+18045550100")
    roll_back(engine, "ours", "test")
    assert said(engine, "birch-health")["phone"] == "+18045550100"
    say_of(engine, "birch-health", Wish(clear=("phone",)), "test")
    assert said(engine, "birch-health") == {}
    with engine.connect() as connection:
        assert connection.execute(select(OrganizationWord)).all() == []


@pytest.mark.parametrize(
    ("wish", "code", "params"),
    [
        (Wish(phone="12"), "option_malformed", {"name": "--phone", "value": "12"}),
        (Wish(states="VA,Nowhere"), "option_malformed", {"name": "--states"}),
        (Wish(links=("only one part",)), "option_malformed", {"name": "--link"}),
        (Wish(links=("a|b|http://example.org/",)), "option_malformed", {"name": "--link"}),
        (Wish(links=("a|b|javascript:alert(1)",)), "option_malformed", {"name": "--link"}),
        (Wish(links=("|b|https://example.org/",)), "option_malformed", {"name": "--link"}),
        (Wish(links=("a" * 61 + "|b|https://example.org/",)), "option_malformed", {"name": "--link"}),
        (Wish(links=("a|b|https://example.org/",) * 6), "option_malformed", {"name": "--links", "value": "6"}),
    ],
)
def test_what_cannot_be_read_changes_nothing(engine: Engine, wish: Wish, code: str, params: dict[str, Any]) -> None:
    before = whole_database(engine)
    with pytest.raises(DirectoryRefused) as refused:
        say_of(engine, "alder-health", wish, "test")
    assert refused.value.code == code
    assert params.items() <= refused.value.params.items()
    assert whole_database(engine) == before


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    """Return a polygon of one ring."""
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring]]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "area_not_json"),
        ("[" * 100_000, "area_not_json"),
        ("[]", "area_kind"),
        ({"type": "Point", "coordinates": [-77, 37]}, "area_kind"),
        ({"type": "Polygon", "coordinates": [1]}, "area_kind"),
        ({"type": "Feature", "geometry": None}, "area_kind"),
        ({"type": "FeatureCollection", "features": []}, "area_empty"),
        (polygon((0, 0), (0, 1), (0, 2), (0, 0)), "area_empty"),
        (polygon((0, 0), (1, 0), (1, 1)), "area_ring"),
        (polygon((0, 0), (1, 0), (1, 1), (0, 1)), "area_ring"),
        (polygon((0, 0), (181, 0), (1, 1), (0, 0)), "area_position"),
        (polygon((0, 0), (1, -91), (1, 1), (0, 0)), "area_position"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [NaN, 0], [1, 1], [0, 0]]]}', "area_position"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [true, 0], [1, 1], [0, 0]]]}', "area_position"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1e999, 0], [1, 1], [0, 0]]]}', "area_position"),
        (polygon(*[(0.0, 0.0)] * 20_001), "area_too_large"),
        (" " * 2_000_001, "area_too_large"),
    ],
)  # fmt: skip
def test_an_area_that_cannot_be_used_is_named(engine: Engine, tmp_path: Path, body: Any, code: str) -> None:
    before = whole_database(engine)
    with pytest.raises(DirectoryRefused) as refused:
        say_of(engine, "alder-health", Wish(area=drawn(tmp_path, body)), "test")
    assert refused.value.code == code
    assert refused.value.params["name"] == "area.geojson"
    assert whole_database(engine) == before


def test_what_was_mended_or_looks_odd_is_noted(engine: Engine, tmp_path: Path) -> None:
    bow = polygon((-78, 37), (-77, 38), (-78, 38), (-77, 37), (-78, 37))
    assert say_of(engine, "alder-health", Wish(area=drawn(tmp_path, bow)), "test").notes == ("area_mended",)
    # Latitude before longitude.
    swapped = polygon(*[(at[1], at[0]) for at in BOX[0]])
    done = say_of(engine, "alder-health", Wish(area=drawn(tmp_path, swapped), hours="by appointment"), "test")
    assert done.notes == ("hours_in_words", "area_without_places")
    assert said(engine)["hours"] == "by appointment"
    with pytest.raises(FileRefused):
        say_of(engine, "alder-health", Wish(area=tmp_path / "nothing"), "test")


@pytest.mark.parametrize(
    ("typed", "nearest"), [("alder-helth", "alder-health"), ("Birch Health", "birch-health"), ("qqq", "")]
)
def test_an_unknown_organization_suggests_the_nearest(engine: Engine, typed: str, nearest: str) -> None:
    with pytest.raises(DirectoryRefused) as refused:
        say_of(engine, typed, Wish(phone="8045550100"), "test")
    assert (refused.value.code, refused.value.params["nearest"]) == ("organization_missing", nearest)


def test_whether_the_own_one_is_there(engine: Engine) -> None:
    assert not own_is_missing(engine, "alder-health", "only")
    assert own_is_missing(engine, "alder", "first")
    assert own_is_missing(engine, "", "only")
    assert not own_is_missing(engine, "alder", "all")
