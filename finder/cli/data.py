"""Commands that bring files in: import, mapping."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from finder.cli.context import OVERWRITE, actor, database, say, settings, words
from finder.cli.versions import OVERRIDE_GOLDEN, put_in_force
from finder.db.datasets import Outcome
from finder.desk.imports import import_as, map_as
from finder.desk.versions import find_source
from finder.errors import DirectoryRefused, FileRefused
from finder.formats.checked import set_aside
from finder.importers.corrections import CorrectedFile
from finder.importers.examples import EXAMPLE_ROW
from finder.importers.headers import OTHERS, Fit
from finder.importers.layouts import ASIDE
from finder.importers.outputs import refuse_there
from finder.importers.pipeline import Wishes
from finder.importers.remembered import remembered_mapping
from finder.importers.report import ImportReport, Problem
from finder.importers.rows import Limits

WITH_PROBLEMS = 1
_SHOWN_PROBLEMS = 20
_OF_REFUSED = 3
# Each of these names another thing that is to be done.
_EACH = ("column_unknown", EXAMPLE_ROW)
_OUTCOMES = ("refused", "left_out", "noted", "mended")
_OUTCOME_WORDS = {"refused": "refused", "left_out": "left out", "noted": "noted", "mended": "mended"}


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Name of whoever sends the files, such as main-hospital.")
@click.option("--dry-run", is_flag=True, help="Check and compare only; nothing stays.")
@click.option(
    "--update-only",
    is_flag=True,
    help="Change and add the rows in FILES, remove those marked `remove`, keep all others.",
)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="HEADER=COLUMN",
    help="Read a column of the file as one of ours; HEADER= leaves it out. Remembered for the source.",
)
@click.option("--ignore-unknown-columns", is_flag=True, help="Leave out columns that no template has, without a word.")
@click.option(
    "--corrected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the rows as mended, and beside each what is still to be mended (CSV or XLSX).",
)
@OVERWRITE
@click.option("--activate", "then_activate", is_flag=True, help="Show the new version to patients at once.")
@click.option(
    "--confirm", type=int, metavar="NUMBER", help="With --activate: that so many listings disappear is right."
)
@click.option(
    "--keep-examples", is_flag=True, help="With --activate: rows that are examples of the templates are ours."
)
@OVERRIDE_GOLDEN
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def import_command(
    files: tuple[Path, ...],
    source: str,
    dry_run: bool,
    update_only: bool,
    mapped: tuple[str, ...],
    ignore_unknown_columns: bool,
    corrected: Path | None,
    overwrite: bool,
    then_activate: bool,
    confirm: int | None,
    keep_examples: bool,
    override_golden: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Check FILES (CSV or XLSX) and keep them as the next version of a source.

    Sections not in the files are carried over from the active version. Patients see the new version only once it is
    active; --activate asks first where more than a fifth of what they see would disappear or example rows of a
    template were left in, and stops where nobody is there to answer or a column was not understood. Exit code: 0
    clean, 1 with problems, 2 nothing imported or not shown.
    """
    mapping = mapping_of(mapped)
    if corrected is not None:
        refuse_there(corrected, overwrite=overwrite, inputs=files)
    with database() as engine, ExitStack() as stack:
        wishes = Wishes(
            dry_run=dry_run, update_only=update_only, ignore_unknown_columns=ignore_unknown_columns, mapping=mapping,
            note_examples=True,
            limits=Limits(settings().upload_limit_mb, settings().workbook_limit_cells),
            progress=stack.enter_context(_progress(files)),
            watch=stack.enter_context(_corrected_file(corrected, files, overwrite=overwrite)),
        )  # fmt: skip
        try:
            report = import_as(engine, files, source, wishes, actor())
        except FileRefused as refusal:
            _tell_refusal(refusal, as_json=as_json)
            if refusal.code == "import_without_rows":
                # Every row was read, and whoever mends them needs them; after other refusals some are missing.
                stack.close()
            raise
        stack.close()
        if not as_json:
            _tell(report, dry_run=dry_run)
        stopped = bool(then_activate and report.unknown_columns)
        edition, not_shown = None, None
        shown_already = report.same_as is not None and report.in_force
        if then_activate and not dry_run and not stopped and not shown_already:
            try:
                edition = put_in_force(
                    engine, source, report.version, confirm, keep_examples=keep_examples,
                    override_golden=override_golden,
                )  # fmt: skip
            except DirectoryRefused as refused:
                not_shown = refused
    if as_json:
        say(json.dumps(_as_json(report, edition), ensure_ascii=False, indent=2))
    elif edition is not None:
        say(f"Version {report.version} of {source} is active: edition {edition}.")
    elif not dry_run and not shown_already:
        if stopped:
            say("Not shown to patients: say first what the columns are that we do not know (--map), or leave them out.")
        say(f"Not active yet. Show it to patients with: finder activate {source} {report.version}")
    if not_shown is not None:
        raise not_shown
    if not report.clean:
        sys.exit(WITH_PROBLEMS)


