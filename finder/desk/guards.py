"""What must be confirmed before a version comes into force: much that disappears, changes undone, example rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from finder.db.datasets import MADE_FROM, Dataset, ImportProblem
from finder.desk.versions import find_version
from finder.errors import DeskRefused, DirectoryRefused
from finder.importers.differences import differences
from finder.importers.examples import EXAMPLE_ROW
from finder.importers.report import Difference

# Share of a section that may disappear without a question. Beyond it a file is more often cut off than meant so.
MOST_LOST = 0.2
LONGEST_NAME, LONGEST_REASON = 200, 400


@dataclass(frozen=True)
class Confirmed:
    """What somebody confirms of a version.

    `gone` is how many listings disappear, `over` the number of the active version whose changes are undone,
    `examples` that example rows of the templates are really theirs, `golden` why it may be shown though golden
    searches fail. `seen` is the version (0: none) that must still be in force, where somebody looked at what changes.
    """

    gone: int | None = None
    over: int | None = None
    examples: bool = False
    golden: str = ""
    seen: int | None = None


@dataclass(frozen=True)
class Attested:
    """That all listings of a version were checked: on which day, and by whom."""

    on: dt.date
    by: str


def check_words(confirmed: Confirmed, attested: Attested | None, today: dt.date) -> None:
    """Raise DeskRefused (attestation_malformed, reason_malformed) for words that cannot be kept."""
    if attested is not None:
        if attested.on > today:
            raise DeskRefused(
                "attestation_malformed", value=attested.on.isoformat(), expected="a day that is not still to come"
            )
        if not 0 < len(attested.by.strip()) <= LONGEST_NAME or not attested.by.isprintable():
            raise DeskRefused(
                "attestation_malformed", value=attested.by[:80], expected="the name of whoever checked it"
            )
    if len(confirmed.golden) > LONGEST_REASON or not confirmed.golden.isprintable():
        raise DeskRefused("reason_malformed", longest=LONGEST_REASON)


def much_is_lost(found: Mapping[str, Difference]) -> bool:
    """Return whether more than MOST_LOST of any section would disappear."""
    return any(one.gone > MOST_LOST * (one.changed + one.unchanged + one.gone) for one in found.values())


def refuse_loss(
    connection: Connection, source_name: str, wanted: Row[Any], found: Mapping[str, Difference], gone: int | None
) -> None:
    """Raise DirectoryRefused (loss_unconfirmed) where much is lost and `gone` is not the number of listings lost."""
    lost = sum(one.gone for one in found.values())
    if much_is_lost(found) and gone != lost:
        # A version that is being removed would seem to take away everything.
        find_version(connection, source_name, wanted.version)
        listed = sum(one.changed + one.unchanged + one.gone for one in found.values())
        raise DirectoryRefused("loss_unconfirmed", source=source_name, version=wanted.version, gone=lost, listed=listed)


def outdated(connection: Connection, wanted: Row[Any], replaced: int | None) -> tuple[int, int] | None:
    """Return (version it was made from, active version) where a version would undo what the active one changed."""
    made_from = wanted.counts.get(MADE_FROM)
    if made_from is None or replaced is None:
        return None
    active = connection.scalar(select(Dataset.version).where(Dataset.id == replaced))
    if active is None or active == made_from:
        return None
    former = connection.scalar(
        select(Dataset.id).where(Dataset.source_id == wanted.source_id, Dataset.version == made_from)
    )
    between = differences(connection, former, replaced)
    # Of whole sections only those that were carried over are those of the former version.
    taken = [one for name, one in between.items() if wanted.update_only or name in wanted.carried_over]
    return (made_from, active) if any(one.new or one.changed or one.gone for one in taken) else None


def refuse_outdated(
    connection: Connection, source_name: str, wanted: Row[Any], replaced: int | None, over: int | None
) -> None:
    """Raise DirectoryRefused (update_outdated) where a version would undo changes and `over` does not say so."""
    found = outdated(connection, wanted, replaced)
    if found and found[1] != over:
        raise DirectoryRefused(
            "update_outdated", source=source_name, version=wanted.version, made_from=found[0], active=found[1]
        )


def example_rows(connection: Connection, dataset_id: int) -> list[str]:
    """Return the rows of a version that are examples of the templates: section and id of each."""
    one = ImportProblem
    found = connection.execute(
        select(one.section, one.value).where(one.dataset_id == dataset_id, one.code == EXAMPLE_ROW).order_by(one.id)
    )
    return [f"{row.section} {row.value}" for row in found]


def refuse_examples(connection: Connection, source_name: str, wanted: Row[Any]) -> None:
    """Raise DirectoryRefused (examples_unconfirmed) where a version has example rows of the templates."""
    rows = example_rows(connection, wanted.id)
    if rows:
        raise DirectoryRefused("examples_unconfirmed", source=source_name, version=wanted.version, rows=rows)
