"""One check: its progress, its columns, what it found, and the files to take away."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, jsonify, redirect, request, url_for

from finder.db.checks import CheckState, FileRole
from finder.desk.accounts import Deed
from finder.desk.check_files import content_of, files_of
from finder.desk.checks import Check, find_check, run_again, throw_away
from finder.desk.quality_findings import Finding
from finder.errors import DeskRefused, FinderError
from finder.formats import findings
from finder.formats.checked import (
    STATES,
    how_read,
    lead,
    refusal_sentence,
    remarks,
    told_mends,
    told_problems,
)
from finder.formats.wording import wording
from finder.importers.problems import visible
from finder.importers.templates import SHAPES
from finder.web.admin.check_starts import look_after, start
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory

# In a select of the columns page: this column is left out. No column of ours has this name.
_LEFT_OUT = "-"
_KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

blueprint.add_app_template_filter(visible, "visible")


@blueprint.get("/imports/<int:check_id>")
@needs(Deed.SEE)
def check(check_id: int) -> str:
    """Show how far a check is, what it asks for, or what it found."""
    look_after()
    found, files = _find(check_id)
    if found.state is CheckState.NEEDS_MAPPING:
        return _columns(found)
    report = found.report
    groups: dict[str, list[Any]] = {}
    for group in report["groups"] if report else ():
        groups.setdefault(group["weight"], []).append(group)
    made = [one for one in files if one.role is not FileRole.RECEIVED and one.is_kept]
    return page(
        "check", check=found, files=files, made=made, state=STATES[found.state], states=CheckState, report=report,
        lead=lead(report) if report else "", remarks=remarks(report) if report else [], groups=groups,
        pins=_pins(report), lines=told_problems, mends=told_mends, how_read=how_read, steps=_steps(found),
        refusal=refusal_sentence(found.refusal) if found.refusal else "", changes=_changes(found),
        can_run=all(one.is_kept for one in files if one.role is FileRole.RECEIVED),
    )  # fmt: skip


def _pins(report: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return the places whose pin somebody should look at: name, why, and where it is put right."""
    catalogue, w = directory().index.catalogue, wording("en")
    return [
        (one["name"], findings.sentence(Finding(one["public_id"], one["name"], "", one["code"], one["params"]), catalogue, w), one["public_id"])
        for one in (report or {}).get("pins", ())
    ]  # fmt: skip


@blueprint.get("/imports/<int:check_id>/progress")
@needs(Deed.SEE)
def check_progress(check_id: int) -> Response:
    """Tell a script how far a check is."""
    look_after()
    found, _files = _find(check_id)
    return jsonify(
        state=found.state.value, is_at_work=found.is_at_work, done=found.rows_done, most=found.rows_at_most,
        said=_how_far(found),
    )  # fmt: skip


@blueprint.route("/imports/<int:check_id>/columns", methods=["GET", "POST"])
@needs(Deed.EDIT)
def check_columns(check_id: int) -> Response | str | tuple[str, int]:
    """Let somebody say what the columns are, then run the check."""
    found, _files = _find(check_id)
    if found.preview is None and found.is_at_work:
        raise DeskRefused("check_at_work")
    if found.preview is None:
        # It ended before the heads were read: its own page says why, and how to go on.
        return redirect(url_for("admin.check", check_id=check_id), 303)  # type: ignore[return-value]
    if request.method == "GET":
        return _columns(found)
    form = request.form
    try:
        run_again(
            directory().engine, check_id, me().name, mapping=_mapping(found, form),
            update_only="update_only" in form, leave_out_others="leave_out_others" in form,
        )  # fmt: skip
    except FinderError as refusal:
        return _columns(found, told(refusal)), 400
    start(check_id)
    return back("admin.check", check_id=check_id)


@blueprint.post("/imports/<int:check_id>/again")
@needs(Deed.EDIT)
def check_again(check_id: int) -> Response:
    """Run a check again."""
    run_again(directory().engine, check_id, me().name)
    start(check_id)
    return back("admin.check", "The check runs again, from the files as they came.", check_id=check_id)


@blueprint.post("/imports/<int:check_id>/discard")
@needs(Deed.EDIT)
def check_discard(check_id: int) -> Response:
    """Throw the files of a check away."""
    throw_away(directory().engine, check_id, me().name)
    # To remove the rows of a large version takes a while.
    start(check_id)
    return back("admin.imports", f"Check {check_id} is thrown away. Nothing that patients see has changed.")


