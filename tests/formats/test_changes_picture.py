"""The map of what a version does: what is drawn, and what is said in words."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from sqlalchemy import Engine

from finder.formats.picture import changes_picture
from finder.importers.moved import Move, PlacesMoved, PlaceThere, places_moved
from finder.importers.pipeline import import_files
from tests.sample_files import locations, write

RICHMOND, NOME = (37.55, -77.46), (64.5, -165.4)


def place(name: str, at: tuple[float, float], city: str = "") -> PlaceThere:
    return PlaceThere(name, city, *at)


def marks(svg: str) -> dict[str, int]:
    """Return how many marks of each kind a picture has."""
    found = {}
    for name in ("m-gone", "m-moved", "m-dots", "m-way"):
        paths = re.findall(rf'<path class="{name}" d="([^"]*)"', svg)
        found[name] = sum(path.count("M") for path in paths)
    return found


def test_each_kind_has_a_mark_of_its_own_shape() -> None:
    moved = Move(place("Quillmoor", (37.9, -77.5), "Ashland"), 37.6, -77.4, 34_000)
    drawn = changes_picture(
        PlacesMoved([place("New", RICHMOND)], [place("Old", (37.6, -77.9), "Powhatan")], [moved], 2)
    )
    assert drawn is not None
    ElementTree.fromstring(drawn.svg)
    assert marks(drawn.svg) == {"m-gone": 1, "m-moved": 1, "m-dots": 1, "m-way": 1}
    assert drawn.caption == (
        "1 place will disappear (a cross): Old in Powhatan. 1 place will move (a ring, with a line from where it was): "
        "Quillmoor in Ashland by 21 miles. 1 new place (a dot): New. 2 places without a position, before or after, "
        "cannot be drawn."
    )
    # Close together they are shown from near, with towns to tell where.
    assert '<g class="m-t"><text' in drawn.svg


def test_what_lies_far_off_stands_beside() -> None:
    drawn = changes_picture(PlacesMoved([place("New", RICHMOND), place("Far", NOME)], [], [], 0))
    assert drawn is not None
    ElementTree.fromstring(drawn.svg)
    assert "Alaska" in drawn.svg
    assert marks(drawn.svg)["m-dots"] == 2
    away = Move(place("Far", NOME), *RICHMOND, 5_000_000)
    both = changes_picture(PlacesMoved([], [], [away], 0))
    assert both is not None
    ElementTree.fromstring(both.svg)


def test_many_are_drawn_as_few_and_the_first_are_named() -> None:
    many = [place(f"Clinic {n}", (37 + n % 100 / 50, -78 + n / 10_000)) for n in range(20_000)]
    drawn = changes_picture(PlacesMoved([], many, [], 0))
    assert drawn is not None
    assert drawn.caption == "20,000 places will disappear (a cross): Clinic 0, Clinic 1, Clinic 2, and 19,997 more."
    assert len(drawn.svg) < 60_000


def test_nothing_with_a_position_is_no_picture() -> None:
    assert changes_picture(PlacesMoved([], [], [], 3)) is None


def test_names_of_a_file_are_no_markup_of_the_picture() -> None:
    nasty = "<script>alert(1)</script>"
    drawn = changes_picture(PlacesMoved([place(nasty, RICHMOND)], [], [], 0))
    assert drawn is not None
    assert "script" not in drawn.svg
    assert nasty in drawn.caption  # for the page to escape


def test_places_are_compared_by_their_ids(engine: Engine, tmp_path: Path) -> None:
    rows = ["stays,Stays,,clinic,VA,23220,37.51,-77.41,", "moves,Moves,,clinic,VA,23220,37.52,-77.42,",
            "goes,Goes,,clinic,VA,23220,37.53,-77.43,", "named,Named,,clinic,VA,23220,37.54,-77.44,"]  # fmt: skip
    ids = [import_files(engine, [locations(tmp_path / "a.csv", *rows)], "clinic").dataset_id]
    rows = [rows[0], rows[1].replace("37.52", "37.62"), rows[3].replace("Named", "Renamed"),
            "comes,Comes,,clinic,VA,23220,37.55,-77.45,"]  # fmt: skip
    ids.append(import_files(engine, [locations(tmp_path / "a.csv", *rows)], "clinic").dataset_id)
    with engine.connect() as connection:
        found = places_moved(connection, ids[0] or 0, ids[1] or 0)
    assert ([one.name for one in found.new], [one.name for one in found.gone], found.unplaced) == (
        ["Comes"],
        ["Goes"],
        0,
    )
    (moved,) = found.moved
    assert (moved.place.name, moved.old_latitude) == ("Moves", 37.52)
    assert 11_000 < moved.metres < 11_200


def test_the_farthest_move_comes_first(engine: Engine, tmp_path: Path) -> None:
    header = "location_id,name,city,state,zip_code,latitude,longitude"
    old = write(tmp_path / "a.csv", header, "a,A,Richmond,VA,23220,37.5,-77.4", "b,B,Ashland,VA,23220,37.5,-77.5")
    first = import_files(engine, [old], "clinic").dataset_id
    new = write(tmp_path / "a.csv", header, "a,A,Richmond,VA,23220,37.51,-77.4", "b,B,Ashland,VA,23220,37.7,-77.5")
    second = import_files(engine, [new], "clinic").dataset_id
    with engine.connect() as connection:
        found = places_moved(connection, first or 0, second or 0)
    assert [(one.place.name, one.place.city) for one in found.moved] == [("B", "Ashland"), ("A", "Richmond")]
