"""The work lists of the quality board in words: what each is about, and what each finding says. English, for staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from finder.db.catalogue import Catalogue
from finder.db.reports import Mistake
from finder.formats.wording import Wording


class ListWords(NamedTuple):
    """A list's title, why it matters, and what the link to it says."""

    title: str
    why: str
    act: str


class Said(Protocol):
    """What a finding is to be said of: see finder.desk.quality_findings."""

    @property
    def code(self) -> str:
        """What was found."""

    @property
    def params(self) -> dict[str, Any]:
        """The facts of it."""


WORK_LISTS: Mapping[str, ListWords] = {
    "reports": ListWords("Reports from patients", "Patients have ticked what is wrong.", "Answer them"),
    "confirmations": ListWords("Confirmations from practices", "They used a link. Nothing changes until you accept it.", "Answer them"),
    "over-180-days": ListWords("Not checked for over 180 days", "Patients read “May be out of date”.", "Check them"),
    "never-checked": ListWords("Never checked", "Patients read “Never checked. Call before you go.”", "Check them"),
    "pins-in-doubt": ListWords("Pins in doubt", "Outside their state, over 25 miles from the middle of their ZIP, or on one spot with another address.", "Look at them"),
    "no-phone": ListWords("No phone", "Patients have no way to call.", "Fill in"),
    "people-twice": ListWords("Likely the same person twice", "Same name, and the same phone or place. Or one NPI with two names.", "Compare"),
    "places-twice": ListWords("Likely the same place twice", "At one street address or within 150 meters, with the same phone or like names.", "Compare"),
    "unbacked": ListWords("Says it treats this, but no specialty backs it", "None of their specialties is one that usually treats it, or may help.", "Ask the practice"),
    "approximate": ListWords("Positions that are only about right", "Miles are measured from the middle of the ZIP code, or cannot be.", "Set pins"),
    "90-to-180-days": ListWords("Not checked for 90 to 180 days", "A link to each practice lets them confirm without signing in.", "Check them"),
    "nobody": ListWords("Places with nobody", "Nobody is listed there, and it offers no service.", "Look"),
    "amendments-ending": ListWords("Amendments that end", "They end within 14 days, or ended in the last 30. Then patients see what was imported.", "Look"),
    "not-reviewed": ListWords("Problems not yet reviewed", "No clinician has signed the text. Patients are told so.", "Review"),
}  # fmt: skip
_REASONS = {"phone": "the same phone", "place": "the same place", "address": "the same street address", "near": "less than 150 meters apart"}  # fmt: skip
_LANGUAGES = {"en": "English", "es": "Spanish"}


_FIELDS = {
    "name": "Name", "address": "Address", "phone": "Phone", "hours": "Hours", "phone_languages": "Phone answered in",
    "step_free": "Step-free way in", "here": "Sees patients here", "specialties": "Specialty",
    "accepting_new_patients": "New patients", "capabilities": "What they treat",
}  # fmt: skip


def names_of_fields(field: str) -> str:
    """Return what staff call a field of a listing."""
    return _FIELDS.get(field, field)


def sentence(found: Said, catalogue: Catalogue, w: Wording) -> str:
    """Return what a finding says."""
    made = _SENTENCES[found.code]
    return made if isinstance(made, str) else made(found.params, catalogue, w)


def reported(kinds: Mapping[str, int], w: Wording) -> str:
    """Return what was ticked, and how often."""
    return ", ".join(f"{w.mistake(Mistake(kind))} ({number})" for kind, number in kinds.items())


def days_ago(days: int) -> str:
    """Return how long ago something was."""
    return "today" if days <= 0 else "1 day ago" if days == 1 else f"{days} days ago"


def day(given: dt.date, w: Wording) -> str:
    """Return a day as staff read it."""
    return w.checked(given, given).removeprefix("Checked ")


def _ages(params: dict[str, Any], _catalogue: Catalogue, w: Wording) -> str:
    return f"Last checked {day(params['day'], w)}, {params['days']} days ago."


def _reports(params: dict[str, Any], _catalogue: Catalogue, w: Wording) -> str:
    number = params["reports"]
    first = days_ago(params["days"])
    return f"{reported(params['kinds'], w)}. {number} {'report' if number == 1 else 'reports'}, the first {first}."


def _twice(params: dict[str, Any], _catalogue: Catalogue, _w: Wording) -> str:
    why = " and ".join(_REASONS[one] for one in params["reasons"])
    more = " Their phone is the same." if params.get("phone") else ""
    return f"And {params['other']}, {params['other_where']}: {why}.{more}"


def _unbacked(params: dict[str, Any], catalogue: Catalogue, w: Wording) -> str:
    kinds = catalogue.target_kinds
    names = [w.entry(catalogue, kinds[one].value, one) if one in kinds else one for one in params["targets"]]
    codes = [w.entry(catalogue, "taxonomy", code) for code in params["specialties"]] or ["none that we know"]
    shown = w.listed(names[:4]) if len(names) <= 4 else f"{', '.join(names[:4])} and {len(names) - 4} more"
    return f"Says: {shown}. Specialty: {w.listed(codes)}."


_SENTENCES: Mapping[str, Any] = {
    "last_checked": _ages,
    "never_checked": "Nobody has said when this was last right.",
    "reports": _reports,
    "corrections": lambda p, _c, _w: f"{p['corrections']} of what patients see is wrong, they say. Sent {days_ago(p['days'])}.",
    "all_right": lambda p, _c, _w: f"All of it is right, they say. Sent {days_ago(p['days'])}.",
    "pin_outside_state": lambda p, _c, _w: f"The pin is {p['miles']} miles outside {p['state']}: {p['pin']}.",
    "pin_far_from_zip": lambda p, _c, _w: f"The pin is {p['miles']} miles from the middle of {p['zip_code']}: {p['pin']}.",
    "pin_stacked": lambda p, _c, w: f"The very same pin, {p['pin']}, though the address is another: {w.listed(p['others'])}{' and more' if p['number'] > len(p['others']) else ''}.",
    "no_phone": "No phone is stated, so that nobody can call.",
    "nobody": "Nobody is listed here.",
    "people_twice": _twice,
    "places_twice": _twice,
    "npi_of_two": lambda p, _c, w: f"One NPI, two names: {w.listed(p['names'])}.",
    "unbacked": _unbacked,
    "position_zip": lambda p, _c, _w: f"The pin is the middle of {p['zip_code']}.",
    "position_none": lambda p, _c, _w: f"No pin: we do not know where {p['zip_code'] or 'this'} is. Nobody finds it by distance.",
    "amendment_ends": lambda p, _c, w: f"“{p['field']}” ends {day(p['day'], w)}.",
    "amendment_ended": lambda p, _c, w: f"“{p['field']}” ended {day(p['day'], w)}.",
    "not_reviewed": lambda p, _c, w: f"Not signed in {w.listed(_LANGUAGES[one] for one in p['languages'])}.",
}  # fmt: skip
