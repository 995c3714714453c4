"""Put a dataset in force, or undo it: build the next snapshot beside the old one, then flip in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from finder.db.catalogue import Catalogue
from finder.db.datasets import Activation, Dataset, Source
from finder.db.dialect import one_moment, write_lock
from finder.db.edition import current_edition, load_snapshot, raise_edition, searched_rows
from finder.db.organizations import Words, organization_words
from finder.db.removals import removed_npis
from finder.desk.amendment_choices import apply_choices, choices_due
from finder.desk.audit import record
from finder.desk.guards import (
    MOST_LOST,
    Attested,
    Confirmed,
    check_words,
    refuse_examples,
    refuse_loss,
    refuse_outdated,
)
from finder.desk.trial import Trial, record_trial, trial_of
from finder.desk.versions import active_dataset, find_source, find_version
from finder.errors import DeskRefused, DirectoryRefused
from finder.importers.differences import differences
from finder.importers.report import Difference
from finder.search.amended import Written, read_written
from finder.search.hosting import NOBODY
from finder.search.name_table import write_names
from finder.search.organizations import Host
from finder.search.postgis_rows import prune_rows, write_rows
from finder.search.snapshot import LAYOUT, build
from finder.search.sources import sources_in_force

__all__ = ["MOST_LOST", "activate", "publish", "publish_beside", "rehearse", "republish", "roll_back"]

_ATTEMPTS = 5
Judge = Callable[[Trial], None]
_NOTHING = Confirmed()


def publish(
    engine: Engine,
    instead: dict[int, int | None],
    flip: Callable[[Connection, dt.datetime, int], None],
    *,
    before_flip: Callable[[], None] | None = None,
    revise: Callable[[Catalogue], Catalogue] = lambda catalogue: catalogue,
    say: Callable[[Words], Words] = lambda words: words,
    amend: Callable[[list[Written]], list[Written]] = lambda written: written,
    checked_on: Mapping[int, dt.date] | None = None,
    now: dt.datetime | None = None,
    same: Mapping[str, str] | None = None,
    leave_out: Callable[[frozenset[str]], frozenset[str]] = lambda npis: npis,
    judge: Judge | None = None,
    host: Host = NOBODY,
) -> int:
    """Build the edition in which `instead` (source id: dataset id or None) is in force, and put it in force.

    First the words of the names of every dataset in it are written, where that was not done before; they stay however
    this ends. The snapshot is built outside any lock, and asked the golden searches; where PostGIS is to search it, its
    rows are written. In one short transaction the edition is then checked not to have moved (else all is built anew),
    `flip(connection, now, edition)` makes its changes, the snapshot is stored and the number raised. What staff chose
    between their changes and a version's file is put in force, or undone, with that version. `before_flip` is called
    between building and flipping. Returns the new edition.

    What will be so once `flip` has changed its rows: `revise` says it of the catalogue, `say` of what organizations say
    of themselves, `amend` of what staff change of listings, `checked_on` of which datasets somebody vouches for a day,
    `same` of places that are one, `leave_out` of the NPIs of those who ask not to be listed.
    `now` is the moment of it, the clock's unless given. `host` says whose finder it is.

    `judge` is told how the golden searches went and may raise, so that nothing is published. Without one whatever fails
    is put on record and stops nothing: what changes no version (hiding somebody, a row of the catalogue) is often
    urgent, and small enough to be seen. Raises DirectoryRefused (edition_moving) where others kept coming first.
    """
    given_now = now
    for _attempt in range(_ATTEMPTS):
        _prepare_names(engine, instead)
        now = given_now or dt.datetime.now(dt.UTC)
        with one_moment(engine) as connection:
            seen = current_edition(connection)
            words = say(organization_words(connection))
            chosen = choices_due(connection, instead)
            written = amend(chosen.revised(read_written(connection), now))
            catalogue = revise(Catalogue.read(connection))
            removed = leave_out(removed_npis(connection))
            snapshot = build(connection, instead, now, catalogue, words, written, checked_on, same, removed)
            trial = trial_of(connection, snapshot, seen + 1, now, host)
        blob = snapshot.to_bytes()
        if judge:
            judge(trial)
        searched = write_rows(engine, snapshot, now)
        if before_flip:
            before_flip()
        with write_lock(engine) as connection:
            # A choice may be made without a new edition: it belongs to a version that is not in force yet.
            if current_edition(connection) != seen or choices_due(connection, instead) != chosen:
                continue
            apply_choices(connection, chosen, now)
            flip(connection, now, seen + 1)
            record_trial(connection, now, seen + 1, trial)
            edition = raise_edition(connection, blob, LAYOUT, now, searched)
        prune_rows(engine, now)
        return edition
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
                known = searched_rows(connection, LAYOUT)
                return raise_edition(connection, stored[1], LAYOUT, now, known[1] if known else None)
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
    keep_examples: bool = False,
    override_golden: str = "",
    attested: Attested | None = None,
    seen: int | None = None,
    host: Host = NOBODY,
) -> int:
    """Put a version of a source (the newest ready one when None) in force; return the new edition.

    Where it would take away more than MOST_LOST of any section that patients see, `confirmed_gone` must be the number
    of listings, of all sections, that it takes away; else DirectoryRefused (loss_unconfirmed) tells that number.
    A version that took rows over from another one than the active one would undo what that changed: then `over` must
    be the active one's number (update_outdated). Rows that are examples of the templates need `keep_examples`
    (examples_unconfirmed). Where golden searches fail on the edition that it would make, `override_golden` must say why
    it is shown all the same (golden_failed, whose `problems` are the outcomes); the reason is put on record.
    `attested` is kept with the version. `seen` is the version that somebody compared it with, 0 for none: another one
    in force is DeskRefused (changes_outdated). Raises DirectoryRefused too where there is no such source or version,
    or it is not ready or active already; DeskRefused for words that cannot be kept.
    """
    confirmed = Confirmed(confirmed_gone, over, keep_examples, " ".join(override_golden.split()), seen)
    check_words(confirmed, attested, dt.datetime.now(dt.UTC).date())
    with engine.connect() as connection:
        wanted = find_version(connection, source_name, version)
        if wanted.active:
            raise DirectoryRefused("dataset_already_active", source=source_name, version=wanted.version)
        # A dataset never changes, so what is seen here holds for as long as the same one is active.
        replaced = active_dataset(connection, wanted.source_id)
        if not keep_examples:
            refuse_examples(connection, source_name, wanted)
        deed = _Deed(source_name, wanted.source_id, wanted.id, actor, wanted, confirmed, attested)
        deed.change = deed.changed(connection, replaced)
    return _put_in_force(engine, deed, host)


def roll_back(
    engine: Engine,
    source_name: str,
    actor: str,
    *,
    seen: int | None = None,
    host: Host = NOBODY,
    tell: Callable[[Trial], None] | None = None,
) -> int:
    """Undo the source's last activation: put back what it replaced; return the new edition.

    Undoing again goes one further back; undoing the first takes the source out of the directory, but not where
    that would leave it empty. However many listings it takes away, and whichever golden searches fail, it is done:
    whoever undoes has seen that what patients see is wrong. What fails is put on record, and `tell` is told.
    `seen` is the version that is to be undone, where somebody saw it; another one is DeskRefused (undo_outdated).
    Raises DirectoryRefused (nothing_to_roll_back) where nothing can be undone, as where what was replaced has been
    pruned.
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
        deed = _Deed(source_name, source_id, last.replaced_id, actor, confirmed=Confirmed(seen=seen))
        deed.change = deed.changed(connection, active_dataset(connection, source_id))
    edition = _put_in_force(engine, deed, host)
    if tell and deed.trial:
        tell(deed.trial)
    return edition


