"""Commands about versions of the data: datasets, diff, activate, rollback, carry-out."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from contextlib import suppress
from typing import Any

import click
from sqlalchemy import Engine, select

from finder.cli.context import actor, database, host, say, settings, words
from finder.cli.diff import diff, told
from finder.db.datasets import Dataset, Source
from finder.desk.guards import Attested
from finder.desk.imports import prune_as
from finder.desk.orders import carry_out, find_order
from finder.desk.publish import activate as activate_version
from finder.desk.publish import roll_back
from finder.desk.trial import Trial
from finder.desk.versions import active_dataset, find_source, find_version
from finder.errors import DirectoryRefused, FinderError, StorageFailed
from finder.importers.differences import Kind, changes, differences
from finder.importers.templates import SHAPES
from finder.logs import log, write

_SHOWN = 10
OVERRIDE_GOLDEN = click.option(
    "--override-golden",
    default="",
    metavar="REASON",
    help="Why it is shown although searches that must hold would not; it is put on record.",
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def datasets(as_json: bool) -> None:
    """List every source's versions, newest first, and which are active."""
    with database() as engine, engine.connect() as connection:
        rows = connection.execute(
            select(
                Source.name, Dataset.version, Dataset.state, Dataset.active, Dataset.created_at, Dataset.counts,
                Dataset.update_only, Dataset.pruned_at,
            )
            .join(Dataset, Dataset.source_id == Source.id)
            .order_by(Source.name, Dataset.version.desc())
        ).all()  # fmt: skip
    if as_json:
        say(json.dumps([
            {"source": r.name, "version": r.version, "state": r.state.value, "active": r.active,
             "created_at": r.created_at.isoformat(), "counts": r.counts, "update_only": r.update_only,
             "pruned_at": r.pruned_at.isoformat() if r.pruned_at else None}
            for r in rows
        ], indent=2))  # fmt: skip
        return
    for row in rows:
        kept = ", ".join(f"{row.counts[name]['accepted']:,} {name}" for name in SHAPES if name in row.counts)
        if row.update_only:
            kept = f"only updates: {kept}"
        # What was removed to save space stays in the list, so that the numbers of versions have no holes.
        state = "removed" if row.pruned_at else row.state.value
        mark = "active" if row.active else state
        say(f"{row.name} {row.version}  {mark:9}  {row.created_at:%Y-%m-%d %H:%M} UTC  {kept}".rstrip())
    if not rows:
        say("No data yet. Begin with: finder template locations > locations.csv")


@click.command()
@click.argument("source")
@click.argument("version", type=int, required=False)
@click.option("--confirm", type=int, metavar="NUMBER", help="How many listings may disappear, where that is asked.")
@click.option("--over", type=int, metavar="VERSION", help="The active version, whose changes may be undone.")
@click.option("--keep-examples", is_flag=True, help="Rows that are examples of the templates are really ours.")
@click.option(
    "--checked-on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="All its listings were checked on this day; patients are told.",
)
@click.option("--checked-by", metavar="NAME", help="Who checked them; you, unless said.")
@OVERRIDE_GOLDEN
def activate(
    source: str,
    version: int | None,
    confirm: int | None,
    over: int | None,
    keep_examples: bool,
    checked_on: dt.datetime | None,
    checked_by: str | None,
    override_golden: str,
) -> None:  # fmt: skip
    """Show a version of SOURCE (the newest ready one, or VERSION) to patients.

    Where more than a fifth of the listings of a section would disappear, it asks for their number; where nobody can
    be asked, it stops and says what to run. So it does where the version was made from another one than the active
    one (an update, or an import of some sections) and would undo what that changed, where rows of it are examples
    of the templates, and where searches that must hold (`finder golden list`) would not.
    """
    if checked_by and not checked_on:
        raise click.UsageError("Say when it was checked too: --checked-on YYYY-MM-DD.")
    attested = Attested(checked_on.date(), checked_by or actor()) if checked_on else None
    with database() as engine:
        edition = put_in_force(
            engine, source, version, confirm, over=over, keep_examples=keep_examples,
            override_golden=override_golden, attested=attested,
        )  # fmt: skip
    say(f"Active: edition {edition}.")


@click.command()
@click.argument("source")
def rollback(source: str) -> None:
    """Undo the last activation of SOURCE: the version before is shown again.

    Where there was none before, SOURCE is taken off: patients no longer see any of it. That is the way to take off a
    source that was given a wrong name, once the data are active under the right one; the last source in force stays.
    Its versions are kept, and `finder activate` shows it again. Nothing stops it; where searches that must hold fail
    with what comes back, it says so.
    """
    with database() as engine:
        edition = roll_back(engine, source, actor(), host=host(), tell=_warn)
        with engine.connect() as connection:
            active = active_dataset(connection, find_source(connection, source))
            version = connection.scalar(select(Dataset.version).where(Dataset.id == active))
    if version is None:
        say(f"{source} had no version before: nothing of it is shown to patients any more: edition {edition}.")
    else:
        say(f"Version {version} of {source} is active again: edition {edition}.")


