"""What will change with a version, and publishing it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, redirect, request, url_for

from finder.desk.accounts import Deed
from finder.desk.changes import Changes, changes_of
from finder.desk.golden import golden_searches
from finder.desk.orders import find_order, place_order, takes_long, wishes
from finder.desk.publish import activate, rehearse
from finder.desk.trial import Trial
from finder.errors import DeskRefused, DirectoryRefused, FinderError
from finder.formats.golden import came
from finder.formats.golden import told as golden_told
from finder.formats.picture import changes_picture
from finder.importers.differences import Kind
from finder.importers.differences import changes as differing
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.admin.publication_starts import start
from finder.web.context import directory, host, today

SHOWN, A_PAGE = 10, 100
# Worst first.
KINDS = {Kind.GONE: "will disappear", Kind.CHANGED: "changed", Kind.NEW: "new"}


@blueprint.get("/versions/<source>/<int:version>/changes")
@needs(Deed.SEE)
def changes(source: str, version: int) -> str:
    """Show what a version changes, and what it takes to publish it; or one list of it, page by page."""
    order = request.args.get("order", 0, int)
    refused = find_order(directory().engine, order) if order else None
    refusal = None
    if refused is not None and refused.code and (refused.source, refused.version) == (source, version):
        refusal = DirectoryRefused(refused.code, **refused.params)
    return _page(source, version, refusal, given=_entries(refused.confirmed) if refused and refusal else {})


@blueprint.post("/versions/<source>/<int:version>/publish")
@needs(Deed.PUBLISH)
def publish(source: str, version: int) -> Response | str | tuple[str, int]:
    """Put a version in force; where something must be confirmed or fails, show the changes again and say so."""
    engine, given = directory().engine, request.form.to_dict()
    try:
        confirmed = _confirmed(given)
        with engine.connect() as connection:
            is_long = takes_long(connection, source, version)
        if is_long:
            number = place_order(engine, source, version, me().name, confirmed)
            start(number)
            return back("admin.publication", number=number)
        edition = activate(engine, source, version, me().name, **wishes(confirmed), host=host())
    except (DirectoryRefused, DeskRefused) as refusal:
        return _page(source, version, refusal, given=given), 409
    return back("admin.history", f"Version {version} of {source} is in force: edition {edition}. Patients see it within seconds.")  # fmt: skip


@blueprint.post("/versions/<source>/<int:version>/golden")
@needs(Deed.EDIT)
def rehearsal(source: str, version: int) -> str:
    """Ask the golden searches of the edition that a version would make; nothing is published."""
    with directory().engine.connect() as connection:
        if takes_long(connection, source, version):
            raise DeskRefused("rehearsal_long", source=source, version=version)
    trial = rehearse(directory().engine, source, version, host())
    return _page(source, version, None, given={}, trial=trial)


@blueprint.get("/publications/<int:number>")
@needs(Deed.SEE)
def publication(number: int) -> Response | str:
    """Show how far a publication is, and go on once it has ended."""
    order = find_order(directory().engine, number)
    if order.state.value == "done":
        return back("admin.history", f"Version {order.version} of {order.source} is in force: edition {order.edition}.")
    if order.state.value == "refused":
        return redirect(url_for("admin.changes", source=order.source, version=order.version, order=number), 303)  # type: ignore[return-value]
    return page("publication", order=order)


def _page(
    source: str, version: int, refusal: FinderError | None, *, given: dict[str, str], trial: Trial | None = None
) -> str:
    against = request.args.get("against", 0, int) or None
    with directory().engine.connect() as connection:
        found = changes_of(connection, source, version, against)
        lists, chosen = _lists(connection, found), None
        if request.method == "GET" and request.args.get("section") in found.sections:
            chosen = _chosen(connection, found)
        places = None if chosen else found.places(connection)
        searches = golden_searches(connection)
        met = found.met(connection) if found.can_publish and not chosen else []
        is_long = found.can_publish and not chosen and takes_long(connection, source, version)
    values: dict[str, Any] = {"found": found, "kinds": KINDS, "against": against, "moment": moment}
    if chosen:
        return page("changes_list", chosen=chosen, **values)
    failed = [str(one) for one in refusal.params["failed"]] if refusal and refusal.code == "golden_failed" else []
    return page(
        "changes", **values, lists=lists, met=met, picture=changes_picture(places) if places else None,
        searches=len(searches), is_long=is_long, trial=trial, failed=failed, came=came, golden_told=golden_told,
        refusal=_sentence(refusal), refusal_code=refusal.code if refusal else "", given=given,
        today=today().isoformat(), shown=SHOWN,
        choices="admin.amendment_choices" in current_app.view_functions,
    )  # fmt: skip


def moment(at: dt.datetime) -> str:
    """Return a moment as history shows it."""
    return f"{at:%B} {at.day}, {at:%Y, %H:%M} UTC"


def _sentence(refusal: FinderError | None) -> str:
    """Return a refusal as the page says it: what is to be typed stands below, and no command."""
    if refusal is None:
        return ""
    on_page = {
        "loss_unconfirmed": "Nothing was published: much would disappear. Type the number of listings that will disappear, below.",
        "update_outdated": "Nothing was published: this version would undo what another one changed. Tick below that it may, or import the file again.",
        "examples_unconfirmed": "Nothing was published: it has example rows of the template. Tick below that they are yours, or import the file without them.",
        "golden_failed": "Nothing was published: searches that must hold would not. They are listed under \u201cSearches that must hold\u201d.",
    }
    return on_page.get(refusal.code) or told(refusal)


def _lists(connection: Any, found: Changes) -> list[tuple[str, Kind, int, list[Any]]]:
    """Return the first listings of each kind and section, worst first."""
    lists = []
    for kind in KINDS:
        for section, counts in found.sections.items():
            number = getattr(counts, kind.value)
            if number:
                some = differing(
                    connection, found.old.id if found.old else None, found.new.id, section, kinds=[kind], most=SHOWN
                )
                lists.append((section, kind, number, list(some)))
    return lists


def _chosen(connection: Any, found: Changes) -> dict[str, Any] | None:
    """Return a page of one list, None where the address names none."""
    section = request.args["section"]
    kind = next((one for one in KINDS if one.value == request.args.get("kind")), None)
    if kind is None:
        return None
    number = getattr(found.sections[section], kind.value)
    last = max(1, -(-number // A_PAGE))
    at = min(max(1, request.args.get("page", 1, int)), last)
    rows = differing(
        connection, found.old.id if found.old else None, found.new.id, section, kinds=[kind], most=A_PAGE,
        offset=(at - 1) * A_PAGE,
    )  # fmt: skip
    first = (at - 1) * A_PAGE + 1
    return {
        "section": section, "kind": kind, "number": number, "rows": list(rows), "page": at, "last": last,
        "first": first, "through": min(number, at * A_PAGE),
    }  # fmt: skip


def _confirmed(given: dict[str, str]) -> dict[str, Any]:
    """Return what a form confirms, as `activate` takes it; dates as ISO dates."""
    told: dict[str, Any] = {
        "confirmed_gone": _number(given.get("gone", "")), "over": _number(given.get("over", "")),
        "keep_examples": given.get("examples") == "yes", "override_golden": given.get("reason", "").strip(),
        "seen": _number(given.get("seen", "")),
    }  # fmt: skip
    if given.get("checked") == "yes":
        try:
            day = dt.date.fromisoformat(given.get("checked_on", "").strip())
        except ValueError:
            raise DeskRefused(
                "attestation_malformed", value=given.get("checked_on", "")[:40], expected="a day like 2026-11-30"
            ) from None
        told |= {"checked_on": day.isoformat(), "checked_by": " ".join(given.get("checked_by", "").split())}
    return told


def _number(text: str) -> int | None:
    text = text.replace(",", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _entries(confirmed: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a form that confirms the same."""
    return {
        "gone": str(confirmed.get("confirmed_gone") or ""), "reason": confirmed.get("override_golden", ""),
        "checked": "yes" if confirmed.get("checked_on") else "", "checked_on": confirmed.get("checked_on", ""),
        "checked_by": confirmed.get("checked_by", ""),
    }  # fmt: skip


@blueprint.app_template_global("this_page")
def this_page(**changes: Any) -> str:
    """Return the query of this page with some parameters changed; None takes one away."""
    kept = {name: value for name, value in (request.args.to_dict() | changes).items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else "?"
