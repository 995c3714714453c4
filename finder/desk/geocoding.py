"""Look up where places are that no file gives a position of, each address once; what is found is laid over their rows.

Answers are kept as they come, so that whoever is stopped goes on. They count from the next edition on, and as long as
a place has the address that they are of; a pin of a file or of staff goes before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.db.addresses import house_number, without_suite
from finder.db.amendable import POSITION
from finder.db.dialect import write_lock
from finder.db.directory import Location, PositionKind
from finder.db.edition import load_snapshot
from finder.db.geocodes import Geocode, GeocodeOutcome
from finder.desk.audit import record
from finder.desk.geocoder import Ask, Candidate, GeocoderAway
from finder.desk.pins import look_at
from finder.desk.publish import publish
from finder.errors import DeskRefused
from finder.importers.amending import in_country
from finder.search.amended import in_force, read_written
from finder.search.positions import LAID, LOOKED_UP, PLACES, has_moved, hash_now
from finder.search.snapshot import LAYOUT, Snapshot
from finder.search.sources import sources_in_force

# So many questions in a row without an answer, and the rest waits for another day.
_MOST_AWAY = 3
_EACH = 25


class Answer(NamedTuple):
    """What is kept of an answer; `doubt` is no_house, other_house, outside_country, outside_state or far_from_zip."""

    outcome: GeocodeOutcome
    match: str = ""
    doubt: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Address:
    """An address without a position, what is asked for it, and the places that are there."""

    address_hash: str
    text: str
    house: str
    state: str
    zip_code: str
    listings: list[str] = field(default_factory=list)


class Stand(NamedTuple):
    """How far things are: each address with its answer, None where it was not asked yet; the first listed first.

    `without_house` are places that no geocoder can find: a box of the post office, or a street without a number.
    """

    addresses: list[tuple[Address, Answer | None]]
    without_house: list[str]

    def listings(self, outcome: GeocodeOutcome | None) -> list[str]:
        """Return the places whose address has an outcome, None: that were not asked for."""
        return [
            listing
            for address, answer in self.addresses
            for listing in address.listings
            if (answer.outcome if answer else None) is outcome
        ]


@dataclass
class Run:
    """What a run did: how many were asked and answered how, why it ended early ("" where it did not), the edition."""

    asked: int = 0
    outcomes: dict[GeocodeOutcome, int] = field(default_factory=dict)
    away: int = 0
    stopped: DeskRefused | None = None
    edition: int | None = None


def stand(connection: Connection) -> Stand:
    """Return the places in force that have no position of their own, by their addresses, with what is known of them."""
    sources = sources_in_force(connection, {})
    changes = in_force(connection, sources, read_written(connection), dt.datetime.now(dt.UTC)).changes
    found: dict[str, Address] = {}
    without: list[str] = []
    for source in sources:
        for row in connection.execute(PLACES.where(Location.dataset_id == source.dataset_id).order_by(Location.id)):
            public_id = f"place:{source.name}:{row.key}"
            own = changes.get(public_id, {})
            if all(own.get(name) is not None for name in POSITION) or own.get("hidden"):
                continue
            if row.position_kind is PositionKind.GIVEN and not has_moved(row, own):
                continue
            address, city, state, zip_code = (
                own.get(name, getattr(row, name)) for name in ("address", "city", "state", "zip_code")
            )
            house, known_as = house_number(address), hash_now(row, own)
            if not (house and known_as):
                without.append(public_id)
                continue
            text = f"{without_suite(address)}, {city}, {state} {zip_code[:5]}"
            one = found.setdefault(known_as, Address(known_as, text, house, state, zip_code[:5]))
            one.listings.append(public_id)
    answers = _answers(connection)
    return Stand([(one, answers.get(one.address_hash)) for one in found.values()], without)


def look_up(
    engine: Engine,
    ask: Ask,
    asked_of: str,
    actor: str,
    *,
    limit: int | None = None,
    again: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> Run:
    """Ask for every address that was never asked for, put what is found in force in one edition, and say what was done.

    `again` asks anew for what was asked and not found, the longest ago first. `limit` is how many to ask at most. Each
    answer is kept before the next question; what was found by a run that was cut off comes into force with this one.
    `tell` is told now and then how many are done.
    """
    with engine.connect() as connection:
        waiting = _waiting(connection, stand(connection), again)[:limit]
    run = Run()
    in_a_row = 0
    for address in waiting:
        try:
            answer = judged(address, ask(address.text))
        except GeocoderAway as away:
            run.away, in_a_row = run.away + 1, in_a_row + 1
            if in_a_row >= _MOST_AWAY:
                run.stopped = DeskRefused("geocoder_away", value=asked_of, found=str(away), tries=in_a_row)
                break
            continue
        except DeskRefused as refusal:
            run.stopped = refusal
            break
        in_a_row = 0
        _keep(engine, address, answer, asked_of, actor)
        run.asked += 1
        run.outcomes[answer.outcome] = run.outcomes.get(answer.outcome, 0) + 1
        if tell and run.asked % _EACH == 0:
            tell(run.asked, len(waiting))
    if _is_due(engine):
        told = {outcome.value: number for outcome, number in run.outcomes.items()}
        run.edition = _publish(engine, actor, "look_up_positions", asked_of, {"asked": run.asked, **told})
    return run


def judged(address: Address, candidates: Iterable[Candidate]) -> Answer:
    """Return what is to be kept of an answer: the first point that nothing speaks against, else the first, doubted."""
    doubted: Answer | None = None
    for one in candidates:
        doubt = _doubt(address, one)
        outcome = GeocodeOutcome.DOUBTFUL if doubt else GeocodeOutcome.FOUND
        answer = Answer(outcome, one.match, doubt, round(one.latitude, 6), round(one.longitude, 6))
        if not doubt:
            return answer
        doubted = doubted or answer
    return doubted or Answer(GeocodeOutcome.MISSED)


def drop(engine: Engine, public_id: str, actor: str) -> int:
    """Take off the position that was looked up for a place, for good; return the new edition.

    Other places at the same address lose it too. Raises DeskRefused (geocode_missing) where there is none.
    """
    with engine.connect() as connection:
        here = [one for one, answer in stand(connection).addresses if public_id in one.listings and answer
                and answer.outcome is GeocodeOutcome.FOUND]  # fmt: skip
    if not here:
        raise DeskRefused("geocode_missing", public_id=public_id[:80])
    with write_lock(engine) as connection:
        one = Geocode
        connection.execute(
            one.__table__.update()  # type: ignore[attr-defined]
            .where(one.address_hash == here[0].address_hash)
            .values(outcome=GeocodeOutcome.DROPPED)
        )
    return _publish(engine, actor, "drop_position", public_id, {})


def _doubt(address: Address, one: Candidate) -> str:
    if not (abs(one.latitude) <= 90 and abs(one.longitude) <= 180) or not in_country(one.latitude, one.longitude):
        return "outside_country"
    look = look_at((one.latitude, one.longitude), None, address.zip_code, address.state)
    if look.outside_state:
        return "outside_state"
    if look.far_from_zip or look.from_zip_miles is None:
        return "far_from_zip"
    if not one.house or one.match == "street":
        return "no_house"
    return "" if one.house == address.house else "other_house"


def _answers(connection: Connection) -> dict[str, Answer]:
    one = Geocode
    rows = connection.execute(select(one.address_hash, one.outcome, one.match, one.doubt, one.latitude, one.longitude))
    return {row[0]: Answer(*row[1:]) for row in rows}


def _waiting(connection: Connection, now: Stand, again: bool) -> list[Address]:
    new = [one for one, answer in now.addresses if answer is None]
    if not again:
        return new
    asked = {row[0]: row[1] for row in connection.execute(select(Geocode.address_hash, Geocode.asked_at))}
    old = [one for one, answer in now.addresses if answer and answer.outcome is not GeocodeOutcome.FOUND]
    return new + sorted(old, key=lambda one: asked[one.address_hash])


def _keep(engine: Engine, address: Address, answer: Answer, asked_of: str, actor: str) -> None:
    with write_lock(engine) as connection:
        connection.execute(delete(Geocode).where(Geocode.address_hash == address.address_hash))
        connection.execute(
            insert(Geocode).values(
                address_hash=address.address_hash, **answer._asdict(), asked_of=asked_of,
                asked_at=dt.datetime.now(dt.UTC), asked_by=actor,
            )
        )  # fmt: skip


def _is_due(engine: Engine) -> bool:
    """Return whether something was found that the edition in force does not have."""
    stored = load_snapshot(engine, LAYOUT)
    if stored is None:
        return False
    laid = Snapshot.from_bytes(stored[1]).changes
    with engine.connect() as connection:
        there = stand(connection).listings(GeocodeOutcome.FOUND)
    return any(laid.get(one, {}).get(LAID, [""])[-1] != LOOKED_UP for one in there)


def _publish(engine: Engine, actor: str, action: str, subject: str, told: dict[str, int]) -> int:
    return publish(
        engine, {}, lambda connection, now, edition: record(connection, now, actor, action, subject, edition=edition, **told)
    )  # fmt: skip
