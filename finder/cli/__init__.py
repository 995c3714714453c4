"""The `finder` command: everything staff can do, without a browser."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

REFUSED = 2
_ABORTED, _ABORTED_WORD = 1, b"\nAborted!\n"  # as click has it
_ENDED = 143  # as a shell tells of SIGTERM
_ENDED_SENTENCE = b"Stopped before it was done. Nothing is half done; run the same command again.\n"
_asked_to_end, _interrupted = threading.Event(), threading.Event()


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 2.

    So is a disk too full for what is printed. Whoever closes a pipe has seen enough: then click ends quietly. Ctrl-C is
    one word from the start: what the command needs is loaded only here, since that takes a second. Asked to end
    (SIGTERM, as by a service manager or at shutdown), it takes back what it has begun and says so in a sentence.
    """
    signal.signal(signal.SIGTERM, _leave)
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not ignored:
        signal.signal(signal.SIGINT, _leave)
    gc.disable()  # while much is loaded and nothing thrown away, looking for garbage is a sixth of the start
    import logging

    import click

    from finder.cli.context import settings, words
    from finder.cli.group import finder
    from finder.cli.printing import room_is_told_of
    from finder.db.stored import file_trouble, is_of_the_disk
    from finder.errors import FinderError, StorageFailed

    gc.enable()
    # Of a lost connection the driver warns as well, and the pool of one that was ended amid its closing; where nobody
    # listens Python prints that.
    for name in ("psycopg", "sqlalchemy"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    signal.signal(signal.SIGTERM, _end)
    if not ignored:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        with room_is_told_of():
            finder()
    except SystemExit:
        if _asked_to_end.is_set():
            _say_ended()
        raise
    except BaseException as failure:
        if _interrupted.is_set():
            with suppress(OSError):
                os.write(2, _ABORTED_WORD)
            sys.exit(_ABORTED)
        if _asked_to_end.is_set():
            # What a driver says that was interrupted at work is no failure of the database.
            _say_ended()
            sys.exit(_ENDED)
        if isinstance(failure, OSError) and is_of_the_disk(failure):
            # Whatever is written where: that a disk has no room is no fault of ours.
            failure = StorageFailed(file_trouble(failure), database=str(failure.filename or settings().home))
        if not isinstance(failure, FinderError):
            raise
        with suppress(OSError):
            for one in (failure, *getattr(failure, "others", ())):
                click.echo(words().error(one), err=True)
        sys.exit(REFUSED)


def _end(_signal: int, _frame: Any) -> None:
    """End by way of whatever clears up behind itself; a second time is no more than the first."""
    if not _asked_to_end.is_set():
        _asked_to_end.set()
        sys.exit(_ENDED)


def _interrupt(_signal: int, _frame: Any) -> None:
    """End as Ctrl-C does everywhere; a driver that is interrupted at work may make another failure of it."""
    _interrupted.set()
    raise KeyboardInterrupt


def _say_ended() -> None:
    with suppress(OSError):
        os.write(2, _ENDED_SENTENCE)


def _leave(number: int, _frame: Any) -> None:
    """Leave at once: nothing was begun yet, and an exception amid the loading of a module would be told at length."""
    if number == signal.SIGTERM:
        _say_ended()
        os._exit(_ENDED)
    with suppress(OSError):
        os.write(2, _ABORTED_WORD)
    os._exit(_ABORTED)
