"""The `finder` command: everything staff can do, without a browser."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

import click

from finder import __version__
from finder.cli import ask, data, files, sources, system, versions
from finder.cli.context import words
from finder.cli.printing import room_is_told_of
from finder.errors import FinderError

REFUSED = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="finder %(version)s")
def finder() -> None:
    """Find a hip specialist: keep the directory, search it, serve it.

    Settings come from the environment; `finder/docs/settings.md` lists them. Sentences are in Spanish where LANG
    says so.
    """


for command in (
    *system.COMMANDS,
    *data.COMMANDS,
    *versions.COMMANDS,
    *files.COMMANDS,
    *sources.COMMANDS,
    *ask.COMMANDS,
):
    finder.add_command(command)


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 2.

    So is a disk too full for what is printed. Whoever closes a pipe has seen enough: then click ends quietly.
    """
    # Of a lost connection the driver warns as well, and where nobody listens Python prints that.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    try:
        with room_is_told_of():
            finder()
    except FinderError as refusal:
        with suppress(OSError):
            click.echo(words().error(refusal), err=True)
        sys.exit(REFUSED)
