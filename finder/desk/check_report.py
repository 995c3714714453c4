"""What a check found, as it is kept for its page: counts of rows, and the first few problems of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from finder.db.datasets import Outcome
from finder.importers.report import ImportReport, Problem

# A page shows so many of each kind; the problems file has them all.
SHOWN_OF_A_KIND = 40


@dataclass
class RowCount:
    """How many rows are which, each by the worst that was found in it."""

    of: Counter[str] = field(default_factory=Counter)

    def add(self, problems: Iterable[Problem]) -> None:
        """Count one row."""
        outcomes = {_weight(one) for one in problems}
        for kind in ("refused", "doubtful", "mended"):
            if kind in outcomes:
                self.of[kind] += 1
                return


def report_of(report: ImportReport, rows: RowCount) -> dict[str, Any]:
    """Return an import's report as it is kept."""
    counts = list(report.sections.values())
    return {
        "same_as": report.same_as, "in_force": report.in_force, "update_only": report.update_only,
        "clean": report.clean, "waiting": report.waiting, "set_aside": report.set_aside, "carried_over": report.carried_over,
        "files": [one.told() for one in report.files],
        "sheets_left_out": report.sheets_left_out, "hidden_sheets": report.hidden_sheets,
        "unknown_columns": report.unknown_columns, "ignored_columns": report.ignored_columns,
        "sections": {name: vars(count) for name, count in report.sections.items()},
        "differences": {name: vars(one) for name, one in report.differences.items()},
        "rows": _rows(sum(one.accepted for one in counts), sum(one.refused for one in counts), rows),
        "groups": groups(report.problems, report.outcome_counts),
    }  # fmt: skip


def refused_report(problems: Sequence[Problem], rows: RowCount) -> dict[str, Any]:
    """Return what is kept where every row was refused, so that no version was made."""
    counts = Counter((one.outcome, one.code) for one in problems)
    return {"rows": _rows(0, rows.of["refused"], rows), "groups": groups(problems, counts), "sections": {}}


def groups(problems: Sequence[Problem], counts: Counter[tuple[Outcome, str]]) -> list[dict[str, Any]]:
    """Return problems by weight, code and column, the worst and then the most frequent first.

    `number` is of the whole code and outcome, since no more than the first thousands are kept of each.
    """
    found: dict[tuple[str, str, str, str], list[Problem]] = {}
    of_group: Counter[tuple[str, str, str, str]] = Counter()
    for one in problems:
        key = (_weight(one), one.code, one.section, one.column)
        of_group[key] += 1
        kept = found.setdefault(key, [])
        if len(kept) < SHOWN_OF_A_KIND:
            kept.append(one)
    told = []
    for key, some in found.items():
        weight, code, section, column = key
        whole = counts[some[0].outcome, code]
        alone = sum(1 for other in found if other[1] == code) == 1
        told.append(
            {
                "weight": weight, "code": code, "section": section, "column": column,
                "number": max(whole, of_group[key]) if alone else of_group[key],
                "first": [{"row": one.row_number, "value": one.value, "params": one.params} for one in some],
            }
        )  # fmt: skip
    return sorted(told, key=lambda one: (WEIGHTS.index(one["weight"]), -one["number"], one["code"], one["column"]))


# How a problem is read on the page, worst first: its row is not there, a cell of it is not, it asks for a look, it was
# mended, it tells what was done without a cell.
WEIGHTS = ("refused", "doubtful", "mended", "told")


def _weight(one: Problem) -> str:
    if one.outcome is Outcome.REFUSED:
        return "refused"
    if one.outcome is Outcome.LEFT_OUT:
        return "doubtful"
    if one.outcome is Outcome.MENDED:
        return "mended"
    # A note on an empty cell says what was done without it; one on a filled cell asks for a look.
    return "doubtful" if one.value else "told"


def _rows(accepted: int, refused: int, rows: RowCount) -> dict[str, int]:
    mended, doubtful = rows.of["mended"], rows.of["doubtful"]
    fine = max(0, accepted - mended - doubtful)
    return {"fine": fine, "mended": mended, "doubtful": doubtful, "refused": refused, "accepted": accepted}
