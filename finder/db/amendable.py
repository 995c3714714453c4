"""What staff can change of a listing, and how each value is kept: the columns of import files, by kind of listing.

Names, specialties and who runs a place are not among them: what a person or place *is* comes from files. A value is
kept as JSON has it; `as_held` gives it as our columns hold it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from finder.db.base import Stated
from finder.db.directory import Gender

# By the name that a template has: what the field is called in our tables and views.
PLACE_FIELDS = {
    name: name
    for name in (
        "address", "address_2", "city", "state", "zip_code", "phone", "relay_phone", "latitude", "longitude", "hours",
        "directions", "step_free", "lift", "adjustable_exam_table", "accessible_parking", "interpreter",
        "phone_languages",
    )
} | {"website": "url"}  # fmt: skip
PERSON_FIELDS = {
    name: name
    for name in ("credentials", "gender", "languages", "fellowship", "board_certified", "profile_url")
}  # fmt: skip
ROLE_FIELDS = {
    name: name
    for name in (
        "phone", "days", "accepting_new_patients", "referral_needed", "telehealth", "telehealth_states",
        "first_visit_with", "youngest_age", "oldest_age", "works_with", "booking_url",
    )
}  # fmt: skip
# What no file says: it replaces nothing, so that no file can disagree with it. Of verified_on the later day counts.
OWN_FIELDS = ("hidden", "notice_en", "notice_es", "verified_on")
POSITION = ("latitude", "longitude")
_BY_KIND = {"place": PLACE_FIELDS, "person": PERSON_FIELDS, "npi": PERSON_FIELDS, "role": ROLE_FIELDS}
_STATED = frozenset(
    (
        "step_free", "lift", "adjustable_exam_table", "accessible_parking", "interpreter", "board_certified",
        "accepting_new_patients", "referral_needed", "telehealth",
    )
)  # fmt: skip
_AGES = frozenset(("youngest_age", "oldest_age"))
_LISTS = frozenset(("languages", "telehealth_states"))


def fields_of(public_id: str) -> dict[str, str]:
    """Return what of a listing can be changed that files say too: our names by theirs; nothing for an unknown kind."""
    return _BY_KIND.get(public_id.partition(":")[0], {})


def as_held(field: str, value: Any) -> Any:
    """Return a value of a field, kept as JSON, as our columns hold it."""
    if field in _STATED:
        return Stated(value)
    if field == "gender":
        return Gender(value)
    if field in _LISTS:
        return tuple(value)
    if field in _AGES:
        return None if value == "" else value
    if field == "zip_code":
        return value[:5]
    if field == "verified_on":
        return dt.date.fromisoformat(value)
    return value


def person_of(public_id: str) -> str:
    """Return the person that a role is of; any other public id as it is."""
    return public_id.removeprefix("role:").partition("@")[0] if public_id.startswith("role:") else public_id


def moved(public_id: str, now_called: Callable[[str], str]) -> str:
    """Return a public id with the people and places in it as they are called now."""
    if not public_id.startswith("role:"):
        return now_called(public_id)
    person, _, place = public_id.removeprefix("role:").partition("@")
    return f"role:{now_called(person)}@{now_called(place)}"
