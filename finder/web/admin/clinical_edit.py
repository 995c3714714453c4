"""A hospital's own row: changed in a form, looked at as a draft, saved; and the way back to the shipped one."""

from __future__ import annotations

import datetime as dt

from flask import Response, request

from finder.desk.accounts import Deed
from finder.desk.own_rows import Draft, back_to_shipped, draft_of, row_or_new, save_own_row
from finder.desk.phrase_trial import PhraseTrial, try_phrase
from finder.desk.review import ReviewRow, changes, shipped_body
from finder.desk.row_fields import FIELDS, REST, form_of, row_of
from finder.errors import CatalogueRefused, QuestionError
from finder.formats.wording import wording
from finder.web.admin.clinical import KINDS, SPOKEN
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, host, reading, today

_LARGEST_BYTES = 256 * 1024


@blueprint.route("/clinical/<kind>/<key>/edit", methods=["GET", "POST"])
@needs(Deed.SIGN, largest_bytes=_LARGEST_BYTES)
def clinical_edit(kind: str, key: str) -> Response | str | tuple[str, int]:
    """Show the form of a row; sent, show what it would change, try a phrase on it, or save it."""
    now, form = dt.datetime.now(dt.UTC), request.form
    with reading() as (index, connection):
        row = row_or_new(connection, kind, key, now, like=request.args.get("like", ""))
        shipped = shipped_body(connection, kind, key)
        if request.method == "GET":
            return _page(row, form_of(kind, row.body), ships=shipped is not None, beneath=changes(row.body, shipped) if shipped and row.is_own else ())  # fmt: skip
        typed = {name: form[name] for name in (*(one.path for one in FIELDS[kind]), REST) if name in form}
        shown, draft, trial, refusal, seen = {**typed}, None, None, "", form.get("hash", "")
        try:
            if row.content_hash != seen:
                raise CatalogueRefused("catalogue_row_moved", kind=kind, key=key)
            body = row_of(kind, row.body, typed)
            draft = draft_of(connection, kind, key, body, now)
            if form.get("do") == "try":
                w = wording(form.get("language") if form.get("language") in SPOKEN else "en")
                trial = try_phrase(
                    index, connection, form.get("phrase", ""), "", "", w, today(), host(), draft.catalogue
                )
        except (CatalogueRefused, QuestionError) as error:
            refusal = told(error)
    if not refusal and form.get("do") == "save":
        try:
            save_own_row(directory().engine, kind, key, body, me().name, seen=seen)
        except CatalogueRefused as error:
            refusal = told(error)
        else:
            return back("admin.clinical_row", "The hospital's own row is in force. Signatures of the row before have lapsed.", kind=kind, key=key, language="en")  # fmt: skip
    made = _page(row, shown, seen=seen, ships=shipped is not None, draft=draft, trial=trial, refusal=refusal)
    return (made, 400) if refusal else made


@blueprint.get("/clinical/new")
@needs(Deed.SIGN)
def clinical_new() -> Response:
    """Go on to the form of a new row, like another one."""
    kind, like = request.args.get("kind", ""), request.args.get("like", "")
    key = "-".join(request.args.get("key", "").lower().split())
    with directory().engine.connect() as connection:
        found = row_or_new(connection, kind, key, dt.datetime.now(dt.UTC), like=like)
    return back("admin.clinical_edit", kind=found.kind, key=found.key, like=None if found.content_hash else like)


@blueprint.post("/clinical/<kind>/<key>/shipped")
@needs(Deed.SIGN)
def clinical_shipped(kind: str, key: str) -> Response:
    """Go back to the shipped row."""
    back_to_shipped(directory().engine, kind, key, me().name)
    return back("admin.clinical", f"The shipped row of {key} is in force again.")


def _page(
    row: ReviewRow,
    values: dict[str, str],
    *,
    seen: str = "",
    draft: Draft | None = None,
    trial: PhraseTrial | None = None,
    refusal: str = "",
    ships: bool = True,
    beneath: object = (),
) -> str:
    return page(
        "clinical_edit", row=row, values=values, seen=seen or row.content_hash, is_new=not row.content_hash, ships=ships, draft=draft, trial=trial, refusal=refusal,
        fields=[one for one in FIELDS[row.kind] if one.path in form_of(row.kind, row.body)], rest=REST, kinds=KINDS,
        spoken=SPOKEN, beneath=beneath, phrase=request.form.get("phrase", ""), chosen=request.form.get("language", "en"),
        signed=[(one.language, signature.told) for one in row.reviews.values() for signature in one.signatures],
    )  # fmt: skip