def rehearse(engine: Engine, source_name: str, version: int | None, host: Host = NOBODY) -> Trial:
    """Return how the golden searches would go with a version in force; nothing changes but the words of its names."""
    with engine.connect() as connection:
        wanted = find_version(connection, source_name, version)
        instead = _instead(connection, wanted.source_id, wanted.id)
    _prepare_names(engine, instead)
    now = dt.datetime.now(dt.UTC)
    with one_moment(engine) as connection:
        return trial_of(connection, build(connection, instead, now), current_edition(connection) + 1, now, host)


def republish(engine: Engine, actor: str, reason: str) -> int:
    """Raise the edition with the same datasets in force, as after a change of the catalogue or of the layout."""
    return publish(engine, {}, lambda connection, now, edition: record(connection, now, actor, reason, str(edition)))


@dataclass
class _Deed:
    """Which dataset of a source (None: the source leaves) comes into force, and all that is said of it.

    An undoing has no `wanted`. `change` is what it replaces, with what that changes; `trial` the golden searches.
    """

    source_name: str
    source_id: int
    dataset_id: int | None
    actor: str
    wanted: Row[Any] | None = None
    confirmed: Confirmed = _NOTHING
    attested: Attested | None = None
    change: tuple[int | None, Mapping[str, Difference]] = (None, {})
    trial: Trial | None = None

    @property
    def is_undoing(self) -> bool:
        """Whether it is an undoing."""
        return self.wanted is None

    def changed(self, connection: Connection, replaced: int | None) -> tuple[int | None, Mapping[str, Difference]]:
        """Return what is replaced, and how much that changes. Raises what a confirmation is missing for."""
        self._refuse_moved(connection, replaced)
        found = _differences(connection, replaced, self.dataset_id)
        if self.wanted is not None and replaced is not None:
            refuse_outdated(connection, self.source_name, self.wanted, replaced, self.confirmed.over)
            refuse_loss(connection, self.source_name, self.wanted, found, self.confirmed.gone)
        return replaced, found

    def judge(self, trial: Trial) -> None:
        """Raise DirectoryRefused (golden_failed) where golden searches fail, and nobody said why that may be."""
        self.trial = trial
        if self.wanted is None or trial.holds or self.confirmed.golden:
            return
        refusal = DirectoryRefused(
            "golden_failed", source=self.source_name, version=self.wanted.version, failed=trial.told
        )
        refusal.problems = trial.failed
        raise refusal

    def detail(self, edition: int) -> dict[str, Any]:
        """Return what is put on record of it."""
        replaced, found = self.change
        told: dict[str, Any] = {"dataset": self.dataset_id, "replaced": replaced, "edition": edition}
        if found:
            told["changed"] = {name: vars(one) for name, one in found.items()}
        if self.trial and not self.trial.holds:
            told["golden_failed"] = self.trial.told
            if self.confirmed.golden:
                told["golden_reason"] = self.confirmed.golden
        if self.attested:
            told |= {"checked_on": self.attested.on.isoformat(), "checked_by": self.attested.by}
        return told

    def _refuse_moved(self, connection: Connection, replaced: int | None) -> None:
        seen = self.confirmed.seen
        if seen is None:
            return
        active = connection.scalar(select(Dataset.version).where(Dataset.id == replaced)) or 0
        if active != seen:
            code = "undo_outdated" if self.is_undoing else "changes_outdated"
            raise DeskRefused(code, source=self.source_name, version=seen, active=active)


