"""Commands that bring files in: import."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from finder.cli.context import actor, database, say, settings, words
from finder.desk.publish import activate as put_in_force
from finder.errors import FileRefused
from finder.importers.pipeline import import_files
from finder.importers.report import ImportReport, Problem

WITH_PROBLEMS = 1
_SHOWN_PROBLEMS = 20
_MOST_LOST = 0.2  # of what a source lists now; beyond it someone must look before patients do


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Name of whoever sends the files, such as main-hospital.")
@click.option("--dry-run", is_flag=True, help="Check and compare only; nothing stays.")
@click.option("--activate", "then_activate", is_flag=True, help="Show the new version to patients at once.")
@click.option("--ignore-unknown-columns", is_flag=True, help="Leave out columns that no template has.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def import_command(
    files: tuple[Path, ...],
    source: str,
    dry_run: bool,
    then_activate: bool,
    ignore_unknown_columns: bool,
    as_json: bool,
) -> None:
    """Check FILES (CSV or XLSX) and keep them as the next version of a source.

    Sections not in the files are carried over from the active version. Patients see the new version only once it is
    active; --activate stops short where more than a fifth of what they see would disappear. Exit code: 0 clean, 1
    some rows refused or stopped short, 2 nothing imported.
    """
    with database() as engine:
        try:
            report = import_files(
                engine, files, source, dry_run=dry_run, ignore_unknown_columns=ignore_unknown_columns,
                limit_mb=settings().upload_limit_mb, progress=_progress if sys.stderr.isatty() else None,
            )  # fmt: skip
        except FileRefused as refusal:
            _tell_refusal(refusal, as_json=as_json)
            raise
        finally:
            if sys.stderr.isatty():
                click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
        lost = report.lost_share > _MOST_LOST
        edition = None
        if then_activate and not dry_run and not lost:
            edition = put_in_force(engine, source, report.version, actor())
    if as_json:
        say(json.dumps(_as_json(report, edition), ensure_ascii=False, indent=2))
    else:
        _tell(report, dry_run=dry_run)
        if edition is not None:
            say(f"Version {report.version} of {source} is active: edition {edition}.")
        elif not dry_run:
            if then_activate:
                say("Not shown to patients: more than a fifth of what they see now would disappear. Is that right?")
            say(f"Not active yet. Show it to patients with: finder activate {source} {report.version}")
    if not report.clean or (then_activate and lost):
        sys.exit(WITH_PROBLEMS)


def _progress(rows: int) -> None:
    click.echo(f"\r{rows:,} rows read", nl=False, err=True)


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    for name, count in report.sections.items():
        blank = f", {count.blank:,} blank" if count.blank else ""
        say(f"{name}: {count.read:,} rows read: {count.accepted:,} accepted, {count.refused:,} refused{blank}.")
    for name in report.carried_over:
        say(f"{name}: not in these files, carried over from the active version.")
    if report.ignored_columns:
        say(f"Left out: columns {', '.join(report.ignored_columns)}.")
    for name, found in report.differences.items():
        say(
            f"{name} against the active version: {found.new:,} new, {found.changed:,} changed, "
            f"{found.unchanged:,} unchanged, {found.gone:,} will disappear."
        )
    worst_first = sorted(report.problems, key=lambda one: ("refused", "noted", "mended").index(one.outcome.value))
    for one in worst_first[:_SHOWN_PROBLEMS]:
        _tell_problem(one)
    total = sum(report.problem_counts.values())
    if total > _SHOWN_PROBLEMS:
        by_code = ", ".join(f"{code} {number:,}" for code, number in report.problem_counts.most_common())
        say(f"  ... {total:,} in all: {by_code}. --json prints every one.")
    if dry_run:
        say("This was a dry run: nothing was kept.")


def _tell_problem(one: Problem) -> None:
    where = f" row {one.row_number}, {one.column or 'whole row'}" if one.row_number else ""
    value = f" {one.value!r}" if one.value else ""
    sentence = words().code(one.code, one.params)
    say(f"  {one.outcome.value}: {one.section}{where}{value}: {sentence} [{one.code}]")


def _tell_refusal(refusal: FileRefused, *, as_json: bool) -> None:
    """Tell what was found before a whole import was refused; the refusal itself is the last sentence."""
    if as_json:
        told = {"refused": refusal.code, "sentence": words().error(refusal), "problems": _problems(refusal.problems)}
        say(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for one in refusal.problems[:_SHOWN_PROBLEMS]:
            _tell_problem(one)


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "section": p.section, "row": p.row_number, "column": p.column, "value": p.value, "code": p.code,
            "outcome": p.outcome.value, "sentence": words().code(p.code, p.params),
        }
        for p in problems
    ]  # fmt: skip


def _as_json(report: ImportReport, edition: int | None) -> dict[str, Any]:
    return {
        "source": report.source, "version": report.version, "edition": edition, "clean": report.clean,
        "sections": {name: vars(count) for name, count in report.sections.items()},
        "carried_over": report.carried_over, "ignored_columns": report.ignored_columns,
        "differences": {name: vars(found) for name, found in report.differences.items()},
        "problem_counts": dict(report.problem_counts),
        "problems": _problems(report.problems),
    }  # fmt: skip


COMMANDS = (import_command,)
