"""Every refusal and failure as a page or as problem+json: a sentence and a code, never a stack trace."""

from __future__ import annotations

from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from finder.db.stored import file_trouble, is_of_the_disk
from finder.errors import (
    CatalogueRefused,
    DeskRefused,
    DirectoryNotReady,
    DirectoryRefused,
    FinderError,
    ListingMissing,
    QuestionError,
    ReportRefused,
    RequestRefused,
    StorageFailed,
)
from finder.formats import api_v1, heard
from finder.logs import log
from finder.web import admin
from finder.web.context import directory, site, words
from finder.web.embedding import face
from finder.web.metrics import tell_fault
from finder.web.patients.urgent import alarm
from finder.web.replies import json_reply
from finder.web.request_id import request_id
from finder.web.security import name_of_audience

_TITLES = {
    400: "Bad request",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    413: "Too large",
    429: "Too many requests",
    503: "Not available",
}
_QUESTIONS = {
    "form_from_elsewhere": 403,
    "site_origin_refused": 403,
    "site_origin_hidden": 403,
    "format_not_offered": 406,
}
_DESK = {
    "sign_in_refused": 403,
    "sign_in_wait": 429,
    "deed_refused": 403,
    "form_expired": 400,
    "staff_missing": 404,
    "list_unknown": 404,
    "finding_unknown": 404,
    "listing_unlisted": 404,
    "link_missing": 404,
    "confirmation_missing": 404,
    "place_no_place": 404,
    "look_expired": 404,
    "check_missing": 404,
    "check_file_gone": 404,
    "check_at_work": 409,
    "check_published": 409,
    "golden_missing": 404,
    "order_missing": 404,
    "order_done": 409,
    "changes_outdated": 409,
    "amendment_outdated": 409,
    "undo_outdated": 409,
}
_CATALOGUE = {"catalogue_kind_unknown": 404, "catalogue_row_unknown": 404, "reviewer_refused": 403}
# What is refused to staff; to anyone else it is an outage.
_DIRECTORY = {"source_unknown": 404, "dataset_unknown": 404, "dataset_pruned": 404}
_REPORTS = {"report_elsewhere": 403, "report_too_often": 429, "report_enough": 429}


def install(app: Flask) -> None:
    """Answer every fault of the app."""
    app.register_error_handler(QuestionError, lambda error: answer(error, _QUESTIONS.get(error.code, 400)))
    app.register_error_handler(ReportRefused, lambda error: answer(error, _REPORTS.get(error.code, 400)))
    app.register_error_handler(
        RequestRefused, lambda error: answer(error, 429 if error.code == "too_many_requests" else 400)
    )
    app.register_error_handler(DeskRefused, lambda error: answer(error, _DESK.get(error.code, 400)))
    app.register_error_handler(CatalogueRefused, lambda error: answer(error, _CATALOGUE.get(error.code, 400)))
    app.register_error_handler(DirectoryRefused, _directory)
    app.register_error_handler(ListingMissing, lambda error: answer(error, 404))
    app.register_error_handler(DirectoryNotReady, lambda error: answer(error, 503))
    app.register_error_handler(SQLAlchemyError, _outage)
    app.register_error_handler(StorageFailed, _outage)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _outage)


def answer(error: FinderError, status: int) -> Response:
    """Return a refusal in the form that its reader can use."""
    reply = _told(error, status)
    if g.get("is_fault"):
        reply.headers["X-Request-ID"] = request_id()
    if status == 503:
        reply.headers["Retry-After"] = "30"
    return reply


def _told(error: FinderError, status: int) -> Response:
    # Of a part the element tells what its reader needs; the page beneath goes on with its plain form.
    if request.path.startswith("/api/") or face() == "part" or request.path.startswith("/embed/part/"):
        body = api_v1.problem(error, status, words(), title=_TITLES.get(status, "Error"))
        g.setdefault("outcome", error.code)
        # A slip elsewhere keeps nothing urgent back.
        if found := alarm():
            body["notices"] = heard.urgent(found.notices, found.catalogue, words())
        return json_reply(body, status, {"Content-Type": "application/problem+json"})
    if name_of_audience(request) == "admin":
        return Response(admin.page("fault", sentence=admin.told(error), reference=_reference()), status)
    page = render_template(
        "patients/fault.html", w=words(), site=site(), error=error, status=status, sentence=words().error(error),
        reference=_reference(),
    )  # fmt: skip
    return Response(page, status)


def _reference() -> str:
    """Return what whoever runs the finder can find a fault in the log by, "" where it is a refusal."""
    return request_id() if g.get("is_fault") else ""


def _directory(error: DirectoryRefused) -> Response:
    if name_of_audience(request) != "admin":
        return _outage(error)
    return answer(error, _DIRECTORY.get(error.code, 409))


def _http(error: HTTPException) -> Response | HTTPException:
    if error.code is not None and error.code < 400:
        return error
    if isinstance(error, MethodNotAllowed):
        reply = answer(QuestionError("method_refused", method=request.method[:20]), 405)
        reply.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return reply
    if isinstance(error, RequestEntityTooLarge):
        return answer(QuestionError("request_too_large"), 413)
    if error.code == 404:
        return answer(ListingMissing("page_missing"), 404)
    if error.code is not None and error.code < 500:
        return answer(QuestionError("request_malformed"), error.code)
    return _outage(error)


def _outage(error: Exception) -> Response:
    # The kind of failure and where in the code it was, without its message: that may hold what a patient typed.
    # What the system refuses, such as room on a disk, is an outage as well: it goes by without a new version of ours.
    away = isinstance(error, SQLAlchemyError | StorageFailed | OSError)
    code = error.code if isinstance(error, FinderError) else "fault"
    if isinstance(error, OSError) and is_of_the_disk(error):
        code = file_trouble(error)
    log.error("fault", code=code, endpoint=request.endpoint or "none", request=request_id(), exc_info=error)
    tell_fault(code)
    g.is_fault = True
    if code == "storage_damaged":
        directory().met_damage()
    if isinstance(error, DirectoryRefused) and name_of_audience(request) != "admin":
        return answer(DirectoryNotReady("directory_not_ready"), 503)
    return answer(DirectoryNotReady("outage"), 503 if away else 500)
