"""Commands about backups, and about moving to another database: backup, restore, copy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from finder.cli.context import OVERWRITE, backups, database, opened, opened_at, say
from finder.desk.backup import Summary, back_up
from finder.desk.backup import copy as copy_to
from finder.desk.backup import restore as take_back

_KEPT = 14


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=_KEPT,
    show_default=True,
    help="How many backups of its own folder to keep, where no FILE is named.",
)
@OVERWRITE
def backup(file: Path | None, keep: int, overwrite: bool) -> None:
    """Write all that the database holds to FILE, or to a new file of FINDER_HOME/backups.

    It is as of one moment, while the finder goes on: versions, history, amendments, accounts, the log. It takes either
    kind of database back. Keep it where only those may read it who may read the database; what signs the cookies of the
    desk is not in it.
    """  # fmt: skip
    folder = backups()
    with database() as engine:
        if file is None:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"finder-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}.zip"
            summary = back_up(engine, file)
            # However wrong a clock once was: the one just made stays, whatever the names of others say.
            others = sorted(one for one in folder.glob("finder-*.zip") if one != file)
            for old in others[: len(others) - (keep - 1)]:
                old.unlink()
        else:
            summary = back_up(engine, file, overwrite=overwrite)
    say(f"{file}: {_told(summary)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put all that the backup FILE holds into the database, which must be new: it has no tables yet.

    FINDER_DATABASE_URL or FINDER_HOME names the database. Every part of the file is checked before any is used; what
    came out is compared with what went in. Where the disk fails midway, begin again with another new database.
    """
    with opened(may_be_new=True) as engine:
        summary = take_back(engine, file, backups())
    say(f"Restored: {_told(summary)}")
    say("Make it ready for this version: finder setup --no-demo")


@click.command()
@click.option(
    "--to",
    "address",
    required=True,
    metavar="URL",
    help="The other database: postgresql://user:password@host/name, or sqlite:////path. It must have no tables yet.",
)
def copy(address: str) -> None:
    """Copy all that the database holds into another one, as from SQLite to PostgreSQL.

    Versions, history, amendments, accounts and the log go along, with their numbers. Every row is compared when it is
    there. Patients are answered meanwhile; what is changed while it runs is not in the copy, so stop changing first.
    Then set FINDER_DATABASE_URL to the other one and start the finder again.
    """  # fmt: skip
    with database() as engine, opened_at(address, "--to") as other:
        summary = copy_to(engine, other, backups())
    say(f"Copied, and every row compared: {_told(summary)}")


def _told(summary: Summary) -> str:
    rows = sum(summary.rows.values())
    return f"edition {summary.edition} of {summary.taken_at:%Y-%m-%d %H:%M:%S} UTC, {rows:,} rows of {len(summary.rows)} tables."


COMMANDS = (backup, restore, copy)
