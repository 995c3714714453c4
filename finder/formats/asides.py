"""What an answer says beside its lists, in sentences and as JSON: the same for page, API and terminal."""

from __future__ import annotations

from typing import Any, NamedTuple

from finder.formats.wording import Wording
from finder.geo import METRES_PER_MILE
from finder.search.organizations import OrganizationView
from finder.search.results import SearchResults


class Asides(NamedTuple):
    """Sentences, each "" where there is nothing to say. `links` are (label, address)."""

    outside_area: str
    links: tuple[tuple[str, str], ...]
    started_wide: str
    far: str
    own: str
    line: str


def asides(results: SearchResults, w: Wording) -> Asides:
    """Return what is to be said beside the lists of an answer."""
    outside = results.outside_area
    return Asides(
        _outside_area(results, w),
        _links(outside.organization, w) if outside else (),
        w("This is rare work, so we looked everywhere at once, not only near you.") if results.started_wide else "",
        # Whoever is told that an organization does not serve them has heard how far it is, and its line.
        "" if outside else _far(results, w),
        _own(results, w),
        "" if outside and outside.organization.phone else _line(results, w),
    )


def as_json(results: SearchResults, w: Wording) -> dict[str, Any]:
    """Return the same for the API, with what a program needs of it."""
    said, outside, own, line = asides(results, w), results.outside_area, results.own, results.line
    return {
        "started_wide": results.started_wide,
        "own_organization": own and {"mode": own.mode, "organization": _organization(own.organization), "message": said.own},
        "outside_area": outside and {
            "organization": _organization(outside.organization), "nearest_miles": _miles(outside.nearest_m),
            "phone": outside.organization.phone or None, "hours": outside.organization.hours or None,
            "links": [{"label": label, "url": url} for label, url in said.links], "message": said.outside_area,
        },
        "far": None if results.far_m is None else {"nearest_miles": _miles(results.far_m), "message": _far(results, w)},
        "line": line and {
            "name": line.name, "phone": line.phone, "hours": line.hours or None, "message": _line(results, w),
        },
    }  # fmt: skip


def _outside_area(results: SearchResults, w: Wording) -> str:
    outside, origin = results.outside_area, results.origin
    if outside is None:
        return ""
    place = f"{origin.zip_code} ({origin.city}, {origin.state})" if origin.zip_code else origin.name
    said = w("{organization} says that it does not serve {place}.", organization=outside.organization.name, place=place)
    if outside.nearest_m is None:
        return said
    return f"{said} " + w("The nearest of its places is {distance} away.", distance=_amid(outside.nearest_m, w))


def _far(results: SearchResults, w: Wording) -> str:
    if results.far_m is None:
        return ""
    return w("That is far: the nearest we know of is {distance} away.", distance=_amid(results.far_m, w))


def _own(results: SearchResults, w: Wording) -> str:
    if results.own is None:
        return ""
    name = results.own.organization.name
    if results.own.mode == "only":
        return w("Only people and places of {organization} are listed here.", organization=name)
    if results.query.organization or results.query.sort == "distance":
        return ""
    return w("People and places of {organization} come first, then all others.", organization=name)


def _line(results: SearchResults, w: Wording) -> str:
    if results.line is None:
        return ""
    return w("There are few near you. {name} can tell you where else to ask.", name=w.finder_name(results.line.name))


def _links(organization: OrganizationView, w: Wording) -> tuple[tuple[str, str], ...]:
    return tuple((one.label_es if w.language == "es" else one.label_en, one.url) for one in organization.links)


def _amid(distance_m: float, w: Wording) -> str:
    """Return a distance as it stands amid a sentence."""
    text = w.miles(distance_m)
    return text[:1].lower() + text[1:]


def _organization(one: OrganizationView) -> dict[str, str]:
    return {"id": one.key, "name": one.name}


def _miles(metres: float | None) -> float | None:
    return None if metres is None else round(metres / METRES_PER_MILE, 2)
