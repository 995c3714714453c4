"""Commands about the tables of reference: reference show, update, restore."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from finder.cli.context import actor, database, say
from finder.db.reference import shipped_zip_points
from finder.db.reference_tables import in_force, taken
from finder.desk.reference import MOST_GONE, MOVED_MILES, Change, give_back, offer, take

_SHOWN = 10


@click.group("reference")
def reference() -> None:
    """Renew the points of ZIP codes without a new release, and give the renewed ones back."""


@reference.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(as_json: bool) -> None:
    """Say which table of ZIP points is in force, which one this release ships, and which were taken."""
    shipped = shipped_zip_points()
    with database() as engine, engine.connect() as connection:
        now, there = in_force(connection), taken(connection)
    if as_json:
        say(json.dumps(
            {
                "in_force": {"id": now.id if now else None, "made_on": (now or shipped).made_on, "rows": (now or shipped).rows, "sha256": (now or shipped).sha256},
                "shipped": shipped._asdict(), "taken": [one._asdict() for one in there],
            },
            default=str, indent=2,
        ))  # fmt: skip
        return
    kind = f"number {now.id}, taken on {now.taken_at:%Y-%m-%d} by {now.taken_by}" if now else "the one that this release ships"  # fmt: skip
    say(f"In force: ZIP points of {(now or shipped).made_on}, {(now or shipped).rows:,} ZIP codes: {kind}.")
    say(f"Shipped: {shipped.made_on}, {shipped.rows:,} ZIP codes.")
    for one in there:
        say(f"Taken: number {one.id}, of {one.made_on}, {one.rows:,} ZIP codes, on {one.taken_at:%Y-%m-%d} by {one.taken_by}.")  # fmt: skip


@reference.command("update")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing; so it is without --yes.")
@click.option("--yes", is_flag=True, help="Put it in force.")
@click.option(
    "--miles", type=click.FloatRange(0.1), default=MOVED_MILES, show_default=True,
    help="From how far on a point counts as moved.",
)  # fmt: skip
@click.option("--accept-gone", is_flag=True, help=f"Take it also where more than {MOST_GONE:.0%} of the ZIP codes would be gone.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what changes as JSON, every ZIP code of it.")
def update_command(file: Path, dry_run: bool, yes: bool, miles: float, accept_gone: bool, as_json: bool) -> None:
    """Compare FILE with the ZIP points in force, and with --yes put it in force.

    FILE is what `scripts/build_zip_points --output=FILE` makes from the public sources, of a later day than what is in
    force. It is kept in the database: every host follows with the edition, and backups have it. Places that are known
    by their ZIP code alone move with it. A later release that ships a table as new or newer goes before.
    """
    with database() as engine:
        offered = offer(engine, file, miles=miles, accept_gone=accept_gone)
        if as_json:
            say(json.dumps(_as_json(offered.change), ensure_ascii=False, indent=2))
        else:
            _tell(offered.change, miles)
        if dry_run or not yes:
            click.echo("Nothing was changed. With --yes it comes into force.", err=as_json)
            return
        edition = take(engine, offered, actor())
    click.echo(f"In force since edition {edition}: ZIP points of {offered.file.head.made_on}. Back: finder reference restore", err=as_json)  # fmt: skip


@reference.command("restore")
@click.option("--shipped", is_flag=True, help="Give back all that was taken: the release's own table counts again.")
def restore(shipped: bool) -> None:
    """Put back the table of ZIP points that the last one replaced."""
    with database() as engine:
        edition = give_back(engine, actor(), shipped=shipped)
        with engine.connect() as connection:
            now = in_force(connection)
    kind = f"number {now.id}" if now else "the shipped one"
    say(f"In force since edition {edition}: ZIP points of {(now or shipped_zip_points()).made_on}, {kind}.")


def _tell(change: Change, miles: float) -> None:
    say(f"{change.rows:,} ZIP codes, instead of {change.rows_before:,}.")
    _line("added", change.added)
    _line("gone", change.gone)
    _line(f"moved {miles:g} miles or more", [f"{one.zip_code} {one.place} ({one.miles:,.1f})" for one in change.moved])
    say(f"  moved less: {change.moved_less:,}")
    _line("another name", [f"{code} {old} -> {new}" for code, (old, new) in change.renamed.items()])
    _line("another kind", [f"{code} {old} -> {new}" for code, (old, new) in change.kinds.items()])
    _line("another time zone", change.zones)


def _line(what: str, found: Sequence[str] | Iterable[str]) -> None:
    listed = list(found)
    more = f", and {len(listed) - _SHOWN:,} more" if len(listed) > _SHOWN else ""
    say(f"  {what}: {len(listed):,}{': ' if listed else ''}{'; '.join(listed[:_SHOWN])}{more}")


def _as_json(change: Change) -> dict[str, object]:
    return {
        "rows": change.rows, "rows_before": change.rows_before, "added": change.added, "gone": change.gone,
        "moved": [{"zip_code": one.zip_code, "place": one.place, "miles": round(one.miles, 1)} for one in change.moved],
        "moved_less": change.moved_less, "renamed": change.renamed, "kinds": change.kinds, "time_zones": change.zones,
    }  # fmt: skip


COMMANDS = (reference,)
