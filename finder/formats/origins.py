"""What is said of an origin: what its ZIP code is for, from where miles are measured, and how that is known."""

from __future__ import annotations

from finder.db.reference import zip_points
from finder.db.zip_table import Exactness, ZipKind
from finder.search.origin import Origin

KINDS = {
    ZipKind.AREA: "Area where people live", ZipKind.PO_BOX: "PO boxes", ZipKind.SINGLE_CUSTOMER: "One large customer",
    ZipKind.MILITARY: "Military mail", ZipKind.UNKNOWN: "Not known: no source counts homes there",
}  # fmt: skip
EXACTNESS = {
    Exactness.POPULATION: "the middle of where its people live", Exactness.AREA: "the middle of its land",
    Exactness.PLACE: "its town or post office", Exactness.NEIGHBOUR: "the ZIP code next to it",
    Exactness.HAND: "its town, put in by hand, approximate", Exactness.TOWN: "the middle of the town's ZIP codes",
    Exactness.PREFIX: "the middle of the ZIP codes that begin the same", Exactness.NONE: "nothing",
    Exactness.POINT: "where you are, to about a mile",
}  # fmt: skip
SOURCES = {
    "hud": "HUD, population-weighted, end of 2021", "census": "US Census Gazetteer 2021",
    "geonames": "GeoNames, March 2026 (CC BY 4.0)", "hand": "by hand: see data/zip_corrections.csv",
}  # fmt: skip
# Of a table that was renewed: its day is on the page about the data.
RENEWED = {"hud": "HUD, population-weighted", "census": "US Census Gazetteer", "geonames": "GeoNames (CC BY 4.0)"}


def source_of(source: str) -> str:
    """Return what a source of points is called, with its time as far as that is known."""
    return RENEWED.get(source, SOURCES[source]) if zip_points().number else SOURCES[source]


TOWN = "Miles are in a straight line from the middle of {place}."
POINT = "Miles are in a straight line from where you are, near {place}. We know that only to about a mile."
PREFIX = "We don't have ZIP {zip}. Miles are in a straight line from the middle of all that begin with {near}, around {town}."
NEIGHBOUR = "We measured in a straight line from the middle of ZIP {near} next to it."
THERE = "Miles are in a straight line from there."
POST_OFFICE = "Miles are in a straight line from near its post office."
MIDDLE = "Miles are in a straight line from the middle of ZIP {place}."
PLACE = "Miles are in a straight line from the town of ZIP {place}."
_WITHOUT_HOMES = {
    ZipKind.PO_BOX: "{place} is for PO boxes.",
    ZipKind.SINGLE_CUSTOMER: "{place} is for one large customer.",
    ZipKind.UNKNOWN: "{place} may be for PO boxes or one large customer.",
}
SENTENCES = (TOWN, POINT, PREFIX, NEIGHBOUR, THERE, POST_OFFICE, MIDDLE, PLACE, *_WITHOUT_HOMES.values())


def sentences(origin: Origin) -> tuple[str, ...]:
    """Return what is to be said of an origin: first what the ZIP code is for, then what was measured from."""
    if origin.exactness is Exactness.TOWN:
        return (TOWN,)
    if origin.exactness is Exactness.POINT:
        return (POINT,)
    if origin.exactness is Exactness.PREFIX:
        return (PREFIX,)
    what = (_WITHOUT_HOMES[origin.kind],) if origin.kind in _WITHOUT_HOMES else ()
    if origin.near:
        return (*what, NEIGHBOUR)
    if what:
        return (*what, THERE if origin.kind is ZipKind.SINGLE_CUSTOMER else POST_OFFICE)
    middle = origin.exactness in (Exactness.POPULATION, Exactness.AREA)
    return (MIDDLE if middle else PLACE,)
