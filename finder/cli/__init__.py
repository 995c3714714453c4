"""The `finder` command: everything staff can do, without a browser."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import Any

REFUSED = 2
_ABORTED = 1  # as click has it


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 2.

    So is a disk too full for what is printed. Whoever closes a pipe has seen enough: then click ends quietly. Ctrl-C is
    one word from the start: what the command needs is loaded only here, since that takes a second.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not ignored:
        signal.signal(signal.SIGINT, _leave)
    gc.disable()  # while much is loaded and nothing thrown away, looking for garbage is a sixth of the start
    import logging

    import click

    from finder.cli.context import words
    from finder.cli.group import finder
    from finder.cli.printing import room_is_told_of
    from finder.errors import FinderError

    gc.enable()
    # Of a lost connection the driver warns as well, and where nobody listens Python prints that.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    if not ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with room_is_told_of():
            finder()
    except FinderError as refusal:
        with suppress(OSError):
            click.echo(words().error(refusal), err=True)
        sys.exit(REFUSED)


def _leave(_signal: int, _frame: Any) -> None:
    """Leave at once: nothing was begun yet, and an exception amid the loading of a module would be told at length."""
    with suppress(OSError):
        os.write(2, b"\nAborted!\n")
    os._exit(_ABORTED)
