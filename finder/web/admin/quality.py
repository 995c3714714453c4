"""The quality board and its work lists: plain links and buttons, and after a press the next row is in focus."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from flask import Response, current_app, request, session, url_for

from finder.desk.accounts import Deed
from finder.desk.quality import ANSWERED, LISTS, Board, Look, board, look_at, work_list
from finder.desk.quality_aside import all_set_aside, bring_back, set_aside
from finder.desk.quality_findings import Finding
from finder.desk.reports import handled_reports, mark_done
from finder.desk.verified import verified_today
from finder.errors import DeskRefused
from finder.formats import findings
from finder.formats.wording import wording
from finder.importers.outputs import csv_rows
from finder.web.admin.door import back, blueprint, me, needs, page
from finder.web.context import directory
from finder.web.context import now as _now

_ON_A_PAGE = 50
# Whether single keys do what they say on the page, of this session: WCAG 2.1.4 asks that they can be switched off.
_KEYS = "single_keys"
_VERIFIED = ("over-180-days", "never-checked", "90-to-180-days")
blueprint.add_app_template_global(findings.days_ago, "days_ago")


@blueprint.get("/quality")
@needs(Deed.SEE)
def quality() -> str:
    """Show the counts of all work lists, and when listings were last checked."""
    now = _now()
    found = board(directory().engine, now)
    return page(
        "quality", found=found, lists=findings.WORK_LISTS, lead=_lead(found), reported=_reported(found),
        day=lambda one: findings.day(one, wording("en")),
    )  # fmt: skip


@blueprint.get("/quality/<name>")
@needs(Deed.SEE)
def quality_list(name: str) -> str:
    """Show a page of one work list."""
    practice, offset, answered = request.args.get("practice", ""), _offset(), request.args.get("state") == "answered"
    with directory().engine.connect() as connection:
        look = look_at(connection, _now())
        found = work_list(look, name, practice)
        aside = all_set_aside(connection, name) if name not in ANSWERED else []
        handled = handled_reports(connection) if name == "reports" and answered else []
        practices = sorted((names, key) for key, names in look.listings.practices.items())
    offset = min(offset, max(0, (len(found) - 1) // _ON_A_PAGE * _ON_A_PAGE))
    w = wording("en")
    return page(
        "quality_list", name=name, about=findings.WORK_LISTS[name], rows=_rows(found[offset : offset + _ON_A_PAGE], look),
        total=len(found), offset=offset, size=_ON_A_PAGE, practice=practice, practices=practices, aside=aside,
        answered=answered, handled=[(one, findings.reported({k.value: n for k, n in one.kinds.items()}, w)) for one in handled],
        verifies=name in _VERIFIED, views=current_app.view_functions, may_set_aside=name not in ANSWERED, keys=session.get(_KEYS, True), today=_now().date(),
        moment=lambda at: f"{findings.day(at.date(), w)}, {at:%H:%M} UTC",
    )  # fmt: skip


@blueprint.get("/quality/<name>.csv")
@needs(Deed.SEE)
def quality_csv(name: str) -> Response:
    """Give one work list as a file for spreadsheets."""
    with directory().engine.connect() as connection:
        look = look_at(connection, _now())
        found = work_list(look, name, request.args.get("practice", ""))
    text = io.StringIO()
    write = csv_rows(text)
    write(["public_id", "other_public_id", "name", "where", "says", "practice", "days"])
    for one in found:
        ids = [*one.public_ids, ""][:2]
        practice = look.listings.practices.get(one.practice, "")
        days = "" if one.age_days is None else str(one.age_days)
        write([*ids, one.name, one.where, findings.sentence(one, look.catalogue, wording("en")), practice, days])
    reply = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return reply


@blueprint.post("/quality/<name>/fine")
@needs(Deed.EDIT)
def quality_fine(name: str) -> Response:
    """Set a finding aside."""
    form = request.form
    set_aside(
        directory().engine, name, form.get("subject", ""), form.get("reason", ""), me().name, _real_now(),
        form.get("fingerprint", ""),
    )  # fmt: skip
    return _on(name, "Set aside. It comes back when its facts change.")


@blueprint.post("/quality/<name>/again")
@needs(Deed.EDIT)
def quality_again(name: str) -> Response:
    """Let what was set aside stand on the list again."""
    bring_back(directory().engine, name, request.form.get("subject", ""), me().name, _real_now())
    return _on(name, "It may stand on the list again.")


@blueprint.post("/quality/<name>/verified")
@needs(Deed.EDIT)
def quality_verified(name: str) -> Response:
    """Say that somebody looked at a listing today, and that all of it is right."""
    number = verified_today(directory().engine, [request.form.get("public_id", "")], me().name, _now().date())
    return _on(name, f"{number} listing{'' if number == 1 else 's'} verified today.")


@blueprint.post("/quality/<name>/handled")
@needs(Deed.EDIT)
def quality_handled(name: str) -> Response:
    """Mark what patients told of a listing as handled, with what was done."""
    how = request.form.get("how", "")
    if not how.strip():
        raise DeskRefused("reason_missing")
    number = mark_done(directory().engine, request.form.get("public_id", ""), me().name, _real_now(), how)
    return _on(name, f"{number} report{'' if number == 1 else 's'} answered.")


@blueprint.post("/quality-keys")
@needs(Deed.SEE)
def quality_keys() -> Response:
    """Switch single keys on or off, for this session."""
    session[_KEYS] = request.form.get("keys") == "on"
    name = request.form.get("name", "")
    return _on(name if name in LISTS else next(iter(LISTS)), f"Single keys are {'on' if session[_KEYS] else 'off'}.")


@blueprint.app_template_global("at_desk")
def at_desk(public_id: str) -> str:
    """Return where staff see a listing: its page of the desk, else the one that patients see."""
    public_id = public_id.removeprefix("role:").partition("@")[0] if public_id.startswith("role:") else public_id
    if "admin.listing" in current_app.view_functions:
        return url_for("admin.listing", public_id=public_id)
    return url_for("patients.place" if public_id.startswith("place:") else "patients.specialist", public_id=public_id)


def _on(name: str, said: str) -> Response:
    """Go back to the list where it was, with the row in focus that took the place of the one that was answered."""
    row = request.form.get("row", "0")
    more: dict[str, Any] = {one: request.form[one] for one in ("practice", "offset") if request.form.get(one)}
    return back("admin.quality_list", said, name=name, _anchor=f"row-{row if row.isdecimal() else 0}", **more)


def _rows(found: list[Finding], look: Look) -> list[dict[str, Any]]:
    shown, w = [], wording("en")
    for one in found:
        place = one.subject.partition("@")[2] if one.subject.startswith("role:") else ""
        shown.append({"one": one, "says": findings.sentence(one, look.catalogue, w), "place": place})
    return shown


def _lead(found: Board) -> str:
    waiting = found.counts["reports"]
    told = "Nothing that patients told us waits." if not waiting else (
        f"Patients have told us that something is wrong with {waiting} listing{'' if waiting == 1 else 's'}."
    )  # fmt: skip
    people, places = f"{found.people:,} people", f"{found.places:,} places"
    return f"{people} at {places}. {found.checked['fresh']:,} listings were checked in the last 90 days. {told}"


def _reported(found: Board) -> str:
    if not found.kinds_of_reports:
        return ""
    waited = found.oldest_report_days or 0
    oldest = "All came today." if waited <= 0 else f"The oldest has waited {waited} day{'' if waited == 1 else 's'}."
    return f"{findings.reported(found.kinds_of_reports, wording('en'))}. {oldest}"


def _offset() -> int:
    given = request.args.get("offset", "0")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _real_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
