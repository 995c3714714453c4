"""Reports of mistakes: a form of boxes to tick, and thanks. It asks nothing about who sends it, and keeps nothing."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from finder.db.reports import Mistake
from finder.desk.reports import file_report
from finder.errors import FinderError, ReportRefused
from finder.search.results import LocationListing, PractitionerListing
from finder.web.context import directory, listed_id, reading, today, words
from finder.web.patients.listings import found_listing
from finder.web.patients.page import address, blueprint, page
from finder.web.posting import guard

_OF_PLACES = tuple(kind for kind in Mistake if kind not in (Mistake.NOT_HERE, Mistake.NO_NEW_PATIENTS))
_OF_PEOPLE = tuple(kind for kind in Mistake if kind is not Mistake.CLOSED)
# Refusals that the form itself can tell, with its boxes as they were.
_IN_THE_FORM = ("report_nothing", "report_kind_unknown")


@blueprint.route("/wrong/<public_id>", methods=["GET", "POST"])
def wrong(public_id: str) -> ResponseReturnValue:
    """Ask what is wrong with a person's or place's listing, and take what was ticked."""
    public_id = listed_id(public_id)
    if request.method == "POST":
        guard()
    with reading() as (index, connection):
        found = found_listing(index, connection, public_id)
        if isinstance(found, str):
            # A form that was open while the id changed is sent again to the new one.
            return redirect(address("patients.wrong", public_id=found), 308)
        error: FinderError | None = None
        if request.method == "POST":
            try:
                file_report(directory().engine, public_id, _ticked(), found.edition, today())
            except ReportRefused as refusal:
                if refusal.code not in _IN_THE_FORM:
                    raise
                error = refusal
            else:
                return redirect(address("patients.thanks", public_id=public_id), 303)
        kinds = _OF_PEOPLE if isinstance(found, PractitionerListing) else _OF_PLACES
        ticked = request.form.getlist("kind")
        shown = page(
            "wrong", index=index, error=error, whose=_name(found), public_id=public_id,
            back=_page_of(found, public_id),
            boxes=[(kind.value, words().mistake(kind), kind.value in ticked) for kind in kinds],
        )  # fmt: skip
    return shown, 400 if error else 200


@blueprint.get("/wrong/<public_id>/thanks")
def thanks(public_id: str) -> ResponseReturnValue:
    """Thank for a report."""
    public_id = listed_id(public_id)
    with reading() as (index, connection):
        found = found_listing(index, connection, public_id)
        if isinstance(found, str):
            return redirect(address("patients.thanks", public_id=found), 301)
        return page("thanks", index=index, whose=_name(found), back=_page_of(found, public_id))


def _ticked() -> list[Mistake]:
    """Return the boxes that were ticked. Raises ReportRefused for one that there is not."""
    known = {kind.value: kind for kind in Mistake}
    given = request.form.getlist("kind")
    unknown = next((value for value in given if value not in known), None)
    if unknown is not None:
        raise ReportRefused("report_kind_unknown", value="".join(c for c in unknown if c.isprintable())[:40])
    return [known[value] for value in given]


def _name(found: PractitionerListing | LocationListing) -> str:
    if isinstance(found, PractitionerListing):
        return found.practitioner.name
    return words().place_name(found.location)


def _page_of(found: PractitionerListing | LocationListing, public_id: str) -> str:
    kind = "specialist" if isinstance(found, PractitionerListing) else "place"
    return address(f"patients.{kind}", public_id=public_id)
