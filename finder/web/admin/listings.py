"""The directory: find a listing, see what its file says and what patients see, and change that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from finder.db.amendable import OWN_FIELDS, POSITION
from finder.db.removals import removed_npis
from finder.desk.accounts import Deed
from finder.desk.amendments import AmendmentTold, amend, amendments_of, checked, end_of, last_day_of, withdraw
from finder.desk.finding import ON_PAGE, ONLY, Kind, find_listings
from finder.desk.listings import StaffListing, staff_listing
from finder.errors import DeskRefused, FinderError
from finder.formats.wording import wording
from finder.importers.amending import NOTICE_LONGEST, section_of
from finder.importers.templates import SECTIONS
from finder.search.removed import Removed
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, listed_id, today

_AREAS = ("hours", "directions", "fellowship")
_PHONES = ("phone", "relay_phone")
_STATED = ("", "yes", "no")
_GENDERS = ("", "woman", "man", "other")
# What one press does, and what is said of it.
_PRESSES: dict[str, tuple[dict[str, Any], str]] = {
    "closed": ({"accepting_new_patients": "no"}, "Patients now read: not taking new patients."),
    "hide": ({"hidden": True}, "Patients do not see this listing any longer."),
    "show": ({"hidden": False}, "Patients see this listing again."),
}


@blueprint.get("/listings")
@needs(Deed.SEE)
def listings() -> str:
    """Find people and places, hidden ones too."""
    text, only = request.args.get("q", "")[:200].replace("\0", ""), request.args.get("only", "")
    kind: Kind = "places" if request.args.get("kind") == "places" else "people"
    only = only if only in ONLY else ""
    number = min(max(request.args.get("page", 1, int), 1), 100_000)
    with directory().engine.connect() as connection:
        found = find_listings(connection, text, kind, today(), only, number)

    def at(**changed: Any) -> str:
        given: dict[str, Any] = {"q": text, "kind": kind, "only": only, "page": number} | changed
        return url_for("admin.listings", **{name: value for name, value in given.items() if value not in ("", 1)})

    return page(
        "listings", found=found, text=text, kind=kind, only=only, all_only=ONLY, number=number, at=at,
        pages=max(1, -(-found.total // ON_PAGE)), today=today(),
    )  # fmt: skip


@blueprint.get("/listings/<public_id>")
@needs(Deed.SEE)
def listing(public_id: str) -> str | Response:
    """Show one listing: what its file says beside what patients see."""
    return _shown(listed_id(public_id))


@blueprint.post("/listings/<public_id>/change")
@needs(Deed.EDIT)
def change_listing(public_id: str) -> Response | tuple[str, int]:
    """Change what was changed in the form."""
    public_id, form = listed_id(public_id), request.form
    names = [name.removeprefix("was.") for name in form if name.startswith("was.")]
    changes = {name: form.get(name, "") for name in names if _plain(form.get(name, "")) != _plain(form[f"was.{name}"])}
    if "notice_en" in names:
        # Both languages have one last day.
        changes = {name: form.get(name, "") for name in names}
    try:
        if not changes:
            raise DeskRefused("amendment_nothing", public_id=public_id)
        with directory().engine.connect() as connection:
            found = staff_listing(connection, public_id)
            remarks = checked(connection, found, changes).told
        ends_at = _until(found, form.get("until", ""))
        # What the form was filled with, as cells are kept; what a field shows by now is told by its text.
        was = {name: _plain(form[f"was.{name}"]) for name in changes}
        seen = {
            name: found.stands(name) if was[name] == _plain(_filled(found, name)) else was[name] for name in changes
        }
        amend(directory().engine, public_id, changes, me().name, ends_at=ends_at, seen=seen)
    except DeskRefused as refusal:
        return str(_shown(public_id, refusal, form)), 409 if refusal.code == "amendment_outdated" else 400
    w = wording("en")
    notes = " ".join(f"{_label(one.column)}: {w.code(one.code, one.params)}" for one in remarks)
    return back("admin.listing", f"Patients see it from now on. {notes}".strip(), public_id=found.public_id)


@blueprint.post("/listings/<public_id>/press")
@needs(Deed.EDIT)
def press_listing(public_id: str) -> Response | tuple[str, int]:
    """Do what one press stands for."""
    public_id, what = listed_id(public_id), request.form.get("press", "")
    day = today()
    changes, said = _PRESSES.get(what, ({}, ""))
    if what == "verified":
        changes, said = {"verified_on": day.isoformat()}, f"Patients now read: checked {wording('en').date(day)}."
    onward = listed_id(request.form.get("from", public_id))
    try:
        amend(directory().engine, public_id, changes, me().name)
    except DeskRefused as refusal:
        return str(_shown(onward, refusal)), 400
    return back("admin.listing", said, public_id=onward)


@blueprint.post("/listings/<public_id>/withdraw")
@needs(Deed.EDIT)
def withdraw_listing(public_id: str) -> Response | tuple[str, int]:
    """Give a field back to its file, or take down a notice."""
    public_id, field = listed_id(public_id), request.form.get("field", "")
    try:
        withdraw(directory().engine, public_id, field, me().name)
    except DeskRefused as refusal:
        return str(_shown(public_id, refusal)), 400
    return back("admin.listing", f"{_label(field)}: taken back. The file has its say again.", public_id=public_id)


def _shown(public_id: str, refusal: FinderError | None = None, typed: Mapping[str, str] | None = None) -> str:
    now = dt.datetime.now(dt.UTC)
    with directory().engine.connect() as connection:
        found = staff_listing(connection, public_id, now)
        history = amendments_of(connection, found.public_id, every=True)
        removed = Removed(removed_npis(connection)).has(found.public_id)
        others = [(staff_listing(connection, one, now), called) for one, called in found.roles[:100]]
    by_field: dict[str, AmendmentTold] = {}
    for one in history:
        if one.state(now) == "in force":
            by_field.setdefault(one.field, one)
    problems = {one.column: one for one in refusal.problems} if refusal else {}
    return page(
        "listing", found=found, removed=removed, by_field=by_field, history=history, others=others, now=now, typed=typed or {},
        refusal=told(refusal) if refusal else "", filled=lambda name: _filled(found, name),
        is_outdated=refusal is not None and refusal.code == "amendment_outdated", problems=problems, today=today(), label=_label, own=OWN_FIELDS,
        rows=[name for name in found.fields if name not in POSITION], kinds=_kinds(found), meanings=_meanings(found),
        phones=_PHONES, longest=NOTICE_LONGEST, last_day=lambda one: last_day_of(one.ends_at, found.zip_code),
    )  # fmt: skip


def _filled(found: StaffListing, name: str) -> str:
    """Return what the form of a listing is filled with for a field."""
    stands = found.stands(name)
    return wording("en").phone(stands) if name in _PHONES and stands else stands


def _kinds(found: StaffListing) -> dict[str, Any]:
    """Return how each field is asked for: "line", "area", or the choices there are."""
    stated = {one.name for one in SECTIONS[section_of(found.public_id)].columns if getattr(one.read, "__name__", "") == "stated"}  # fmt: skip
    return {
        name: _STATED if name in stated else _GENDERS if name == "gender" else "area" if name in _AREAS else "line"
        for name in found.fields
    }


def _meanings(found: StaffListing) -> dict[str, str]:
    return {one.name: one.meaning for one in SECTIONS[section_of(found.public_id)].columns}


def _until(found: StaffListing, text: str) -> dt.datetime | None:
    if not text.strip():
        return None
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise DeskRefused("amendment_day_malformed", value=text[:40]) from None
    return end_of(day, found.zip_code)


def _label(field: str) -> str:
    named = {"notice_en": "Notice", "notice_es": "Notice in Spanish", "hidden": "Hidden", "verified_on": "Checked on"}
    return named.get(field) or field.replace("_", " ").capitalize()


def _plain(text: str) -> str:
    """Return a text as forms send it back: line breaks are of one kind."""
    return text.replace("\r\n", "\n").strip()
