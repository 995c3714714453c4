"""What commands share: the settings, the database, the language."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import click
from sqlalchemy import Engine

from finder.cli.connecting import of_database
from finder.cli.keeping import refuse_lost
from finder.config import Settings, read, read_settings
from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.edition import load_snapshot
from finder.db.reference_tables import follow as follow_zip_points
from finder.desk.organizations import own_is_missing
from finder.desk.setup import set_up
from finder.errors import DirectoryNotReady
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search import Index
from finder.search.organizations import Host
from finder.search.snapshot import LAYOUT, Snapshot
from finder.site import check_condition_pages

# The option of every command that writes files.
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
# Whether the command at work answers as patients are answered, in their language; what staff read is English.
_for_patients: ContextVar[bool] = ContextVar("for_patients", default=False)


@cache
def settings() -> Settings:
    """Return the settings of the environment."""
    return read_settings()


def host() -> Host:
    """Return whose finder it is."""
    given = settings()
    return Host(given.organization, given.own, given.phone, given.site_name)  # type: ignore[arg-type]


def warn_of_own(engine: Engine) -> None:
    """Say where the own organization is not in the directory, since all are listed alike then."""
    given = settings()
    if own_is_missing(engine, given.organization, given.own):
        named = f"The directory has no organization {given.organization}" if given.organization else "FINDER_ORGANIZATION names none"  # fmt: skip
        click.echo(f"{named}, so FINDER_OWN={given.own} has no effect. `finder organization list` shows all.", err=True)


def check_site(engine: Engine) -> None:
    """Refuse a site with pages of problems that the catalogue lacks; say which of its colours are hard to read."""
    given = settings().site
    with engine.connect() as connection:
        check_condition_pages(given, Catalogue.read(connection).conditions if given.condition_pages else ())
    for one in given.theme.doubts if given.theme else ():
        click.echo(
            f"{given.file}: {one.key} with {one.other} has a contrast of {one.ratio:.1f} to 1. It can be read; "
            "with 7 to 1 more people can.", err=True,
        )  # fmt: skip


def backups() -> Path:
    """Return the folder that backups go to."""
    return settings().home / "backups"


@contextmanager
def opened(*, may_be_new: bool = False) -> Iterator[Engine]:
    """Open the database, as it is. Raises SettingError where the address is none or nothing answers there.

    Where a finder has served before and its file is gone, raises DirectoryRefused (database_lost) unless `may_be_new`:
    an empty database in the place of one that is lost would be served, and backed up, as if all were well.
    """
    if not may_be_new:
        refuse_lost(settings())
    if "database_url" in read().given:
        with opened_at(settings().database_url, "FINDER_DATABASE_URL") as engine:
            yield engine
    else:
        home, expected = str(settings().home), "a folder that can be made and written to"
        with opened_at(settings().database_url, "FINDER_HOME", shown=home, expected=expected) as engine:
            yield engine


@contextmanager
def opened_at(
    address: str, name: str, *, shown: str = "", expected: str = "the address of a database that answers"
) -> Iterator[Engine]:
    """Open the database at an address that `name` gave. Raises SettingError where nothing answers there."""
    for refusal in of_database(address, name, shown=shown, expected=expected):
        raise refusal
    engine = open_engine(address)
    engine.update_execution_options(finder_engine=settings().engine)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def database(*, demo: bool = False) -> Iterator[Engine]:
    """Open the database, ready to be used; an empty one gets the demo only where `demo` says so."""
    with opened() as engine:
        set_up(engine, backups(), demo=demo)
        with engine.connect() as connection:
            follow_zip_points(connection)
        yield engine


def load_index(engine: Engine) -> Index:
    """Load the edition in force. Raises DirectoryNotReady where there is none."""
    stored = load_snapshot(engine, LAYOUT)
    if stored is None:
        raise DirectoryNotReady("directory_not_ready")
    return Index(Snapshot.from_bytes(stored[1]), stored[0])


def words() -> Wording:
    """Return the wording of the terminal's language for what patients are told too, else of English."""
    if not _for_patients.get():
        return wording("en")
    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return wording(language[:2] if language[:2] in LANGUAGES else "en")


def speak_as_to_patients(asks: bool) -> None:
    """Say whether the command that begins answers as patients are answered."""
    _for_patients.set(asks)


def actor() -> str:
    """Return who is at the keyboard, for the record."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def say(text: str = "") -> None:
    """Print a line."""
    click.echo(text)