def _differences(connection: Connection, old_id: int | None, new_id: int | None) -> dict[str, Difference]:
    if new_id is not None:
        return differences(connection, old_id, new_id)
    # Where a source leaves, all of it is gone.
    left = differences(connection, None, old_id) if old_id is not None else {}
    return {name: Difference(0, 0, 0, one.new) for name, one in left.items()}


def _instead(connection: Connection, source_id: int, dataset_id: int | None) -> dict[int, int | None]:
    """Return what is in force once a dataset is; the demo leaves for good with the first real source."""
    demos = connection.execute(
        select(Source.id).where(Source.is_demo, Source.retired_at.is_(None), Source.id != source_id)
    ).scalars()
    return {source_id: dataset_id, **dict.fromkeys(demos)}


def _put_in_force(engine: Engine, deed: _Deed, host: Host) -> int:
    source_id, dataset_id, source_name = deed.source_id, deed.dataset_id, deed.source_name
    with engine.connect() as connection:
        instead = _instead(connection, source_id, dataset_id)

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
        if replaced != deed.change[0]:
            deed.change = deed.changed(connection, replaced)
        for one, chosen in instead.items():
            connection.execute(update(Dataset).where(Dataset.source_id == one).values(active=False))
            if chosen is None and one != source_id:
                connection.execute(update(Source).where(Source.id == one).values(retired_at=now))
        values: dict[str, Any] = {"active": True}
        if deed.attested:
            values |= {"checked_on": deed.attested.on, "checked_by": deed.attested.by}
        connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(**values))
        if deed.is_undoing:
            undone = select(func.max(Activation.id)).where(Activation.source_id == source_id, ~Activation.rolled_back)
            connection.execute(
                update(Activation).where(Activation.id == undone.scalar_subquery()).values(rolled_back=True)
            )
        else:
            connection.execute(
                insert(Activation).values(
                    source_id=source_id, dataset_id=dataset_id, replaced_id=replaced, edition=edition, at=now,
                    actor=deed.actor,
                )
            )  # fmt: skip
        action = "roll_back" if deed.is_undoing else "activate"
        record(connection, now, deed.actor, action, source_name, **deed.detail(edition))

    vouched = {dataset_id: deed.attested.on} if deed.attested and dataset_id is not None else None
    return publish(engine, instead, flip, checked_on=vouched, judge=deed.judge, host=host)


def _others_in_force(connection: Connection, source_id: int) -> bool:
    others = (
        select(Source.id)
        .join(Dataset, Dataset.source_id == Source.id)
        .where(Dataset.active, ~Source.is_demo, Source.id != source_id)
    )
    return connection.scalar(others.limit(1)) is not None
