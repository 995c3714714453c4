"""The command that lists what was no good in a version: problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Row

from finder.cli.context import OVERWRITE, database, say, words
from finder.db.datasets import Outcome
from finder.desk.versions import find_version
from finder.errors import CODES
from finder.importers.outputs import opened
from finder.importers.problems import PROBLEMS, ProblemGroup, StoredProblems, visible, write_problems
from finder.importers.templates import SHAPES

_SHOWN_ROWS = 3
_SHOWN_CHARACTERS = 60


@click.command()
@click.argument("source")
@click.option("--version", type=int, help="Version to look at; the newest unless given.")
@click.option("--section", type=click.Choice(list(SHAPES)), help="Only problems of this section.")
@click.option("--outcome", type=click.Choice([one.value for one in Outcome]), help="Only problems that ended so.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="File to write every one that is kept to, CSV or .xlsx."
)
@OVERWRITE
@click.option("--json", "as_json", is_flag=True, help="Print every one that is kept as JSON.")
def problems(
    source: str, version: int | None, section: str | None, outcome: str | None, output: Path | None,
    overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """List what was no good in the files of SOURCE: where, what was there, what to write instead.

    A refused row is not in the directory; of a cell left out only the rest of its row is; what was mended is there as
    mended; a note asks for a look. The terminal shows the first few of each kind. Of mends and notes the first 1,000
    of a kind are kept.
    """
    with database() as engine, engine.connect() as connection:
        wanted = find_version(connection, source, version)
        found = StoredProblems(connection, wanted.id, section, Outcome(outcome) if outcome else None)
        groups = found.groups(_SHOWN_ROWS)
        if output is not None:
            with opened(output, for_spreadsheets=True, overwrite=overwrite) as begin:
                write_problems(begin(PROBLEMS), found.rows(), _sentence)
        if as_json:
            _print_json({"source": source, "version": wanted.version}, found, groups)
    if output is not None and not as_json:
        number = sum(group.number for group in groups)
        say(f"Wrote {output}: {number:,} problems of version {wanted.version} of {source}.")
        for group in groups:
            _tell_kept(group)
    elif not as_json:
        _tell(source, wanted.version, groups, "such problems" if section or outcome else "problems")


def _tell(source: str, version: int, groups: list[ProblemGroup], what: str) -> None:
    if not groups:
        say(f"Version {version} of {source} has no {what}.")
        return
    say(f"Version {version} of {source}:")
    for group in groups:
        # A sentence that names what was in the row belongs to the row.
        of_row = bool(group.code in CODES and CODES[group.code].params)
        first = "" if of_row else f" {_sentence(group.code, group.first[0].params)}"
        say(f"\n{group.outcome.value} {group.number:,}: {group.code}.{first}")
        for one in group.first:
            where = f"row {one.row_number}, {one.column_name or 'whole row'}" if one.row_number else "whole file"
            told = f": {_sentence(one.code, one.params)}" if of_row else ""
            say(f"  {one.section} {where}{_quoted(one.value)}{told}")
        if group.number > len(group.first):
            all_of_them = "those that are kept" if group.found > group.kept else "them all"
            say(f"  ... and {group.number - len(group.first):,} more; --output problems.csv has {all_of_them}.")
        _tell_kept(group)


def _tell_kept(group: ProblemGroup) -> None:
    if group.found > group.kept:
        say(f"  {group.code}: {group.found:,} were found; the first {group.kept:,} are kept.")


def _print_json(what: Mapping[str, Any], found: StoredProblems, groups: list[ProblemGroup]) -> None:
    """Print row by row, since there may be a million."""
    codes = [
        {"code": one.code, "outcome": one.outcome.value, "number": one.number, "kept": one.kept, "found": one.found}
        for one in groups
    ]
    say(json.dumps({**what, "codes": codes}, ensure_ascii=False)[:-1] + ', "problems": [')
    between = ""
    for one in found.rows():
        click.echo(f"{between}{json.dumps(_as_json(one), ensure_ascii=False)}", nl=False)
        between = ",\n"
    say("]}")


def _sentence(code: str, params: Mapping[str, Any]) -> str:
    # A problem of another release may have a code that this one does not know.
    return words().code(code, params) if code in CODES else code


def _quoted(value: str) -> str:
    shown = visible(value)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[: _SHOWN_CHARACTERS - 3] + "..."
    return f' "{shown}"' if shown else ""


def _as_json(one: Row[Any]) -> dict[str, Any]:
    return {
        "section": one.section, "row": one.row_number, "column": one.column_name, "value": one.value,
        "code": one.code, "outcome": one.outcome.value, "sentence": _sentence(one.code, one.params),
    }  # fmt: skip