@blueprint.get("/imports/<int:check_id>/files/<int:file_id>")
@needs(Deed.SEE)
def check_file(check_id: int, file_id: int) -> Response:
    """Hand out a file that a check made, a piece at a time."""
    _found, files = _find(check_id)
    wanted = next((one for one in files if one.id == file_id and one.role is not FileRole.RECEIVED), None)
    if wanted is None:
        raise DeskRefused("check_file_gone")
    chunks = content_of(directory().engine, wanted.id)
    # One that is gone is told before anything is sent.
    first = next(chunks, b"")
    kind = _KINDS.get(wanted.name.rpartition(".")[2], "application/octet-stream")
    reply = Response(itertools.chain((first,), chunks), mimetype=kind)
    reply.content_length = wanted.size_bytes
    reply.headers.set("Content-Disposition", "attachment", filename=wanted.name)
    return reply


def _find(check_id: int) -> tuple[Check, list[Any]]:
    with directory().engine.connect() as connection:
        return find_check(connection, check_id), files_of(connection, check_id)


def _columns(found: Check, refusal: str = "") -> str:
    tables = [one for one in found.preview or () if not one["is_aside"]]
    asides = [one for one in found.preview or () if one["is_aside"]]
    said = refusal or (refusal_sentence(found.refusal) if found.refusal else "")
    offered = {table["section"]: _offered(table["section"]) for table in tables}
    troubles = [refusal_sentence(one["refusal"]) for one in tables if one["refusal"]]
    unknown = sum(one["how"] == "unknown" for table in tables for one in table["columns"])
    return page(
        "check_columns", check=found, tables=tables, asides=asides, refusal=said, offered=offered, unknown=unknown,
        troubles=[one for one in troubles if one != said], how_read=how_read, left_out=_LEFT_OUT, shapes=SHAPES,
        steps=_steps(found), typed=request.form if request.method == "POST" else {},
        unsure=[one for one in tables if "cp1252" in one["encoding"]],
    )  # fmt: skip


def _offered(section: str) -> list[tuple[str, list[Any]]]:
    """Return what a column may be read as, by section; the section that it seems to be comes first."""
    names = [section, *(name for name in SHAPES if name != section)]
    return [(name, list(SHAPES[name].understood)) for name in names]


def _mapping(found: Check, form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form says otherwise than the columns are read already."""
    said: dict[str, str] = {}
    for number, table in enumerate(one for one in found.preview or () if not one["is_aside"]):
        for place, one in enumerate(table["columns"]):
            chosen = form.get(f"c{number}-{place}")
            if chosen is None or one["how"] in ("blank", "ours"):
                continue
            before = _LEFT_OUT if one["how"] == "left_out" else one["column"]
            if chosen and chosen != before:
                said[one["head"].strip()] = "" if chosen == _LEFT_OUT else chosen
    return said


def _steps(found: Check) -> list[tuple[str, str, str]]:
    """Return the steps of an import: label, "past", "here" or "", and where a step that can be gone to is."""
    names = ("Upload", "Columns", "Check", "What will change", "Publish")
    here = 1 if found.state in (CheckState.NEEDS_MAPPING, CheckState.READING, CheckState.WAITING) else 2
    return [(name, "past" if n < here else "here" if n == here else "", "") for n, name in enumerate(names)]


def _changes(found: Check) -> str:
    """Return the address of the page that compares the version with what is in force, "" where there is none."""
    same = found.report.get("same_as") if found.report and not found.report.get("in_force") else None
    version = found.version or same
    if version is None or found.is_active or found.state is not CheckState.READY:
        return ""
    if "admin.changes" not in current_app.view_functions:
        return ""
    return url_for("admin.changes", source=found.source, version=version)


def _how_far(found: Check) -> str:
    if found.state is CheckState.RUNNING and found.rows_done:
        return f"{found.rows_done:,} of about {found.rows_at_most:,} rows are checked."
    return {
        CheckState.WAITING: "The check is about to begin.",
        CheckState.READING: "We are reading the header.",
        CheckState.RUNNING: "We are checking the rows.",
    }.get(found.state, "")


blueprint.add_app_template_global(_how_far, "how_far")
