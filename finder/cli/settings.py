"""The command about settings: each with its value and where it came from, and what is wrong or doubtful."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from finder.cli.connecting import masked, of_database
from finder.cli.context import say, words
from finder.cli.keeping import refuse_lost
from finder.config import SETTINGS, Reading, Settings, read, read_settings
from finder.errors import DirectoryRefused, FinderError, SettingError

_WRONG = 2


def mistakes(found: Reading) -> list[FinderError]:
    """Return all that is wrong with the settings: as they are written, and as home and database take them."""
    wrong: list[FinderError] = list(found.mistakes)
    try:
        refuse_lost(read_settings())
    except DirectoryRefused as lost:
        # To look at it further would make an empty one in its place.
        return [*wrong, lost]
    except SettingError as refusal:
        known = {str(one) for one in wrong}
        wrong += [one for one in (refusal, *refusal.others) if str(one) not in known]
    if "home" in found.values:
        wrong += _of_home(found.values["home"])
    address = found.values.get("database_url")
    # A file in a home that cannot be had is told of already, and one that is not there is not made to look at it.
    has_file = "home" in found.values and (found.values["home"] / "finder.db").exists()
    if address and ("database_url" in found.given or has_file):
        wrong += of_database(address, "FINDER_DATABASE_URL")
    return wrong


def checked() -> Settings:
    """Return the settings where all can be used. Raises SettingError with all that is wrong."""
    wrong = mistakes(read())
    if wrong:
        first = SettingError(wrong[0].code, **wrong[0].params)
        first.others = wrong[1:]
        raise first
    return read_settings()


def _of_home(home: Path) -> Iterator[SettingError]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as failure:
        yield SettingError("home_unwritable", value=str(home), reason=failure.strerror or type(failure).__name__)


def doubts(settings: Settings, found: Reading) -> Iterator[str]:
    """Say what of settings that can be used may not be meant so, a sentence each."""
    for name, near in found.unknown:
        yield f"There is no setting {name}, so it does nothing.{f' The nearest is {near}.' if near else ''}"
    for one in SETTINGS:
        given = found.given.get(one.field)
        if given and given.open_to_others:
            yield f"Others of this machine can read {one.variable} ({given.origin}). Let the finder's account alone read it: chmod 600."  # fmt: skip
    if not settings.on_loopback and not settings.hosts:
        yield (
            "FINDER_HOSTS is not set, so the finder answers under any name that others point at it, and writes that name "
            "into links for search engines. Set it to the names that patients use."
        )
    if not settings.on_loopback and not settings.trusted_proxies:
        yield (
            "FINDER_TRUSTED_PROXIES is 0: right where nobody stands in front. Behind a proxy all clients would share one "
            "count, and the finder would not know that they came over TLS."
        )
    if settings.database_url.startswith("postgres") and not settings.secret_key:
        yield (
            "FINDER_SECRET_KEY is not set, so each machine makes a key of its own. Where several serve this database, set "
            "it to the same on all: else staff are signed out whenever another machine answers."
        )
    if settings.own != "all" and not settings.organization:
        yield f"FINDER_OWN={settings.own} does nothing without FINDER_ORGANIZATION."
    if settings.metrics_token and settings.metrics != "token":
        yield f"FINDER_METRICS_TOKEN does nothing while FINDER_METRICS is {settings.metrics}."


def shown(found: Reading) -> list[dict[str, str]]:
    """Return each setting as it is, and where it came from; of a secret only whether there is one."""
    rows = []
    for one in SETTINGS:
        given = found.given.get(one.field)
        text = given.text if given else one.default
        if one.variable == "FINDER_DATABASE_URL":
            text = masked(str(found.values.get("database_url") or text))
        elif one.secret and text:
            text = "(set, not shown)"
        elif not given and one.variable == "FINDER_HOME":
            text = str(found.values["home"])
        rows.append({"setting": one.variable, "value": text, "from": given.origin if given else "default"})
    return rows


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(as_json: bool) -> None:
    """Show each setting, its value and where it came from, then all that is wrong or doubtful. Secrets are not shown.

    Looked at too: whether FINDER_HOME can be written to, and whether the database lets us in. Exit code: 0 all can be
    used, 2 something cannot, each said in a sentence.
    """
    found = read(os.environ)
    wrong = [words().error(one) for one in mistakes(found)]
    doubtful = [] if wrong else list(doubts(read_settings(), found))
    if as_json:
        say(json.dumps({"settings": shown(found), "wrong": wrong, "doubtful": doubtful}, ensure_ascii=False, indent=2))
    else:
        for row in shown(found):
            say(f"{row['setting']:28} {row['value'] or 'unset'}{'' if row['from'] == 'default' else '   (' + row['from'] + ')'}")  # fmt: skip
        for line in (*wrong, *doubtful):
            say(f"\n{line}")
        if not wrong:
            say("\nAll can be used.")
    if wrong:
        sys.exit(_WRONG)


COMMANDS = (command,)
