"""People and places as schema.org describes them, for search engines. Only what is stated; what is not is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.directory import LocationKind, PositionKind
from finder.formats.wording import Wording
from finder.search.results import LocationListing, LocationView, PractitionerListing, PractitionerView, RoleView

AddressOf = Callable[[str], str]
_DOCTORS = ("surgeon", "non_surgical_doctor")
_TYPES = {
    LocationKind.CLINIC: "MedicalClinic", LocationKind.THERAPY: "MedicalClinic",
    LocationKind.SURGERY_CENTER: "MedicalClinic", LocationKind.NOT_STATED: "MedicalOrganization",
}  # fmt: skip
# Within a script element these could end it, begin another, or be read as the end of a line.
_IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def for_script(body: dict[str, Any]) -> str:
    """Return JSON that may stand in a script element as it is, whatever is in it."""
    return json.dumps(body, ensure_ascii=False).translate(_IN_SCRIPT)


def person(found: PractitionerListing, catalogue: Catalogue, w: Wording, address_of: AddressOf) -> dict[str, Any]:
    """Return a person's listing; `address_of` returns the whole address of the page of a public id.

    A doctor is a Physician, which is a practice; anybody else a Person.
    """
    one = found.practitioner
    places = [_place(role.location, w, address_of, role.phone) for role in found.roles]
    body: dict[str, Any] = {
        "@context": "https://schema.org", **_who(one, catalogue, w, address_of),
        "knowsLanguage": list(one.languages), "sameAs": one.profile_url,
    }  # fmt: skip
    if body["@type"] == "Physician":
        body |= {"usNPI": one.npi, "isAcceptingNewPatients": _accepting(found.roles), "location": places}
        body |= {"telephone": places[0].get("telephone"), "address": places[0].get("address")} if places else {}
    else:
        body["workLocation"] = places
    return _stated(body)


def place(found: LocationListing, catalogue: Catalogue, w: Wording, address_of: AddressOf) -> dict[str, Any]:
    """Return a place's listing with its people; `address_of` as for a person."""
    people = [_who(one, catalogue, w, address_of) for one, _role in found.people]
    return _stated({"@context": "https://schema.org", **_place(found.location, w, address_of), "member": people})


def _who(one: PractitionerView, catalogue: Catalogue, w: Wording, address_of: AddressOf) -> dict[str, Any]:
    work = "; ".join(w.entry(catalogue, "taxonomy", code) for code in one.specialties)
    known = {"@id": address_of(one.public_id), "url": address_of(one.public_id)}
    if one.group in _DOCTORS:
        name = f"{one.name}, {one.credentials}" if one.credentials else one.name
        return _stated({"@type": "Physician", **known, "name": name, "description": work})
    return _stated({"@type": "Person", **known, "name": one.name, "honorificSuffix": one.credentials, "jobTitle": work})


def _place(at: LocationView, w: Wording, address_of: AddressOf, phone: str = "") -> dict[str, Any]:
    street = ", ".join(part for part in (at.address, at.address_2) if part)
    measured = at.latitude is not None and at.position_kind is not PositionKind.ZIP
    return _stated(
        {
            "@type": _TYPES.get(at.kind, "Hospital"), "@id": address_of(at.public_id), "name": w.place_name(at),
            "url": at.url or address_of(at.public_id), "telephone": phone or at.phone,
            "address": _stated({
                "@type": "PostalAddress", "streetAddress": street, "addressLocality": at.city,
                "addressRegion": at.state, "postalCode": at.zip_code, "addressCountry": "US",
            }),
            "geo": {"@type": "GeoCoordinates", "latitude": at.latitude, "longitude": at.longitude} if measured else None,
            "parentOrganization": {"@type": "Organization", "name": at.organization}
            if at.organization and at.organization != at.name else None,
        }
    )  # fmt: skip


def _accepting(roles: tuple[RoleView, ...]) -> bool | None:
    """Return whether new patients are taken anywhere; None where that is not stated everywhere."""
    said = {role.accepting_new_patients for role in roles}
    return True if Stated.YES in said else False if said == {Stated.NO} else None


def _stated(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "", [])}
