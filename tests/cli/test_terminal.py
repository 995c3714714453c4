"""What a terminal shows beside the commands' own work: help, languages, settings that cannot be used."""

from __future__ import annotations

import sqlite3

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from finder import __version__
from finder.cli.group import finder
from finder.db.catalogue import Catalogue, CatalogueRow
from finder.db.dialect import open_engine, write_lock
from finder.desk.catalogue import write_hospital_row
from finder.search import PARAMETERS
from tests.cli.run import Terminal, run_forked, run_started
from tests.web.server import FINDER, environment


@pytest.mark.parametrize("name", [*finder.commands])
def test_help_tells_every_option(name: str) -> None:
    told = CliRunner().invoke(finder, [name, "--help"]).output
    command = finder.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert all(option in told for option in parameter.opts)
            assert parameter.help, parameter.name
        else:
            assert (parameter.metavar or (parameter.name or "").upper()) in told
    if name == "search":
        assert all(f"--{one.name.replace('_', '-')}" in told for one in PARAMETERS if one.name != "zip")


def test_help_lists_every_command(terminal: Terminal) -> None:
    told = terminal.good("--help")
    assert {line.split()[0] for line in told.partition("Commands:\n")[2].splitlines()} == {
        name for name, one in finder.commands.items() if not one.hidden
    }
    assert __version__ in terminal.good("--version")


@pytest.mark.parametrize("arguments", [["nothing"], ["import"], ["template", "x"], ["zip", "--x"]])
def test_what_is_wrongly_typed_is_told(terminal: Terminal, arguments: list[str]) -> None:
    done = terminal.run(*arguments)
    assert done.code == 2
    assert "Error: " in done.err


def test_a_spanish_terminal_is_answered_in_spanish(over_demo: Terminal) -> None:
    english = over_demo.refused("search", "1")
    spanish = over_demo.refused("search", "1", LANG="es_MX.UTF-8")
    assert spanish != english
    assert over_demo.refused("search", "1", LC_ALL="es_US.UTF-8", LANG="en_US.UTF-8") == spanish
    assert "Llame al 911" in over_demo.good("search", "23220", "--condition", "hip-dislocation", LANG="es_MX.UTF-8")


@pytest.mark.parametrize(
    ("command", "setting", "value"),
    [
        ("serve", "FINDER_PORT", "eighty"),
        ("serve", "FINDER_PORT", "70000"),
        ("serve", "FINDER_WORKERS", "0"),
        ("setup", "FINDER_DEMO", "perhaps"),
        ("setup", "FINDER_DATABASE_URL", "nonsense"),
        ("datasets", "FINDER_DATABASE_URL", "mysql://x/y"),
        ("serve", "FINDER_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/nothing"),
        ("setup", "FINDER_DATABASE_URL", "sqlite:////proc/nothing/finder.db"),
    ],
)
def test_a_setting_that_cannot_be_used_is_a_sentence(
    terminal: Terminal, command: str, setting: str, value: str
) -> None:
    told = terminal.refused(command, **{setting: value})
    assert setting in told
    assert "secret" not in told
    # An address may hold a password: of one that is of no known kind, the kind is named.
    named = "'mysql'" if value.startswith("mysql:") else value
    assert named in told or "secret" in value


def test_a_database_that_is_none_is_a_sentence(terminal: Terminal) -> None:
    (terminal.home / "var").mkdir()
    (terminal.home / "var" / "finder.db").write_bytes(b"this is no database at all" * 100)
    assert "FINDER_DATABASE_URL" in terminal.refused("setup")


def test_a_database_of_a_newer_version_is_left_alone(over_demo: Terminal) -> None:
    path = over_demo.home / "var" / "finder.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999', oldest_reader = '9998'")
    database.close()
    assert "9999" in over_demo.refused("setup")
    assert "9999" in over_demo.refused("search", "23220")


def test_setup_lists_what_changed_beneath_the_hospitals_own_rows(over_demo: Terminal) -> None:
    engine = open_engine(f"sqlite:///{over_demo.home / 'var' / 'finder.db'}")
    with engine.connect() as connection:
        body = dict(Catalogue.read(connection).conditions["perthes"].body)
    write_hospital_row(engine, "condition", "perthes", body | {"name_en": "Perthes"}, "test")
    assert "perthes" not in over_demo.good("setup")
    with write_lock(engine) as connection:
        # As if the row had been written over an older release's.
        connection.execute(update(CatalogueRow).values(based_on_hash="0" * 64))
    engine.dispose()
    assert "Your own condition perthes was written over a shipped row that has changed" in over_demo.good("setup")


def test_a_forked_command_does_what_a_started_one_does(over_demo: Terminal) -> None:
    """Most tests of commands fork them from a process that has loaded all that they need."""
    settings = environment(over_demo.home / "var", LANG="C.UTF-8")
    for arguments in (["search", "23220"], ["search", "1"], ["template", "plans"], ["no"]):
        command = [str(FINDER), *arguments]
        assert run_forked(command, over_demo.home, settings) == run_started(command, over_demo.home, settings)
