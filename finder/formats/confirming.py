"""What a practice is asked to confirm: the facts of a listing as patients see them, in both languages, line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from finder.db.catalogue import Catalogue
from finder.db.hours import days_open
from finder.formats import hours
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search.results import LocationListing, LocationView, PractitionerListing, PractitionerView, RoleView

# A hospital of more is asked about in parts.
MOST_LINES = 400


class ConfirmLine(NamedTuple):
    """One fact: of which listing and field, what it is called, and what patients read, in each language."""

    public_id: str
    field: str
    label: str
    texts: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> str:
        """The words in English, else in the only language that there are."""
        return dict(self.texts).get("en", self.texts[0][1])


class ConfirmGroup(NamedTuple):
    """The facts of one place, or of one person at a place."""

    heading: str
    lines: tuple[ConfirmLine, ...]


def confirm_groups(
    found: PractitionerListing | LocationListing, catalogue: Catalogue, w: Wording, role_id: str = ""
) -> list[ConfirmGroup]:
    """Return what is to be confirmed of a listing; of the one role alone where it is named."""
    if isinstance(found, LocationListing):
        groups = [_place(found.location, w)]
        groups += [_role(person, role, catalogue, w, person.name) for person, role in found.people]
    else:
        person = found.practitioner
        roles = [role for role in found.roles if role_id in ("", role.public_id)]
        groups = [
            _role(person, role, catalogue, w, w("{name}, {place}", name=person.name, place=w.place_name(role.location)))
            for role in roles
        ]
    kept, number = [], 0
    for group in groups:
        number += len(group.lines)
        if number <= MOST_LINES:
            kept.append(group)
    return kept


def seen(groups: list[ConfirmGroup]) -> str:
    """Return a hash of what was shown, so that nobody confirms what has changed since."""
    told = "\n".join("\t".join((line.public_id, line.field, line.shown)) for group in groups for line in group.lines)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _place(place: LocationView, w: Wording) -> ConfirmGroup:
    address = ", ".join(
        part for part in (place.address, place.address_2, place.city, f"{place.state} {place.zip_code}".strip()) if part
    )
    days = days_open(place.hours)
    return ConfirmGroup(
        w.place_name(place),
        (
            _line(place.public_id, "name", w("Name"), lambda v: v.place_name(place)),
            _line(place.public_id, "address", w("Address"), lambda _v: address),
            _line(place.public_id, "phone", w("Phone"), lambda v: _phone(place.phone, v)),
            _line(
                place.public_id, "hours", w("Hours"),
                lambda v: (place.hours or v("Hours: call to ask")) if days is None else hours.in_words(days, v),
            ),
            _line(
                place.public_id, "phone_languages", w("Phone answered in"),
                lambda v: v.listed(map(v.language_name, place.answers_phone_in)) or v("Languages on the phone: call to ask"),
            ),
            _line(place.public_id, "step_free", w("Way in"), lambda v: v.fact("step_free", place.step_free)),
        ),
    )  # fmt: skip


def _role(person: PractitionerView, role: RoleView, catalogue: Catalogue, w: Wording, heading: str) -> ConfirmGroup:
    def work(v: Wording) -> str:
        told = [
            v.says(catalogue, one.kind, one.target, one.level)
            for one in sorted(role.declared, key=lambda d: d.level_order)
        ]
        return " ".join(told) or v("Nobody has told us what they do for hips. Ask when you call.")

    def kinds(v: Wording) -> str:
        return "; ".join(v.entry(catalogue, "taxonomy", code) for code in person.specialties)

    whose = role.public_id
    return ConfirmGroup(
        heading,
        (
            _line(whose, "here", w("Sees patients"), lambda v: v("{name}, {place}", name=person.name, place=v.place_name(role.location))),
            _line(whose, "specialties", w("Specialty"), kinds),
            _line(whose, "accepting_new_patients", w("New patients"), lambda v: v.fact("accepting_new_patients", role.accepting_new_patients)),
            _line(whose, "phone", w("Phone"), lambda v: _phone(role.phone or role.location.phone, v)),
            _line(whose, "capabilities", w("What they do for hips"), work),
        ),
    )  # fmt: skip


def _line(public_id: str, field: str, label: str, say: Callable[[Wording], str]) -> ConfirmLine:
    texts: list[tuple[str, str]] = []
    for language in LANGUAGES:
        text = say(wording(language))
        if text not in [known for _language, known in texts]:
            texts.append((language, text))
    return ConfirmLine(public_id, field, label, tuple(texts))


def _phone(number: str, w: Wording) -> str:
    return w.phone(number) if number else w("No phone number is stated")
