"""Confirmation links to copy, and what practices said by them: old and new side by side, accepted or declined."""

from __future__ import annotations

import datetime as dt

from flask import Response, request, url_for

from finder.desk.accounts import Deed
from finder.desk.confirmations import (
    LEAST_DAYS,
    MOST_DAYS,
    USUAL_DAYS,
    LinkState,
    links,
    make_link,
    waiting,
    withdraw_link,
)
from finder.desk.confirmed import accept, decline, may_be_amended
from finder.errors import DeskRefused
from finder.formats.findings import day, names_of_fields
from finder.formats.wording import wording
from finder.web.admin.door import back, blueprint, me, needs, page
from finder.web.context import directory

_STATES = {
    LinkState.LIVE: "Works", LinkState.USED: "Used", LinkState.EXPIRED: "Expired", LinkState.WITHDRAWN: "Taken back",
}  # fmt: skip


@blueprint.route("/confirmation-links", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.EDIT)
def confirmation_links() -> str:
    """List the links that were made; make one, and show it this once."""
    now, made, w = dt.datetime.now(dt.UTC), "", wording("en")
    public_id = request.values.get("public_id", "").strip()
    if request.method == "POST":
        days = request.form.get("days", str(USUAL_DAYS))
        number = int(days) if days.isdecimal() and len(days) < 5 else 0
        _link_id, token = make_link(directory().engine, public_id, me().name, now, number)
        made = url_for("confirm.confirm", token=token, _external=True)
    with directory().engine.connect() as connection:
        found = [(one, _STATES[one.state(now)]) for one in links(connection)]
    return page(
        "confirmation_links", found=found, made=made, public_id=public_id, usual=USUAL_DAYS, least=LEAST_DAYS,
        most=MOST_DAYS, day=lambda at: day(at.date(), w),
    )  # fmt: skip


@blueprint.post("/confirmation-links/<int:link>/take-back")
@needs(Deed.EDIT)
def confirmation_link_back(link: int) -> Response:
    """Take a link back that was not used."""
    withdraw_link(directory().engine, link, me().name, dt.datetime.now(dt.UTC))
    return back("admin.confirmation_links", "The link is taken back: it no longer works.")


@blueprint.get("/confirmations/<int:link>")
@needs(Deed.SEE)
def confirmation(link: int) -> str:
    """Show what a practice said by a link: what patients see, and beside it what the practice wrote."""
    with directory().engine.connect() as connection:
        found = waiting(connection, link)
    if not found:
        raise DeskRefused("confirmation_missing", value=link)
    return page(
        "confirmation", link=link, found=[(one, may_be_amended(one.public_id, one.field)) for one in found],
        fields=names_of_fields, day=lambda at: day(at.date(), wording("en")),
    )  # fmt: skip


@blueprint.post("/confirmations/<int:link>/accept")
@needs(Deed.EDIT)
def confirmation_accept(link: int) -> Response:
    """Take over one thing that a practice said."""
    try:
        accept(directory().engine, _number(), me().name, dt.datetime.now(dt.UTC), request.form.get("instead"))
    except DeskRefused as refusal:
        if refusal.code != "amendment_refused":
            raise
        why = " ".join(wording("en").code(one.code, one.params) for one in refusal.problems)
        return _on(link, f"Not accepted: {why} Correct it there, or decline it.")
    return _on(link, "Accepted.")


@blueprint.post("/confirmations/<int:link>/decline")
@needs(Deed.EDIT)
def confirmation_decline(link: int) -> Response:
    """Decline one thing that a practice said."""
    decline(directory().engine, _number(), me().name, dt.datetime.now(dt.UTC))
    return _on(link, "Declined: nothing was changed.")


def _number() -> int:
    given = request.form.get("number", "")
    return int(given) if given.isdecimal() and len(given) < 16 else 0


def _on(link: int, said: str) -> Response:
    with directory().engine.connect() as connection:
        more = waiting(connection, link)
    if more:
        row = request.form.get("row", "0")
        return back("admin.confirmation", said, link=link, _anchor=f"row-{row if row.isdecimal() else 0}")
    return back("admin.quality_list", said, name="confirmations", _anchor="row-0")
