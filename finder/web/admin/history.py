"""What was put in force and undone; undoing, comparing, restoring."""

from __future__ import annotations

from flask import Response, redirect, request, url_for

from finder.desk.accounts import Deed
from finder.desk.history import count_history, kept_versions
from finder.desk.history import history as history_of
from finder.desk.publish import roll_back
from finder.desk.trial import Trial, failing_now
from finder.desk.versions import active_version, find_source, find_version
from finder.errors import DirectoryRefused
from finder.web.admin.changes import moment
from finder.web.admin.door import back, blueprint, me, needs, page
from finder.web.context import directory, host

_A_PAGE = 25


@blueprint.get("/history")
@needs(Deed.SEE)
def history() -> str:
    """Show every publication and undoing, newest first."""
    source = request.args.get("source") or None
    with directory().engine.connect() as connection:
        kept = kept_versions(connection)
        if source is not None:
            find_source(connection, source)
        number = count_history(connection, source)
        last = max(1, -(-number // _A_PAGE))
        at = min(max(1, request.args.get("page", 1, int)), last)
        found = history_of(connection, source, most=_A_PAGE, offset=(at - 1) * _A_PAGE)
        failing = failing_now(connection)
    return page(
        "history", found=found, kept=kept, source=source, page_number=at, last=last, number=number, moment=moment,
        failing=failing,
    )  # fmt: skip


@blueprint.post("/sources/<source>/undo")
@needs(Deed.PUBLISH)
def undo(source: str) -> Response:
    """Undo the last publication of a source."""
    seen = request.form.get("seen", "")
    failing: list[str] = []

    def tell(trial: Trial) -> None:
        failing.extend(trial.told)

    edition = roll_back(
        directory().engine, source, me().name, seen=int(seen) if seen.isascii() and seen.isdecimal() else None,
        host=host(), tell=tell,
    )  # fmt: skip
    with directory().engine.connect() as connection:
        version = active_version(connection, source)
    now = f"version {version} is in force again" if version else "nothing is shown to patients any more"
    warning = f" Searches that must hold now fail: {'; '.join(failing)}." if failing else ""
    return back("admin.history", f"Undone: of {source}, {now}. Edition {edition}.{warning}")


@blueprint.get("/history/compare")
@needs(Deed.SEE)
def compare() -> Response:
    """Go to what one version of a source changed against another."""
    source = request.args.get("source", "")
    version, against = request.args.get("version", 0, int), request.args.get("against", 0, int)
    with directory().engine.connect() as connection:
        find_source(connection, source)
        if version == against:
            raise DirectoryRefused("nothing_to_compare", source=source, version=version)
        for one in (version, against):
            find_version(connection, source, one)
    return redirect(url_for("admin.changes", source=source, version=version, against=against), 303)  # type: ignore[return-value]