@click.command("carry-out", hidden=True)
@click.argument("number", type=int)
def carry_out_command(number: int) -> None:
    """Do the publication NUMBER that was ordered on a page of the desk.

    A refusal is an end like any other: it stands with the order, and the page tells it. Exit code: 0 but where it broke
    off.
    """
    write(settings().log, logging.INFO)
    with database() as engine:
        try:
            carry_out(engine, number, host())
        except FinderError as refusal:
            log.warning("publication_refused", publication=number, code=refusal.code)
            click.echo(words().error(refusal), err=True)
            return
        order = find_order(engine, number)
        log.info("published", publication=number, source=order.source)
        with suppress(StorageFailed):
            prune_as(engine, order.source, dt.datetime.now(dt.UTC), order.actor)


def _warn(trial: Trial) -> None:
    for line in trial.told:
        click.echo(f"A search that must hold fails now: {line}.", err=True)


def put_in_force(
    engine: Engine,
    source: str,
    version: int | None,
    confirm: int | None,
    *,
    over: int | None = None,
    keep_examples: bool = False,
    override_golden: str = "",
    attested: Attested | None = None,
) -> int:
    """Put a version in force (the newest ready one when None), asking where it takes much away; return the edition.

    `confirm` is the number of listings that may disappear, `over` the active version whose changes may be undone;
    the rest is as `desk.publish.activate` takes it. Versions that are no longer kept are removed after it. Raises
    DirectoryRefused as that does; loss_unconfirmed and examples_unconfirmed only where what is typed does not confirm
    it, and at once where nobody sits at a terminal.
    """
    told: dict[str, Any] = {
        "confirmed_gone": confirm, "over": over, "keep_examples": keep_examples, "override_golden": override_golden,
        "attested": attested, "host": host(),
    }  # fmt: skip
    while True:
        try:
            edition = activate_version(engine, source, version, actor(), **told)
            break
        except DirectoryRefused as refusal:
            if not _somebody_is_there():
                raise
            version = refusal.params.get("version", version)
            if refusal.code == "examples_unconfirmed" and not told["keep_examples"]:
                _ask_of_examples(refusal)
                told["keep_examples"] = True
            elif refusal.code == "loss_unconfirmed" and told["confirmed_gone"] == confirm:
                told["confirmed_gone"] = _ask(engine, source, refusal)
                if told["confirmed_gone"] == confirm:
                    raise
            else:
                raise
    try:
        prune_as(engine, source, dt.datetime.now(dt.UTC), actor())
    except StorageFailed:
        # The activation is done all the same, and the next import tries again.
        click.echo("Versions that are no longer kept could not be removed this time.", err=True)
    return edition


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask_of_examples(refusal: DirectoryRefused) -> None:
    """Ask at the terminal whether example rows of the templates are wanted; raise the refusal again where not."""
    rows = ", ".join(refusal.params["rows"])
    if not click.confirm(f"Example rows of the template would be shown to patients ({rows}). Show them", err=True):
        raise refusal


def _ask(engine: Engine, source: str, refusal: DirectoryRefused) -> int:
    """Show at the terminal what would disappear; return the number that is typed, or raise the refusal again."""
    gone, version = refusal.params["gone"], refusal.params["version"]
    with engine.connect() as connection:
        new = find_version(connection, source, version)
        active_id = active_dataset(connection, new.source_id)
        for name, found in differences(connection, active_id, new.id).items():
            if not found.gone:
                continue
            listed = found.changed + found.unchanged + found.gone
            click.echo(f"{name}: {found.gone:,} of {listed:,} would disappear.", err=True)
            for change in changes(connection, active_id, new.id, name, kinds=[Kind.GONE], most=_SHOWN):
                click.echo("\n".join(f"  {line}" for line in told(change)), err=True)
            if found.gone > _SHOWN:
                click.echo(f"  ... and {found.gone - _SHOWN:,} more.", err=True)
    question = f"{gone} listings would disappear. If that is right, type the number; else press Enter"
    typed = click.prompt(question, default="", show_default=False, err=True).strip()
    if not typed.isdecimal():
        raise refusal
    return int(typed)


COMMANDS = (datasets, diff, activate, rollback, carry_out_command)
