"""Imports: files are sent here, and the list of what was sent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from finder.desk.accounts import Deed
from finder.desk.check_files import packed
from finder.desk.checks import add_check, checks
from finder.desk.sources import list_sources
from finder.errors import DeskRefused, FinderError, ListingMissing, QuestionError, StorageFailed
from finder.formats.checked import STATES
from finder.importers.outputs import opened
from finder.importers.templates import SECTIONS, SHAPES
from finder.importers.workbooks import write_templates
from finder.web.admin.check_starts import look_after, start
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, settings

# Several files may come at once, each as large as one may be; in all no more than two such.
_MOST_FILES = 2
_BESIDE_FILES_BYTES = 1_000_000
_AT_ONCE, _START_BYTES = 2**18, 2**16
# What is more than that is not listened to.
_MOST_DRAINED_BYTES = 2**32
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _largest() -> int:
    return _MOST_FILES * settings().upload_limit_mb * 1_000_000 + _BESIDE_FILES_BYTES


@blueprint.route("/imports", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.EDIT, largest_bytes=_largest)
def imports() -> Response | str | tuple[str, int]:
    """Show what was sent, and take files to be checked: they are stored, and a process of its own reads them."""
    if request.method == "GET":
        look_after()
        return _page(request.args)
    form = request.form
    source = form.get("new_source", "").strip().lower() or form.get("source", "")
    limit = settings().upload_limit_mb
    try:
        with ExitStack() as stack:
            sent = [
                stack.enter_context(packed(one.filename or "", one.stream, limit))
                for one in request.files.getlist("files")
                if one.filename
            ]
            check_id = add_check(
                directory().engine, sent, source, me().name, update_only="update_only" in form,
                leave_out_others="leave_out_others" in form,
            )  # fmt: skip
    except StorageFailed as failed:
        # Nothing was taken. Whoever sends files may be who can make room.
        return Response(_page(form, told(failed)), 503, {"Retry-After": "30"})
    except FinderError as refused:
        return _page(form, told(refused if source else DeskRefused("check_without_source"))), 400
    finally:
        request.close()
    start(check_id)
    return back("admin.check", check_id=check_id)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """Refuse more than is taken: of an upload on its own page, with what was typed still there."""
    if request.endpoint != "admin.imports":
        return page("fault", sentence=told(QuestionError("request_too_large"))), 413
    limit = _MOST_FILES * settings().upload_limit_mb
    return _page(_typed_first(), told(DeskRefused("check_request_large", limit_mb=limit))), 413


@blueprint.get("/imports/templates/<name>")
@needs(Deed.SEE)
def import_template(name: str) -> Response:
    """Hand out an empty template: a section as CSV or workbook, or all of them in one workbook."""
    stem, _, ending = name.rpartition(".")
    if ending not in ("csv", "xlsx") or not (stem in SHAPES or (stem, ending) == ("all", "xlsx")):
        raise ListingMissing("page_missing")
    reply = Response(_template(stem, ending), mimetype=_XLSX if ending == "xlsx" else "text/csv")
    reply.headers.set("Content-Disposition", "attachment", filename=f"finder-{name}")
    return reply


@lru_cache(maxsize=16)
def _template(stem: str, ending: str) -> bytes:
    sections = list(SECTIONS.values()) if stem == "all" else [SHAPES[stem]]
    with tempfile.TemporaryDirectory(prefix="finder-") as folder:
        path = Path(folder) / f"template.{ending}"
        with opened(path, for_spreadsheets=True) as begin:
            write_templates(begin, sections, explained=ending == "xlsx")
        return path.read_bytes()


def _page(typed: Mapping[str, str], refusal: str = "") -> str:
    with directory().engine.connect() as connection:
        sources = [one for one in list_sources(connection) if not one.is_demo]
        found = checks(connection)
    return page(
        "imports", checks=found, sources=sources, typed=typed, refusal=refusal, states=STATES,
        limit_mb=settings().upload_limit_mb, sections=SHAPES,
    )  # fmt: skip


def _typed_first() -> dict[str, str]:
    """Return the fields that came before the files of a form that is too large, and let the rest of it go by.

    A browser that is not listened to shows no answer.
    """
    start, whole = b"", request.environ["wsgi.input"]
    left = min(request.content_length or 0, _MOST_DRAINED_BYTES)
    while left > 0 and (chunk := whole.read(min(_AT_ONCE, left))):
        start = start or chunk[:_START_BYTES]
        left -= len(chunk)
    boundary = request.mimetype_params.get("boundary", "")
    decoder, typed, name = MultipartDecoder(boundary.encode()), dict[str, str](), ""
    decoder.receive_data(start)
    while boundary:
        try:
            event = decoder.next_event()
        except ValueError:
            break
        if isinstance(event, NeedData | File | Epilogue):
            break
        if isinstance(event, Field):
            name = event.name
        elif isinstance(event, Data):
            typed[name] = typed.get(name, "") + event.data.decode(errors="replace")
    return typed
