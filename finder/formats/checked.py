"""What a check found, in words: states, problems as they stand on its page, how files were read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finder.db.checks import CheckState
from finder.errors import CODES
from finder.formats.wording import wording
from finder.importers.layouts import ASIDE
from finder.importers.problems import visible
from finder.importers.templates import SHAPES

STATES: Mapping[CheckState, str] = {
    CheckState.WAITING: "about to begin",
    CheckState.READING: "reading the header",
    CheckState.NEEDS_MAPPING: "waiting for you: say what the columns are",
    CheckState.RUNNING: "checking rows",
    CheckState.READY: "checked",
    CheckState.REFUSED: "refused",
    CheckState.ABANDONED: "stopped in the middle",
    CheckState.WITHDRAWN: "thrown away",
}
ENCODINGS: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252, as older Excel writes it",
    "utf-8 and cp1252": "UTF-8 with some letters of Windows-1252, as when two lists were pasted together",
    "xlsx": "Excel workbook",
}
DELIMITERS: Mapping[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# Where the sentence of a code says what to write and not why.
_ORDERS = re.compile(r"(Write|Fill in|Give|Say|Keep|Leave|Type|Format)\b")
# Where it says no more of a mend than what it is now.
_BARE = re.compile(r"(Read|Written) as\b")
_LONGEST_VALUE = 120


@dataclass(frozen=True)
class ToldProblem:
    """A line of a table of problems: rows with the same in them are one. `instead` is "" where nothing is to write.

    `now` is what a mended cell says now.
    """

    rows: str
    section: str
    column: str
    value: str
    instead: str
    why: str
    now: str
    number: int


def told_problems(group: Mapping[str, Any]) -> list[ToldProblem]:
    """Return the lines of a group of a report: of the same value one, which names its rows."""
    alike: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in group["first"]:
        alike.setdefault((one["value"], repr(sorted(one["params"].items()))), []).append(one)
    lines = []
    for some in alike.values():
        first = some[0]
        instead, why = _instead_and_why(group, first["params"])
        rows = [one["row"] for one in some if one["row"]]
        shown = ", ".join(map(str, rows[:6])) + (f" and {len(rows) - 6} more" if len(rows) > 6 else "")
        now = visible(str(first["params"].get("mended", "")))
        lines.append(
            ToldProblem(
                shown or "all", group["section"], group["column"], _cut(first["value"]), instead, why, now, len(some)
            )
        )
    return lines


def told_mends(group: Mapping[str, Any]) -> ToldProblem:
    """Return a group of mends as one line, with its first row as an example and the number of all."""
    first = group["first"][0]
    _instead, why = _instead_and_why(group, first["params"])
    now = visible(str(first["params"].get("mended", "")))
    if group["code"] in CODES and _BARE.match(why):
        # What it is now stands beside it.
        when = CODES[group["code"]].when
        why = f"{when[:1].upper()}{when[1:]}."
    return ToldProblem(
        str(first["row"]), group["section"], group["column"], _cut(first["value"]), "", why, now, group["number"]
    )


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """Return the sentence of a problem; of one that another release noted, its code."""
    return visible(wording("en").code(code, params)) if code in CODES else code


def refusal_sentence(refusal: Mapping[str, Any]) -> str:
    """Return the sentence of a refusal as it is kept."""
    return sentence(refusal["code"], refusal["params"])


def _instead_and_why(group: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[str, str]:
    """Split a sentence into what to write and why; where it lacks the why, our words for the column say it."""
    said = sentence(group["code"], params)
    first, _, rest = said.partition(". ")
    if rest:
        return rest, f"{first}."
    if _ORDERS.match(said):
        return said, _meaning(group["section"], group["column"])
    return _meaning(group["section"], group["column"]), said


def _meaning(section: str, column: str) -> str:
    shape = SHAPES.get(section)
    return next((one.meaning for one in shape.understood if one.name == column), "") if shape else ""


def _cut(value: str) -> str:
    shown = visible(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}..."


def lead(report: Mapping[str, Any]) -> str:
    """Return the sentence at the top of a check's page."""
    rows = report["rows"]
    whole = rows["fine"] + rows["mended"] + rows["doubtful"] + rows["refused"]
    fit = whole - rows["refused"]
    said = f"{fit:,} of {whole:,} row{'' if whole == 1 else 's'} {'is' if fit == 1 else 'are'} fit to publish."
    if rows["mended"]:
        said += f" We mended {rows['mended']:,} of them."
    if rows["refused"]:
        said += f" {rows['refused']:,} need{'s' if rows['refused'] == 1 else ''} you."
    return said


def how_read(table: Mapping[str, Any]) -> str:
    """Return how a table was read: encoding and delimiter."""
    name = ENCODINGS.get(table["encoding"], table["encoding"])
    mark = table["delimiter"]
    return f"{name}, columns divided by {DELIMITERS.get(mark, visible(mark))}" if mark else name


def remarks(report: Mapping[str, Any]) -> list[str]:
    """Return what else is to be known of an import, a sentence each."""
    said = []
    for one in report.get("files", []):
        if one.get("public"):
            aside = "; ".join(f"{number:,} {ASIDE[why]}" for why, number in one["left_aside"].items())
            left = f" Left aside: {aside}." if aside else ""
            said.append(f"{visible(one['name'])}: read as {one['public']}.{left}")
    if report.get("set_aside"):
        said.append(set_aside(report["set_aside"]))
    for name in report.get("sheets_left_out", []):
        why = "it is hidden" if name in report["hidden_sheets"] else "no column of it is known"
        said.append(f"{visible(name)}: left out, since {why}.")
    for name in report.get("carried_over", []):
        said.append(f"{name.capitalize()}: not in these files, so those in force stay.")
    if report.get("ignored_columns"):
        said.append(f"Columns left out: {visible(', '.join(report['ignored_columns']))}.")
    if report.get("waiting") and report.get("same_as") is None:
        versions = ", ".join(f"{one}" for one in report["waiting"])
        said.append(
            f"Newer than what is in force, and not published: version {versions}. What only that changed is not in "
            "this one. Publish first what is wanted, then run this check again."
        )
    if report.get("same_as") is not None:
        force = ", which is in force" if report["in_force"] else ""
        said.append(f"Nothing new: version {report['same_as']}{force} says the same already.")
    return said


def set_aside(rows: int) -> str:
    """Return the sentence about rows of people who asked not to be listed."""
    return f"{rows:,} row{' is' if rows == 1 else 's are'} about people who asked not to be listed: set aside, and never shown."


def check_lines(report: Mapping[str, Any] | None, preview: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    """Yield a check's page as lines for a terminal."""
    for table in preview or ():
        yield f"{table['name']}: read as {table['section']}, {how_read(table)}."
        unknown = [visible(one["head"]) for one in table["columns"] if one["how"] == "unknown"]
        if unknown and not table["is_aside"]:
            yield f"  Not known: {', '.join(unknown)}. Say what they are with --map HEADER=COLUMN."
    if report is None:
        return
    yield lead(report)
    yield from remarks(report)
    for group in report["groups"]:
        heading = _HEADINGS[group["weight"]]
        for line in told_problems(group)[:3]:
            where = f"row {line.rows}, {line.column or 'whole row'}"
            why = " ".join(part for part in (line.why, line.instead) if part)
            yield f"  {heading} {line.section} {where}: {line.value!r}: {why}"
        yield f"    {group['number']:,} in all [{group['code']}]"


_HEADINGS = {"refused": "left out:", "doubtful": "look at:", "mended": "mended:", "told": "know:"}
