"""Commands about versions of the data: datasets, diff, activate, rollback."""

from __future__ import annotations

import datetime as dt
import json
import sys

import click
from sqlalchemy import Engine, select

from finder.cli.context import actor, database, say
from finder.cli.diff import diff, told
from finder.db.datasets import Dataset, ImportProblem, Source
from finder.desk.publish import activate as activate_version
from finder.desk.publish import roll_back
from finder.desk.versions import active_dataset, find_source, find_version
from finder.errors import DirectoryRefused, StorageFailed
from finder.importers.differences import Kind, changes, differences
from finder.importers.examples import EXAMPLE_ROW
from finder.importers.retention import prune
from finder.importers.templates import SHAPES

_SHOWN = 10


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
def activate(source: str, version: int | None, confirm: int | None, over: int | None, keep_examples: bool) -> None:
    """Show a version of SOURCE (the newest ready one, or VERSION) to patients.

    Where more than a fifth of the listings of a section would disappear, it asks for their number; where nobody can
    be asked, it stops and says what to run. So it does where the version was made from another one than the active
    one (an update, or an import of some sections) and would undo what that changed, and where rows of it are examples
    of the templates.
    """
    with database() as engine:
        edition = put_in_force(engine, source, version, confirm, over=over, keep_examples=keep_examples)
    say(f"Active: edition {edition}.")


@click.command()
@click.argument("source")
def rollback(source: str) -> None:
    """Undo the last activation of SOURCE: the version before is shown again.

    Where there was none before, SOURCE is taken off: patients no longer see any of it. That is the way to take off a
    source that was given a wrong name, once the data are active under the right one; the last source in force stays.
    Its versions are kept, and `finder activate` shows it again.
    """
    with database() as engine:
        edition = roll_back(engine, source, actor())
        with engine.connect() as connection:
            active = active_dataset(connection, find_source(connection, source))
            version = connection.scalar(select(Dataset.version).where(Dataset.id == active))
    if version is None:
        say(f"{source} had no version before: nothing of it is shown to patients any more: edition {edition}.")
    else:
        say(f"Version {version} of {source} is active again: edition {edition}.")


def put_in_force(
    engine: Engine,
    source: str,
    version: int | None,
    confirm: int | None,
    *,
    over: int | None = None,
    keep_examples: bool = False,
) -> int:
    """Put a version in force (the newest ready one when None), asking where it takes much away; return the edition.

    `confirm` is the number of listings that may disappear, `over` the active version whose changes may be undone;
    `keep_examples` lets the templates' example rows be shown. Versions that are no longer kept are removed after it.
    Raises DirectoryRefused as `desk.publish.activate` does; loss_unconfirmed and examples_unconfirmed too where what
    is typed does not confirm it, and at once where nobody sits at a terminal.
    """
    if not keep_examples:
        _ask_of_examples(engine, source, version)
    try:
        edition = activate_version(engine, source, version, actor(), confirmed_gone=confirm, over=over)
    except DirectoryRefused as refusal:
        if refusal.code != "loss_unconfirmed" or not _somebody_is_there():
            raise
        number = _ask(engine, source, refusal)
        edition = activate_version(engine, source, refusal.params["version"], actor(), confirmed_gone=number, over=over)
    try:
        prune(engine, source, dt.datetime.now(dt.UTC))
    except StorageFailed:
        # The activation is done all the same, and the next import tries again.
        click.echo("Versions that are no longer kept could not be removed this time.", err=True)
    return edition


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask_of_examples(engine: Engine, source: str, version: int | None) -> None:
    """Raise DirectoryRefused where a version has example rows of the templates and nobody at a terminal wants them."""
    one = ImportProblem
    with engine.connect() as connection:
        wanted = find_version(connection, source, version)
        found = connection.execute(
            select(one.section, one.value).where(one.dataset_id == wanted.id, one.code == EXAMPLE_ROW).order_by(one.id)
        ).all()
    if wanted.active or not found:
        return
    rows = [f"{row.section} {row.value}" for row in found]
    if _somebody_is_there():
        question = f"Example rows of the template would be shown to patients ({', '.join(rows)}). Show them"
        if click.confirm(question, err=True):
            return
    raise DirectoryRefused("examples_unconfirmed", source=source, version=wanted.version, rows=rows)


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


COMMANDS = (datasets, diff, activate, rollback)
