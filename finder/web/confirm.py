"""A practice confirms its listing by a link, without signing in: shown as often as anybody looks, used once.

What opens links before people do (scanners of mail, previews) sends no form, and so spends nothing. No cookie is
given, and nothing is kept of who sends it.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from finder.db.amendable import moved, person_of
from finder.desk.confirmations import LONGEST_WORDS, Correction, LinkState, find_link, use_link
from finder.errors import DeskRefused, ListingMissing
from finder.formats.confirming import ConfirmGroup, confirm_groups, seen
from finder.search import listing
from finder.web.context import directory, reading, site, today, words
from finder.web.posting import guard

blueprint = Blueprint("confirm", __name__, url_prefix="/confirm")
# Words about each fact of a place with its people.
_MOST_BYTES = 48 * 1024
_LONGEST_TOKEN = 100


@blueprint.route("/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Show what is to be confirmed; take what is said, once."""
    if request.method == "POST":
        guard(_MOST_BYTES)
    now = dt.datetime.now(dt.UTC)
    with reading() as (index, connection):
        link = find_link(connection, token) if len(token) <= _LONGEST_TOKEN and token.isascii() else None
        if link is None:
            return _page("over", index=index, state="unknown"), 404
        if link.state(now) is not LinkState.LIVE:
            return _page("over", index=index, state=link.state(now).value), 410
        # The place may have become one with another since.
        kept = index.snapshot.same_places.kept_ids
        public_id = moved(link.public_id, lambda one: kept.get(one, one))
        role_id, subject = (public_id if public_id.startswith("role:") else ""), person_of(public_id)
        try:
            groups = confirm_groups(listing(index, connection, subject, today()), index.catalogue, words(), role_id)
        except ListingMissing:
            groups = []
        if not groups:
            return _page("over", index=index, state="gone"), 410
        error = ""
        if request.method == "POST":
            error = _take(token, groups, now)
            if not error:
                return _page("thanks", index=index), 200
            if error in ("link_over", "link_missing"):
                # Another sent it in the same moment.
                return _page("over", index=index, state="used"), 410
        shown = _page(
            "form", index=index, groups=groups, seen=seen(groups), link=link, error=error, longest=LONGEST_WORDS,
            said=_said(groups) if error == "confirmation_empty" else {}, until=words().date(link.expires_at.date()),
        )  # fmt: skip
    return shown, 400 if error else 200


def _take(token: str, groups: list[ConfirmGroup], now: dt.datetime) -> str:
    """Take what a form says; return why not, "" where it was taken."""
    form = request.form
    if form.get("seen") != seen(groups):
        return "changed"
    said = _said(groups)
    lines = [line for group in groups for line in group.lines]
    corrections = [
        Correction(line.public_id, line.field, line.shown, said[number])
        for number, line in enumerate(lines)
        if said.get(number)
    ]
    try:
        use_link(directory().engine, token, corrections, now, all_right=form.get("all") == "right")
    except DeskRefused as refusal:
        return refusal.code
    return ""


def _said(groups: list[ConfirmGroup]) -> dict[int, str]:
    """Return what was written about which line, by its number: printable, and no longer than a field takes."""
    number = sum(len(group.lines) for group in groups)
    found = {}
    for one in range(number):
        text = "".join(c if c.isprintable() else " " for c in request.form.get(f"f{one}", ""))
        if text.strip():
            found[one] = " ".join(text.split())[:LONGEST_WORDS]
    return found


def _page(name: str, **values: object) -> str:
    return render_template(f"confirm/{name}.html", w=words(), site=site(), today=today(), **values)
