"""Versions of sources handed out as files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from finder.desk.accounts import Deed
from finder.desk.exporting import FORMS, export_version, kept_versions
from finder.errors import DirectoryRefused, OutputRefused
from finder.web.admin.door import blueprint, me, needs, page, told
from finder.web.context import directory


@blueprint.route("/export", methods=["GET", "POST"])
@needs(Deed.EDIT)
def export() -> ResponseReturnValue:
    """List the versions that are kept, and hand one out."""
    if request.method == "POST":
        try:
            return _handed_out()
        except (DirectoryRefused, OutputRefused) as refusal:
            return _page(told(refusal)), 400
    return _page("")


def _page(refusal: str) -> str:
    with directory().engine.connect() as connection:
        return page("export", versions=kept_versions(connection), refusal=refusal)


def _handed_out() -> Response:
    """Return a version as a file: written to disk, and sent from there a piece at a time."""
    source, number = request.form.get("source", ""), request.form.get("version", "")
    form = request.form.get("form", "")
    if form not in FORMS or not (number.isascii() and number.isdecimal() and len(number) < 9) or not source.isprintable():  # fmt: skip
        raise DirectoryRefused("dataset_unknown", source=source[:80], version=number[:10])
    with tempfile.TemporaryDirectory(prefix="finder-") as folder:
        path = export_version(directory().engine, source, int(number), form, Path(folder), me().name)
        # An open file outlives its name.
        file = path.open("rb")
    reply = send_file(file, as_attachment=True, download_name=path.name, mimetype=_TYPES[form])
    reply.call_on_close(file.close)
    return reply


_TYPES = {"zip": "application/zip", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
