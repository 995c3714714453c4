"""Commands for those who run it: setup, serve."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
from contextlib import suppress
from wsgiref.types import WSGIApplication

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from finder import __version__
from finder.cli.context import actor, backups, check_site, database, opened, say, settings, warn_of_own
from finder.cli.keeping import end_with
from finder.cli.settings import checked, doubts
from finder.config import read
from finder.desk.catalogue import changed_beneath
from finder.desk.setup import refuse_demo_off_loopback, set_up
from finder.errors import DirectoryRefused, OutputRefused
from finder.logs import log, write

_DONE = {
    "migrated": "The tables are those of this version.",
    "catalogue_loaded": "The catalogue of hip problems is loaded.",
    "demo_loaded": "The database was empty, so it got a demo of invented people and places.",
    "edition_raised": "The directory was prepared anew.",
}
# What is under way when the server is asked to end is finished, for at most so long; nothing new is taken.
_FINISHING_SECONDS = 10
# What the server says of its processes goes where all else goes.
_TO_OUR_LOG = {"handlers": {}, "formatters": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
_BLOCKING_THREADS = 64  # with 8, forty half-sent requests stop a worker; with 64 they do not (measured)


@click.command()
@click.option("--demo/--no-demo", default=None, help="Load the invented demo into an empty database, or do not.")
def setup(demo: bool | None) -> None:
    """Make the database ready: tables, catalogue, and into an empty one the demo. Safe to repeat.

    Only setup and serve load the demo. --no-demo is remembered, until --demo is asked for.
    """
    with opened(may_be_new=True) as engine:
        wanted, decided_by = (settings().demo, None) if demo is None else (demo, actor())
        done = set_up(engine, backups(), demo=wanted, decided_by=decided_by)
        with engine.connect() as connection:
            changed = changed_beneath(connection)
        warn_of_own(engine)
        check_site(engine)
    for step in done:
        say(_DONE[step])
    if not done:
        say("All is ready.")
    for one in changed:
        say(f"Your own {one.kind} {one.key} was written over a shipped row that has changed: {', '.join(one.fields)}.")


def worker_app() -> WSGIApplication:
    """Make the app of one worker, which ends when the main process says so, and at once while it still starts.

    Ctrl-C is left to the main process: the terminal sends it to all, and a worker of granian that gets both hangs until
    it is killed. So does one asked to end before granian listens in it, since it has the main process's listener.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with(os.getppid())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    gc.disable()  # while much is made and nothing thrown away, looking for garbage is a sixth of the start
    from finder.web import create_app  # here, since no other command needs Flask

    asked = settings()
    write(asked.log, logging.INFO)
    app = create_app(asked)
    log.info("worker_ready", version=__version__)
    gc.freeze()  # what stays for good need not be looked through again
    gc.enable()
    return app


@click.command()
def serve() -> None:
    """Serve pages and API on FINDER_HOST and FINDER_PORT, after setup."""
    asked = checked()
    write(asked.log, logging.INFO)
    with database(demo=asked.demo) as engine:
        refuse_demo_off_loopback(engine, asked.host, on_loopback=asked.on_loopback)
        warn_of_own(engine)
        check_site(engine)
    for doubt in doubts(asked, read()):
        click.echo(doubt, err=True)
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    with socket.socket(family) as trial:
        # Granian shares a port with whoever has it, so that two servers would answer in turn.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((asked.host.strip("[]"), asked.port))
        except OSError:
            raise DirectoryRefused("port_in_use", host=asked.host, port=asked.port) from None
    host = f"[{asked.host}]" if ":" in asked.host and not asked.host.startswith("[") else asked.host
    address = f"http://{host}:{asked.port}"
    # That there is no room to say so is no reason not to serve.
    with suppress(OutputRefused):
        say(f"finder answers at {address}   (Ctrl-C ends it)")
        say("Three things to try:")
        say(f"  {address}/specialists?zip=23220&condition=labral-tear")
        say(f"  curl '{address}/api/v1/specialists?zip=23220&condition=labral-tear'")
        say("  .venv/bin/finder search 23220 --condition hip-osteoarthritis")
    log.info("serving", bind=address.partition("//")[2], workers=asked.workers, version=__version__)
    server = Granian(
        "finder.cli.system:worker_app", address=asked.host.strip("[]"), port=asked.port, interface=Interfaces.WSGI,
        factory=True, workers=asked.workers, blocking_threads=_BLOCKING_THREADS, websockets=False, log_access=False,
        respawn_failed_workers=True, log_level=LogLevels.error, workers_kill_timeout=_FINISHING_SECONDS,
        log_dictconfig=_TO_OUR_LOG,
    )  # fmt: skip
    server.serve()
    log.info("stopped")


COMMANDS = (setup, serve)
