"""Notes of a listing for whoever answers the telephone: one form for each."""

from __future__ import annotations

import datetime as dt

from flask import request
from flask.typing import ResponseReturnValue

from finder.desk.accounts import Deed
from finder.desk.notes import FIELDS, LONGEST, Note, find_listing, notes_of, set_note
from finder.errors import DeskRefused
from finder.formats.wording import wording
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, listed_id, reading, today


@blueprint.route("/note/<public_id>", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.EDIT)
def note(public_id: str) -> ResponseReturnValue:
    """Show what is noted of a listing, and note something else."""
    with reading() as (index, connection):
        known, name = find_listing(index, connection, listed_id(public_id), today())
        kept = notes_of(connection, [known]).get(known, Note(known))
    if request.method == "GET":
        return page("note", kept=kept, name=name, typed=_as_typed(kept), refusal="", longest=LONGEST)
    typed = {name: request.form[name] for name in FIELDS if name in request.form}
    try:
        set_note(directory().engine, index, known, typed, me().name, dt.datetime.now(dt.UTC))
    except DeskRefused as refusal:
        typed = _as_typed(kept) | typed
        return page("note", kept=kept, name=name, typed=typed, refusal=told(refusal), longest=LONGEST), 400
    return back("admin.note", f"The notes of {name} are kept.", public_id=known)


def _as_typed(kept: Note) -> dict[str, str]:
    return {name: getattr(kept, name) for name in FIELDS} | {
        "scheduling_phone": wording("en").phone(kept.scheduling_phone)
    }