@click.command()
@click.argument("source")
@click.option("--set", "mapped", multiple=True, metavar="HEADER=COLUMN", help="Read this header as one of our columns.")
@click.option("--leave-out", multiple=True, metavar="HEADER", help="Leave this column out.")
@click.option("--leave-out-others", is_flag=True, help="Leave out whatever is neither known nor named here.")
@click.option("--forget", multiple=True, metavar="HEADER", help="Take this header out of the mapping.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def mapping(
    source: str, mapped: tuple[str, ...], leave_out: tuple[str, ...], leave_out_others: bool, forget: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Show how the columns of SOURCE's files are read, and change it.

    What is set here, or with `finder import --map`, holds for every later file of the source.
    """
    more = mapping_of(mapped) | dict.fromkeys(leave_out, "") | ({OTHERS: ""} if leave_out_others else {})
    with database() as engine:
        if not more:
            with engine.connect() as connection:
                find_source(connection, source)
        now = map_as(engine, source, more, forget, actor()) if more or forget else _remembered(engine, source)
    if as_json:
        say(json.dumps(now, ensure_ascii=False, indent=2))
        return
    for head, column in now.items():
        shown = "all other headers" if head == OTHERS else head
        say(f"{shown}  ->  {column or '(left out)'}")
    if not now:
        say(f"Nothing is mapped by hand for {source}: columns are known by our names and their synonyms.")


def _remembered(engine: Engine, source: str) -> dict[str, str]:
    with engine.connect() as connection:
        return remembered_mapping(connection, source)


def mapping_of(pairs: Sequence[str]) -> dict[str, str]:
    """Read HEADER=COLUMN pairs; a header may hold = itself, a column's name never does."""
    found = {}
    for pair in pairs:
        head, equals, column = pair.rpartition("=")
        if not equals or not head.strip():
            raise FileRefused("mapping_malformed", value=pair)
        found[head.strip()] = column.strip()
    return found


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Any]:
    """Show a bar while rows are read, where a person looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label=f"Reading {len(files)} file{'s' * (len(files) > 1)}", file=sys.stderr) as bar:  # fmt: skip
        yield lambda done, of: bar.update(max(0, round(1000 * done / max(of, done, 1)) - bar.pos))


@contextmanager
def _corrected_file(path: Path | None, inputs: Sequence[Path], *, overwrite: bool) -> Iterator[Any]:
    """Write the rows as mended to a file, which appears once all were read. It never takes the place of an input."""
    with ExitStack() as stack:
        files: list[CorrectedFile] = []

        def watch(fit: Fit) -> Any:
            columns, section = [column.name if column else "" for column in fit.columns], fit.section.name
            out = Path(str(path))
            refuse_there(out / f"{section}.csv", overwrite=overwrite, inputs=inputs)
            if files:
                files[0].begin(fit.header, columns, section)
            else:
                file = CorrectedFile(out, fit.header, columns, section, overwrite=overwrite)
                files.append(stack.enter_context(file))
            return lambda cells, problems: files[0].row(cells, problems, _sentence)

        yield (lambda _fit: None) if path is None else watch


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    for file in report.files:
        marks = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
        how = f", {file.encoding}, {marks.get(file.delimiter, file.delimiter)}" if file.delimiter else ""
        say(f"{file.name}: read as {file.public or file.section}{how}.")
        if file.above:
            say(f"  What is told of row {file.above + 2:,}, say, is about row 2 of it.")
        for why, number in sorted(file.left_aside.items(), key=lambda one: -one[1]):
            say(f"  left aside {number:,}: {ASIDE[why]}.")
    for name in report.sheets_left_out:
        why = "the sheet is hidden" if name in report.hidden_sheets else "no column of it is known"
        say(f"{name}: left out, since {why}.")
    for name, count in report.sections.items():
        blank = f", {count.blank:,} blank" if count.blank else ""
        say(f"{name}: {count.read:,} rows read: {count.accepted:,} accepted, {count.refused:,} refused{blank}.")
    if report.set_aside:
        say(set_aside(report.set_aside))
    for name in report.carried_over:
        say(f"{name}: not in these files, carried over from the active version.")
    if report.ignored_columns:
        say(f"Left out: columns {', '.join(report.ignored_columns)}.")
    for name, found in report.differences.items():
        say(
            f"{name} against the active version: {found.new:,} new, {found.changed:,} changed, "
            f"{found.unchanged:,} unchanged, {found.gone:,} will disappear."
        )
    shown = _tell_problems(report.problems, report.outcome_counts)
    total = sum(report.problem_counts.values())
    if total > shown:
        where = "--json prints them" if dry_run else f"finder problems {report.source} lists them"
        say(f"  ... {total:,} in all. {where}.")
    if report.waiting and report.same_as is None:
        waiting = ", ".join(f"{version}" for version in report.waiting)
        verb, versions = ("is", "version") if len(report.waiting) == 1 else ("are", "versions")
        say(
            f"{versions.capitalize()} {waiting} of {report.source} {verb} newer than the active one and not active: "
            f"what only that {versions} changed is not in this one. Activate first what is wanted, then import this again."
        )
    if report.same_as is not None and not dry_run:
        say(f"Nothing new: version {report.same_as} says the same already, so no version was made.")
    if dry_run:
        say("This was a dry run: nothing was kept.")


def _tell_problems(problems: Sequence[Problem], counts: Mapping[tuple[Outcome, str], int], examples: int = 1) -> int:
    """Print a few problems of each kind with the number of all, the worst kinds first; return how many it printed."""
    kinds: dict[tuple[Outcome, str], list[Problem]] = {}
    for one in problems:
        kinds.setdefault((one.outcome, one.code), []).append(one)
    worst_first = sorted(kinds, key=lambda kind: (_OUTCOMES.index(kind[0].value), -counts[kind], kind[1]))
    shown = 0
    for outcome, code in worst_first:
        first = kinds[outcome, code][: _SHOWN_PROBLEMS if code in _EACH else examples]
        shown += len(first)
        for number, one in enumerate(first):
            where = f" row {one.row_number}, {one.column or 'whole row'}" if one.row_number else ""
            value = f" {one.value!r}" if one.value else ""
            many = f" {counts[outcome, code]:,}" if not number else ""
            say(f"  {_OUTCOME_WORDS[outcome.value]}{many}: {one.section}{where}{value}: {_sentence(one)} [{code}]")
    return shown


def _sentence(one: Problem) -> str:
    return words().code(one.code, one.params)


def _tell_refusal(refusal: FileRefused, *, as_json: bool) -> None:
    """Tell what was found before a whole import was refused; the refusal itself is the last sentence."""
    if as_json:
        told = {"refused": refusal.code, "sentence": words().error(refusal), "problems": _problems(refusal.problems)}
        say(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        counts = Counter((one.outcome, one.code) for one in refusal.problems)
        if _tell_problems(refusal.problems, counts, _OF_REFUSED) < len(refusal.problems):
            say("  ... --json prints all of them; --corrected FILE writes each beside its row.")


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "section": p.section, "row": p.row_number, "column": p.column, "value": p.value, "code": p.code,
            "outcome": p.outcome.value, "sentence": _sentence(p),
        }
        for p in problems
    ]  # fmt: skip


def _as_json(report: ImportReport, edition: int | None) -> dict[str, Any]:
    return {
        "source": report.source, "version": report.version, "same_as": report.same_as, "edition": edition,
        "clean": report.clean, "update_only": report.update_only, "files": [file.told() for file in report.files],
        "sheets_left_out": report.sheets_left_out,
        "sections": {name: vars(count) for name, count in report.sections.items()},
        "carried_over": report.carried_over, "waiting": report.waiting, "hidden_sheets": report.hidden_sheets,
        "unknown_columns": report.unknown_columns,
        "ignored_columns": report.ignored_columns, "set_aside": report.set_aside,
        "differences": {name: vars(found) for name, found in report.differences.items()},
        "problem_counts": dict(report.problem_counts),
        "problems": _problems(report.problems),
    }  # fmt: skip


COMMANDS = (import_command, mapping)
