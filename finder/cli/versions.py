"""Commands about versions of the data: datasets, activate, rollback."""

from __future__ import annotations

import json

import click
from sqlalchemy import select

from finder.cli.context import actor, database, say
from finder.db.datasets import Dataset, Source
from finder.desk.publish import activate as put_in_force
from finder.desk.publish import roll_back


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def datasets(as_json: bool) -> None:
    """List every source's versions, newest first, and which are active."""
    with database() as engine, engine.connect() as connection:
        rows = connection.execute(
            select(Source.name, Dataset.version, Dataset.state, Dataset.active, Dataset.created_at, Dataset.counts)
            .join(Dataset, Dataset.source_id == Source.id)
            .order_by(Source.name, Dataset.version.desc())
        ).all()
    if as_json:
        say(json.dumps([
            {"source": r.name, "version": r.version, "state": r.state.value, "active": r.active,
             "created_at": r.created_at.isoformat(), "counts": r.counts}
            for r in rows
        ], indent=2))  # fmt: skip
        return
    for row in rows:
        kept = ", ".join(f"{count['accepted']:,} {name}" for name, count in row.counts.items())
        mark = "active" if row.active else row.state.value
        say(f"{row.name} {row.version}  {mark:9}  {row.created_at:%Y-%m-%d %H:%M} UTC  {kept}")
    if not rows:
        say("No data yet. Begin with: finder template locations > locations.csv")


@click.command()
@click.argument("source")
@click.argument("version", type=int, required=False)
def activate(source: str, version: int | None) -> None:
    """Show a version of SOURCE (the newest ready one, or VERSION) to patients."""
    with database() as engine:
        edition = put_in_force(engine, source, version, actor())
    say(f"Active: edition {edition}.")


@click.command()
@click.argument("source")
def rollback(source: str) -> None:
    """Undo the last activation of SOURCE: the version before is shown again."""
    with database() as engine:
        edition = roll_back(engine, source, actor())
    say(f"The version before is active again: edition {edition}.")


COMMANDS = (datasets, activate, rollback)
