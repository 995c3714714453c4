"""What the page for compliance says of the data: is all sound, how old is it, who signed what, do searches hold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, Engine, func, select

from finder.db.datasets import Activation, Dataset, Source
from finder.db.edition import current_edition, load_snapshot
from finder.db.migrations import head_revision, revision
from finder.desk.audit import Head, chain
from finder.desk.audit import head as newest_head
from finder.desk.golden import golden_searches
from finder.desk.review import State, review_rows
from finder.desk.soundness import check
from finder.formats.golden import failure, told
from finder.formats.wording import wording
from finder.search import Index
from finder.search.golden import outcomes
from finder.search.organizations import Host
from finder.search.snapshot import LAYOUT, Snapshot

OLD_AFTER_DAYS = 180


class Standing(Enum):
    """How a line stands: well, somebody should look at it, wrong, or told for itself."""

    WELL = "well"
    LOOK = "look"
    WRONG = "wrong"
    TOLD = "told"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at, and what was found."""

    what: str
    found: str
    standing: Standing = Standing.TOLD


@dataclass(frozen=True)
class Section:
    """Lines of one kind; `how` says how they came to be known."""

    title: str
    how: str
    lines: tuple[Line, ...]


def of_data(engine: Engine, host: Host, now: dt.datetime, kept: Head | None) -> Iterator[Section]:
    """Tell of all that the database holds; only of its tables where these are of another version."""
    wrong = tuple(Line(one.code, wording("en").error(one), Standing.WRONG) for one in check(engine, kept))
    with engine.connect() as connection:
        at, head = revision(connection), head_revision()
        lines = (
            Line("Tables", f"revision {at or 'none'} of {head}", Standing.WELL if at == head else Standing.WRONG),
            Line("References, counts, old public ids, searchable directory", "all sound" if not wrong else f"{len(wrong)} wrong", Standing.WRONG if wrong else Standing.WELL),
            *wrong,
        )  # fmt: skip
        yield Section("The database", "Every reference, count and old public id was looked up, as `finder check` does.", lines)  # fmt: skip
        if at != head:
            return
        yield _log(connection)
        yield _sources(connection, now)
        yield _clinical(connection, now)
        stored = load_snapshot(engine, LAYOUT)
        if stored is not None:
            yield _golden(connection, Index(Snapshot.from_bytes(stored[1]), stored[0]), host, now)


def _log(connection: Connection) -> Section:
    seen, head = chain(connection), newest_head(connection)
    lines = [
        Line("Log of deeds", f"{seen.entries:,} entries, each with the hash of the one before", Standing.WELL)
        if seen.whole else Line("Log of deeds", f"broken from entry {seen.first_broken} on", Standing.WRONG),
    ]  # fmt: skip
    if head:
        lines.append(Line("Newest entry, to be kept elsewhere", str(head)))
    return Section("The log of what staff did", "Every hash was computed again.", tuple(lines))


def _sources(connection: Connection, now: dt.datetime) -> Section:
    published = select(Activation.dataset_id, func.max(Activation.at).label("at")).group_by(Activation.dataset_id).subquery()  # fmt: skip
    rows = connection.execute(
        select(Source.name, Source.is_demo, Dataset.version, Dataset.created_at, Dataset.checked_on, published.c.at)
        .join(Dataset, (Dataset.source_id == Source.id) & Dataset.active)
        .outerjoin(published, published.c.dataset_id == Dataset.id)
        .order_by(Source.priority.desc(), Source.id)
    ).all()
    lines = [Line("Edition in force", str(current_edition(connection)))]
    for row in rows:
        days = (now - row.created_at).days
        told_of = f"version {row.version}, received {row.created_at:%Y-%m-%d} ({days} days ago)"
        told_of += f", published {row.at:%Y-%m-%d}" if row.at else ""
        told_of += f", attested right as of {row.checked_on:%Y-%m-%d}" if row.checked_on else ""
        if row.is_demo:
            lines.append(Line(row.name, f"{told_of}: invented people, not for patients", Standing.LOOK))
        else:
            lines.append(Line(row.name, told_of, Standing.LOOK if days > OLD_AFTER_DAYS else Standing.WELL))
    if not rows:
        lines.append(Line("Sources", "none is in force: patients find nobody", Standing.WRONG))
    return Section("Where the data are from, and how old they are", f"Read from the database. More than {OLD_AFTER_DAYS} days is to be looked at.", tuple(lines))  # fmt: skip


def _clinical(connection: Connection, now: dt.datetime) -> Section:
    rows = review_rows(connection, now)
    lines = []
    for kind, number in sorted(Counter(row.kind for row in rows).items()):
        unsigned = [row for row in rows if row.kind == kind and not row.is_signed]
        named = ", ".join(row.key for row in unsigned)
        found = f"{number - len(unsigned)} of {number} signed in every language"
        lines.append(Line(kind.replace("_", " "), f"{found}; not: {named}" if named else found, Standing.LOOK if unsigned else Standing.WELL))  # fmt: skip
    lapsed = [row.key for row in rows if any(one.state is State.LAPSED for one in row.reviews.values())]
    if lapsed:
        lines.append(Line("Signatures that lapsed, since the text changed or their time ended", ", ".join(lapsed), Standing.LOOK))  # fmt: skip
    how = "A signature is of one text in one language, and lapses with its first letter changed. Unsigned text says so to patients."
    return Section("Clinical text", how, tuple(lines))


def _golden(connection: Connection, index: Index, host: Host, now: dt.datetime) -> Section:
    found = outcomes(index, connection, golden_searches(connection), now.date(), host)
    lines = tuple(
        Line(told(one.golden), "holds" if one.holds else failure(one), Standing.WELL if one.holds else Standing.WRONG)
        for one in found
    )
    return Section("Searches that must hold", f"Each was asked of edition {index.edition}, as patients would.", lines)
