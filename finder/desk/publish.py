"""Put a dataset in force, or undo it: build the next snapshot beside the old one, then flip in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from finder.db.catalogue import Catalogue
from finder.db.datasets import MADE_FROM, Activation, Dataset, Source
from finder.db.dialect import one_moment, write_lock
from finder.db.edition import current_edition, load_snapshot, raise_edition
from finder.db.organizations import Words, organization_words
from finder.desk.audit import record
from finder.desk.versions import active_dataset, find_source, find_version
from finder.errors import DirectoryRefused
from finder.importers.differences import differences
from finder.search.name_table import write_names
from finder.search.snapshot import LAYOUT, build
from finder.search.sources import sources_in_force

_ATTEMPTS = 5
# Share of a section that may disappear without a question. Beyond it a file is more often cut off than meant so.
MOST_LOST = 0.2


def publish(
    engine: Engine,
    instead: dict[int, int | None],
    flip: Callable[[Connection, dt.datetime, int], None],
    *,
    before_flip: Callable[[], None] | None = None,
    revise: Callable[[Catalogue], Catalogue] = lambda catalogue: catalogue,
    say: Callable[[Words], Words] = lambda words: words,
) -> int:
    """Build the edition in which `instead` (source id: dataset id or None) is in force, and put it in force.

    First the words of the names of every dataset in it are written, where that was not done before; they stay however
    this ends. The snapshot is built outside any lock. In one short transaction the edition is then checked not to
    have moved (else all is built anew), `flip(connection, now, edition)` makes its changes, the snapshot is stored
    and the number raised. `revise` says what the catalogue will be once `flip` has changed its rows, and `say` what
    organizations will say of themselves. `before_flip` is called between building and flipping. Returns the new
    edition. Raises DirectoryRefused (edition_moving) where others kept coming first.
    """
    for _attempt in range(_ATTEMPTS):
        _prepare_names(engine, instead)
        now = dt.datetime.now(dt.UTC)
        with one_moment(engine) as connection:
            seen = current_edition(connection)
            words = say(organization_words(connection))
            blob = build(connection, instead, now, revise(Catalogue.read(connection)), words).to_bytes()
        if before_flip:
            before_flip()
        with write_lock(engine) as connection:
            if current_edition(connection) != seen:
                continue
            flip(connection, now, seen + 1)
            return raise_edition(connection, blob, LAYOUT, now)
    raise DirectoryRefused("edition_moving")


def publish_beside(engine: Engine, flip: Callable[[Connection, dt.datetime, int], None]) -> int:
    """Put in force what patients see but no snapshot holds, such as a web site: the snapshot stays as it is.

    `flip` and what it returns are as with `publish`, which does it where there is no snapshot of this layout.
    """
    for _attempt in range(_ATTEMPTS):
        stored = load_snapshot(engine, LAYOUT)
        if stored is None:
            return publish(engine, {}, flip)
        now = dt.datetime.now(dt.UTC)
        with write_lock(engine) as connection:
            if current_edition(connection) == stored[0]:
                flip(connection, now, stored[0] + 1)
                return raise_edition(connection, stored[1], LAYOUT, now)
    raise DirectoryRefused("edition_moving")


def _prepare_names(engine: Engine, instead: dict[int, int | None]) -> None:
    """Write the words of names that a search will look up; a dataset keeps them for as long as its rows."""
    with engine.connect() as connection:
        sources = sources_in_force(connection, instead)
    for source in sources:
        write_names(engine, source.dataset_id)


def activate(
    engine: Engine,
    source_name: str,
    version: int | None,
    actor: str,
    *,
    confirmed_gone: int | None = None,
    over: int | None = None,
) -> int:
    """Put a version of a source (the newest ready one when None) in force; return the new edition.

    Where it would take away more than MOST_LOST of any section that patients see, `confirmed_gone` must be the number
    of listings, of all sections, that it takes away; else DirectoryRefused (loss_unconfirmed) tells that number.
    A version that took rows over from another one than the active one would undo what that changed: then `over` must
    be the active one's number (update_outdated). Raises DirectoryRefused too where there is no such source or version,
    or it is not ready or active already.
    """
    with engine.connect() as connection:
        wanted = find_version(connection, source_name, version)
        if wanted.active:
            raise DirectoryRefused("dataset_already_active", source=source_name, version=wanted.version)
        # A dataset never changes, so what is seen here holds for as long as the same one is active.
        seen = active_dataset(connection, wanted.source_id)
        _refuse_outdated(connection, source_name, wanted, seen, over)
        _refuse_loss(connection, source_name, wanted, seen, confirmed_gone)

    def check(connection: Connection, replaced: int | None) -> None:
        if replaced != seen:
            _refuse_outdated(connection, source_name, wanted, replaced, over)
            _refuse_loss(connection, source_name, wanted, replaced, confirmed_gone)

    return _put_in_force(engine, source_name, wanted.source_id, wanted.id, actor, check)


def roll_back(engine: Engine, source_name: str, actor: str) -> int:
    """Undo the source's last activation: put back what it replaced; return the new edition.

    Undoing again goes one further back; undoing the first takes the source out of the directory, but not where
    that would leave it empty. However many listings it takes away, it is done. Raises DirectoryRefused
    (nothing_to_roll_back) where nothing can be undone, as where what was replaced has been pruned.
    """
    with engine.connect() as connection:
        source_id = find_source(connection, source_name)
        last = connection.execute(
            select(Activation.id, Activation.replaced_id, Dataset.pruned_at)
            .outerjoin(Dataset, Dataset.id == Activation.replaced_id)
            .where(Activation.source_id == source_id, ~Activation.rolled_back)
            .order_by(Activation.id.desc())
        ).first()
    if last is None or last.pruned_at is not None:
        raise DirectoryRefused("nothing_to_roll_back", source=source_name)
    return _put_in_force(engine, source_name, source_id, last.replaced_id, actor, None)


def republish(engine: Engine, actor: str, reason: str) -> int:
    """Raise the edition with the same datasets in force, as after a change of the catalogue or of the layout."""
    return publish(engine, {}, lambda connection, now, edition: record(connection, now, actor, reason, str(edition)))


def _refuse_outdated(
    connection: Connection, source_name: str, wanted: Row[Any], replaced: int | None, over: int | None
) -> None:
    """Raise DirectoryRefused where a version holds rows of one that is no longer active, and nobody confirmed it."""
    made_from = wanted.counts.get(MADE_FROM)
    if made_from is None or replaced is None:
        return
    active = connection.scalar(select(Dataset.version).where(Dataset.id == replaced))
    if active in (made_from, over):
        return
    former = connection.scalar(
        select(Dataset.id).where(Dataset.source_id == wanted.source_id, Dataset.version == made_from)
    )
    between = differences(connection, former, replaced)
    # Of whole sections only those that were carried over are those of the former version.
    taken = [one for name, one in between.items() if wanted.update_only or name in wanted.carried_over]
    if any(one.new or one.changed or one.gone for one in taken):
        raise DirectoryRefused(
            "update_outdated", source=source_name, version=wanted.version, made_from=made_from, active=active
        )


def _refuse_loss(
    connection: Connection, source_name: str, wanted: Row[Any], replaced: int | None, confirmed_gone: int | None
) -> None:
    """Raise DirectoryRefused where a version takes away much of what it replaces, and nobody confirmed how much."""
    if replaced is None:
        return
    found = differences(connection, replaced, wanted.id).values()
    listed = [one.changed + one.unchanged + one.gone for one in found]
    gone = sum(one.gone for one in found)
    too_much = any(one.gone > MOST_LOST * before for one, before in zip(found, listed, strict=True))
    if too_much and confirmed_gone != gone:
        # A version that is being removed would seem to take away everything.
        find_version(connection, source_name, wanted.version)
        raise DirectoryRefused(
            "loss_unconfirmed", source=source_name, version=wanted.version, gone=gone, listed=sum(listed)
        )


def _put_in_force(
    engine: Engine,
    source_name: str,
    source_id: int,
    dataset_id: int | None,
    actor: str,
    check: Callable[[Connection, int | None], None] | None,
) -> int:
    """Put a dataset of a source (None: the source leaves) in force; an undoing has no `check` of what it replaces."""
    with engine.connect() as connection:
        demos = connection.execute(
            select(Source.id).where(Source.is_demo, Source.retired_at.is_(None), Source.id != source_id)
        ).scalars()
        # The demo leaves for good with the first real source.
        instead: dict[int, int | None] = {source_id: dataset_id, **dict.fromkeys(demos)}

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        # Asked under the lock: others may have come first since this was wanted.
        if connection.scalar(select(Source.retired_at).where(Source.id == source_id)) is not None:
            raise DirectoryRefused("demo_retired")
        replaced = active_dataset(connection, source_id)
        if dataset_id is None and (replaced is None or not _others_in_force(connection, source_id)):
            raise DirectoryRefused("nothing_to_roll_back", source=source_name)
        wanted = connection.execute(
            select(Dataset.version, Dataset.pruned_at).where(Dataset.id == dataset_id)
        ).one_or_none()
        if wanted and replaced == dataset_id:
            raise DirectoryRefused("dataset_already_active", source=source_name, version=wanted.version)
        if wanted and wanted.pruned_at is not None:
            raise DirectoryRefused("dataset_pruned", source=source_name, version=wanted.version)
        if check:
            check(connection, replaced)
        for one, chosen in instead.items():
            connection.execute(update(Dataset).where(Dataset.source_id == one).values(active=False))
            if chosen is None and one != source_id:
                connection.execute(update(Source).where(Source.id == one).values(retired_at=now))
        connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(active=True))
        if check is None:
            undone = select(func.max(Activation.id)).where(Activation.source_id == source_id, ~Activation.rolled_back)
            connection.execute(
                update(Activation).where(Activation.id == undone.scalar_subquery()).values(rolled_back=True)
            )
        else:
            connection.execute(
                insert(Activation).values(
                    source_id=source_id, dataset_id=dataset_id, replaced_id=replaced, edition=edition, at=now,
                    actor=actor,
                )
            )  # fmt: skip
        record(
            connection, now, actor, "activate" if check else "roll_back", source_name,
            dataset=dataset_id, replaced=replaced, edition=edition,
        )  # fmt: skip

    return publish(engine, instead, flip)


def _others_in_force(connection: Connection, source_id: int) -> bool:
    others = (
        select(Source.id)
        .join(Dataset, Dataset.source_id == Source.id)
        .where(Dataset.active, ~Source.is_demo, Source.id != source_id)
    )
    return connection.scalar(others.limit(1)) is not None
