"""The audit log as pages: who did what, whether it is whole, and as CSV."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, request, stream_with_context, url_for

from finder.desk.accounts import Deed
from finder.desk.audit import COLUMNS, Sought, actions, chain, entries
from finder.importers.outputs import csv_rows
from finder.web.admin.door import blueprint, needs, page
from finder.web.context import directory

_ON_A_PAGE = 50
# So many are looked through for each view, in a second; `finder check` looks through all.
MOST_LOOKED_AT = 20_000
_FILTERS = ("actor", "action", "subject", "since", "until")
_LONGEST = 250


@blueprint.get("/log")
@needs(Deed.MANAGE)
def log() -> str:
    """Show entries, the newest first, and whether the log is whole.

    It tells when colleagues signed in, and so is not for everyone.
    """
    typed = _typed()
    sought, wrong = _sought(typed)
    before = request.args.get("before", "")
    first = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    with directory().engine.connect() as connection:
        found = list(entries(connection, sought, before=first, most=_ON_A_PAGE + 1))
        seen, known = chain(connection, MOST_LOOKED_AT), actions(connection)
    older = found[_ON_A_PAGE - 1].id if len(found) > _ON_A_PAGE else None
    kept = {name: value for name, value in typed.items() if value}
    return page(
        "log", found=found[:_ON_A_PAGE], chain=seen, actions=known, typed=typed, wrong=wrong, is_first=first is None,
        older=f"{url_for('admin.log')}?{urlencode(kept | {'before': older})}" if older else "",
        newest=f"{url_for('admin.log')}?{urlencode(kept)}", csv=f"{url_for('admin.log_csv')}?{urlencode(kept)}",
    )  # fmt: skip


@blueprint.get("/log.csv")
@needs(Deed.MANAGE)
def log_csv() -> Response:
    """Hand out the entries that were sought as CSV, a piece at a time."""
    sought, _wrong = _sought(_typed())
    engine = directory().engine

    def written() -> Iterator[str]:
        stream = io.StringIO(newline="")
        write = csv_rows(stream)
        # The mark by which Excel knows UTF-8.
        stream.write("\ufeff")
        write(COLUMNS)
        with engine.connect() as connection:
            for one in entries(connection, sought):
                write(one.row)
                if stream.tell() > 60_000:
                    yield stream.getvalue()
                    stream.seek(0)
                    stream.truncate()
            yield stream.getvalue()

    return Response(
        stream_with_context(written()), mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="log.csv"'},
    )  # fmt: skip


def _typed() -> dict[str, str]:
    return {name: _seen(request.args.get(name, "")) for name in _FILTERS}


def _seen(text: str) -> str:
    """Return what can be seen of a text: PostgreSQL takes no NUL."""
    return "".join(c for c in text if c.isprintable())[:_LONGEST].strip()


def _sought(typed: dict[str, str]) -> tuple[Sought, str]:
    """Return what is sought, and the name of a day that is none, "" where both are."""
    days: dict[str, dt.date | None] = {}
    wrong = ""
    for name in ("since", "until"):
        try:
            days[name] = dt.date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            days[name], wrong = None, name
    return Sought(typed["actor"], typed["action"], typed["subject"], **days), wrong
