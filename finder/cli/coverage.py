"""The command that measures an area: coverage."""

from __future__ import annotations

import datetime as dt
import json

import click

from finder.cli.context import database, say
from finder.desk.coverage import BANDS, coverage, index_of
from finder.desk.coverage_table import as_csv


@click.command("coverage")
@click.argument("work")
@click.argument("area")
@click.option("--edition", type=int, help="An edition that is kept; the one in force unless given.")
@click.option("--source", default="", metavar="NAME", help="As if a version of this source were in force.")
@click.option("--version", type=int, help="Which version of it; the newest that can be used unless given.")
@click.option("--csv", "as_table", is_flag=True, help="Print every ZIP code as CSV, the farthest first.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def coverage_command(
    work: str, area: str, edition: int | None, source: str, version: int | None, as_table: bool, as_json: bool
) -> None:
    """Say how far it is from each ZIP code of AREA to the nearest who says they do WORK.

    WORK is the id of a procedure or condition, AREA a state like VA, or an organization that says whom it serves, by
    its short name. Distances are straight lines from the middle of ZIP codes where people live. Nothing is weighted:
    how many people live in each is not known here.
    """
    if edition is not None and source:
        raise click.UsageError("Say --edition or --source, not both.")
    if version is not None and not source:
        raise click.UsageError("Say --source with --version.")
    today = dt.datetime.now(dt.UTC).date()
    with database() as engine:
        index, called = index_of(engine, edition=edition, source=source, version=version)
        found = coverage(index, work, area, today, called)
    if as_table:
        click.echo(as_csv(found), nl=False)
        return
    shares = {miles: found.within(miles) for miles in BANDS}
    if as_json:
        say(json.dumps(
            {
                "work": found.work, "area": found.area, "of": found.edition, "stating": vars(found.stating),
                "zip_codes": len(found.zips), "within": shares,
                "median_miles": round(found.median.miles, 1) if found.median and found.median.miles is not None else None,
                "zips": [{"zip_code": one.zip_code, "town": one.town, "state": one.state, "miles": None if one.miles is None else round(one.miles, 1)} for one in found.zips],
            },
            ensure_ascii=False, indent=2,
        ))  # fmt: skip
        return
    stating = found.stating
    say(f"{found.work} in {found.area}, of {found.edition}: {len(found.zips):,} ZIP codes where people live.")
    say(
        f"Of the people there {stating.says} say they do it, {stating.says_not} say they do not, {stating.not_said} have "
        f"not said ({stating.usual} of these are of the kind that usually treats it). Places that say so: {stating.places}."
    )
    if found.median is None or found.median.miles is None:
        say("Nobody in the directory says they do it.")
        return
    say(f"For half of the ZIP codes it is at most {found.median.miles:.0f} miles.")
    for miles, number in shares.items():
        say(f"  within {miles:3} miles: {number:5,} ({number / len(found.zips):.0%})")
    say("Farthest:")
    for one in found.farthest:
        say(f"  {one.zip_code} {one.town}, {one.state}: {one.miles:.0f} miles")


COMMANDS = (coverage_command,)
