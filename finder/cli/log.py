"""Commands that look after the installation: log (list, head) and check."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from finder.cli.context import OVERWRITE, backups, database, host, opened, say, settings, words
from finder.db.reference import shipped_zip_points
from finder.db.reference_tables import in_force
from finder.desk.audit import COLUMNS, Entry, Head, Sought, chain, entries
from finder.desk.audit import head as newest_head
from finder.desk.compliance import Standing
from finder.desk.soundness import check as check_all
from finder.importers.outputs import csv_rows, whole

WRONG = 1
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def log() -> None:
    """What was done at the desk and by commands: who, when, what, to what.

    Nothing in it can be changed or taken out without `finder check` finding it: each entry has a hash that covers the
    one before. Only that its end was cut off shows nowhere but against a head that you keep elsewhere.
    """


@log.command("list")
@click.option("--actor", default="", help="Only what was done by whoever has this in the name.")
@click.option("--action", default="", help="Only deeds of this kind, such as activate.")
@click.option("--subject", default="", help="Only what was done to something with this in its name.")
@click.option("--since", type=_DAY, metavar="YYYY-MM-DD", help="Only from this day on, UTC.")
@click.option("--until", type=_DAY, metavar="YYYY-MM-DD", help="Only up to this day, UTC.")
@click.option("--most", type=click.IntRange(1), help="How many entries, the newest; 50 unless given, all with --csv.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
def list_command(
    actor: str, action: str, subject: str, since: dt.datetime | None, until: dt.datetime | None, most: int | None,
    as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """List entries, the newest first, and say whether the log is whole."""
    sought = Sought(actor, action, subject, since.date() if since else None, until.date() if until else None)
    with database() as engine, engine.connect() as connection:
        found = entries(connection, sought, most=most or (None if as_csv else 50))
        if as_csv:
            write = csv_rows(sys.stdout)
            write(COLUMNS)
            for one in found:
                write(one.row)
            return
        if as_json:
            say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
            return
        for one in found:
            when = f"{one.at:%Y-%m-%d %H:%M}" if one.at else "?"
            say(f"{one.id:>6}  {when}  {one.actor}  {one.action}  {one.subject}{'  ' if one.detail else ''}{one.told}")
        seen = chain(connection)
    say(f"The log is whole: {seen.entries:,} entries." if seen.whole else f"The log is not whole from entry {seen.first_broken} on. Run finder check.")  # fmt: skip


@log.command()
def head() -> None:
    """Print the number and hash of the newest entry, to be kept elsewhere: then `finder check --head` finds a cut."""
    with database() as engine, engine.connect() as connection:
        found = newest_head(connection)
    if found:
        say(str(found))


@click.command()
@click.option("--head", metavar="NUMBER:HASH", help="What `finder log head` printed before, to find a log that was cut off since.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page of all that was looked at to this file, for compliance. It is looked at much more, see below.")  # fmt: skip
@click.option("--backups", "backups_at", type=click.Path(path_type=Path, file_okay=False), help="With --report: the folder of the backups; FINDER_HOME/backups unless given.")  # fmt: skip
@OVERWRITE
@click.option("--json", "as_json", is_flag=True, help="Print as JSON; with --report all of the page.")
def check(head: str | None, report: Path | None, backups_at: Path | None, overwrite: bool, as_json: bool) -> None:
    """Look whether the installation is sound, and change nothing.

    Looked at: tables of this version, the log whole and guarded, references, the edition and its searchable directory,
    how many rows each active version has, old public ids. Exit code: 0 all is well, 1 something is wrong, each said in
    a sentence.

    With --report also: searches that must hold, the age of each source's data, clinical text without a signature,
    what each audience is really sent, cookies, requests to others, contrast of each look, settings, backups, versions,
    and what is not tested. It takes some seconds.
    """
    kept = Head.read(head) if head is not None else None
    if report is not None:
        _report(report, kept, backups_at or backups(), overwrite=overwrite, as_json=as_json)
        return
    with opened() as engine:
        found = check_all(engine, kept)
        with engine.connect() as connection:
            points = _zip_points(connection) if all(one.code != "check_migrations" for one in found) else ""
    if as_json:
        say(json.dumps([{"code": one.code, "sentence": words().error(one)} for one in found], indent=2))
    else:
        for one in found:
            say(words().error(one))
        if points:
            say(points)
        if not found:
            say("All is well.")
    if found:
        sys.exit(WRONG)


def _zip_points(connection: Connection) -> str:
    """Return which table of ZIP points is in force."""
    shipped, now = shipped_zip_points(), in_force(connection)
    kind = f"number {now.id}, taken on {now.taken_at:%Y-%m-%d}" if now else "as this release ships them"
    return f"ZIP points of {(now or shipped).made_on}, {kind}."


def _report(file: Path, kept: Head | None, folder: Path, *, overwrite: bool, as_json: bool) -> None:
    from finder.cli import compliance  # here, since it needs Flask, which few commands do

    now = dt.datetime.now(dt.UTC)
    with opened() as engine, whole(file, overwrite=overwrite) as path:
        found = list(compliance.sections(engine, settings(), host(), folder, kept, now))
        path.write_text(compliance.as_html(found, settings(), now), encoding="utf-8")
    wrong, look = (compliance.number_of(found, one) for one in (Standing.WRONG, Standing.LOOK))
    if as_json:
        say(json.dumps(compliance.as_json(found, now), ensure_ascii=False, indent=2))
    else:
        say(f"Wrote {file}: {wrong} wrong, {look} to be looked at.")
        for line in (line for one in found for line in one.lines if line.standing is Standing.WRONG):
            say(f"Wrong: {line.what}: {line.found}")
    if wrong:
        sys.exit(WRONG)


def _as_json(one: Entry) -> dict[str, Any]:
    return {
        "id": one.id, "at": one.at.isoformat() if one.at else None, "actor": one.actor, "action": one.action,
        "subject": one.subject, "detail": one.detail, "hash": one.hash,
    }  # fmt: skip


COMMANDS = (log, check)
