"""Put a dataset in force, or undo it: build the next snapshot beside the old one, then flip in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, insert, select, update

from finder.db.catalogue import Catalogue
from finder.db.datasets import Activation, Dataset, DatasetState, Source
from finder.db.dialect import write_lock
from finder.db.edition import current_edition, raise_edition
from finder.desk.audit import record
from finder.errors import DirectoryRefused
from finder.search.snapshot import LAYOUT, build

_ATTEMPTS = 5


def publish(
    engine: Engine,
    instead: dict[int, int | None],
    flip: Callable[[Connection, dt.datetime, int], None],
    *,
    before_flip: Callable[[], None] | None = None,
    revise: Callable[[Catalogue], Catalogue] = lambda catalogue: catalogue,
) -> int:
    """Build the edition in which `instead` (source id: dataset id or None) is in force, and put it in force.

    The snapshot is built outside any lock. In one short transaction the edition is then checked not to have moved
    (else all is built anew), `flip(connection, now, edition)` makes its changes, the snapshot is stored and the
    number raised. `revise` says what the catalogue will be once `flip` has changed its rows. `before_flip` is called
    between building and flipping. Returns the new edition. Raises DirectoryRefused (edition_moving) where others
    kept coming first.
    """
    for _attempt in range(_ATTEMPTS):
        now = dt.datetime.now(dt.UTC)
        with engine.connect() as connection:
            seen = current_edition(connection)
            blob = build(connection, instead, now, revise(Catalogue.read(connection))).to_bytes()
        if before_flip:
            before_flip()
        with write_lock(engine) as connection:
            if current_edition(connection) != seen:
                continue
            flip(connection, now, seen + 1)
            return raise_edition(connection, blob, LAYOUT, now)
    raise DirectoryRefused("edition_moving")


def activate(engine: Engine, source_name: str, version: int | None, actor: str) -> int:
    """Put a version of a source (the newest ready one when None) in force; return the new edition.

    Raises DirectoryRefused where there is no such source or version, or it is not ready or active already.
    """
    with engine.connect() as connection:
        source_id = _source_id(connection, source_name)
        wanted = select(Dataset).where(Dataset.source_id == source_id, Dataset.pruned_at.is_(None))
        if version is None:
            wanted = wanted.where(Dataset.state == DatasetState.READY)
        else:
            wanted = wanted.where(Dataset.version == version)
        row = connection.execute(wanted.order_by(Dataset.version.desc())).mappings().first()
    if row is None:
        raise DirectoryRefused("dataset_unknown", source=source_name, version=version or "")
    about = {"source": source_name, "version": row["version"]}
    if row["state"] is not DatasetState.READY:
        raise DirectoryRefused("dataset_not_ready", **about, state=row["state"].value)
    if row["active"]:
        raise DirectoryRefused("dataset_already_active", **about)
    return _put_in_force(engine, source_name, source_id, row["id"], actor, rolls_back=False)


def roll_back(engine: Engine, source_name: str, actor: str) -> int:
    """Undo the source's last activation: put back what it replaced; return the new edition.

    Undoing again goes one further back; undoing the first takes the source out of the directory, but not where
    that would leave it empty. Raises DirectoryRefused (nothing_to_roll_back) where nothing can be undone.
    """
    with engine.connect() as connection:
        source_id = _source_id(connection, source_name)
        last = connection.execute(
            select(Activation.id, Activation.replaced_id, Dataset.pruned_at)
            .outerjoin(Dataset, Dataset.id == Activation.replaced_id)
            .where(Activation.source_id == source_id, ~Activation.rolled_back)
            .order_by(Activation.id.desc())
        ).first()
    if last is None or last.pruned_at is not None:
        raise DirectoryRefused("nothing_to_roll_back", source=source_name)
    return _put_in_force(engine, source_name, source_id, last.replaced_id, actor, rolls_back=True)


def republish(engine: Engine, actor: str, reason: str) -> int:
    """Raise the edition with the same datasets in force, as after a change of the catalogue or of the layout."""
    return publish(engine, {}, lambda connection, now, edition: record(connection, now, actor, reason, str(edition)))


def _put_in_force(
    engine: Engine, source_name: str, source_id: int, dataset_id: int | None, actor: str, *, rolls_back: bool
) -> int:
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
        replaced = connection.scalar(select(Dataset.id).where(Dataset.source_id == source_id, Dataset.active))
        if dataset_id is None and (replaced is None or not _others_in_force(connection, source_id)):
            raise DirectoryRefused("nothing_to_roll_back", source=source_name)
        if replaced == dataset_id:
            version = connection.scalar(select(Dataset.version).where(Dataset.id == dataset_id))
            raise DirectoryRefused("dataset_already_active", source=source_name, version=version)
        for one, chosen in instead.items():
            connection.execute(update(Dataset).where(Dataset.source_id == one).values(active=False))
            if chosen is None and one != source_id:
                connection.execute(update(Source).where(Source.id == one).values(retired_at=now))
        connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(active=True))
        if rolls_back:
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
        action = "roll_back" if rolls_back else "activate"
        record(
            connection,
            now,
            actor,
            action,
            source_name,
            dataset=dataset_id,
            replaced=replaced,
            edition=edition,
        )

    return publish(engine, instead, flip)


def _others_in_force(connection: Connection, source_id: int) -> bool:
    others = (
        select(Source.id)
        .join(Dataset, Dataset.source_id == Source.id)
        .where(Dataset.active, ~Source.is_demo, Source.id != source_id)
    )
    return connection.scalar(others.limit(1)) is not None


def _source_id(connection: Connection, source_name: str) -> int:
    known: dict[str, int] = {row.name: row.id for row in connection.execute(select(Source.name, Source.id))}
    if source_name not in known:
        raise DirectoryRefused("source_unknown", source=source_name, known=sorted(known))
    return known[source_name]
