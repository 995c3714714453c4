"""The quality board: what of the directory somebody should look at, as work lists; the most urgent comes first."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from finder.db.catalogue import Catalogue
from finder.db.edition import current_edition
from finder.db.quality import FindingSetAside
from finder.desk import quality_people, quality_places, quality_waiting
from finder.desk.quality_findings import OLD_DAYS, STALE_DAYS, Finding, days_since
from finder.desk.quality_rows import Listings, PlaceRow, RoleRow, read_listings
from finder.errors import DeskRefused


@dataclass(frozen=True)
class Look:
    """What a list is made from: the listings of a moment, and the database that they came from."""

    connection: Connection
    listings: Listings
    catalogue: Catalogue
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The day of the moment."""
        return self.now.date()


@dataclass(frozen=True)
class Practice:
    """An organization: how many listings it has, are out of date, and were told of; when one was last checked."""

    key: str
    name: str
    listings: int
    stale: int
    reports: int
    last_checked: dt.date | None


@dataclass(frozen=True)
class Board:
    """The counts of all lists, by name in their order, and when listings (places, and people there) were checked."""

    people: int
    places: int
    checked: Mapping[str, int]
    counts: Mapping[str, int]
    practices: tuple[Practice, ...]
    oldest_report_days: int | None
    kinds_of_reports: Mapping[str, int]


def _checked(look: Look, keep: Callable[[int | None], bool]) -> list[Finding]:
    """Return the listings last checked so many days ago as is to be kept, the oldest first."""
    found: list[Finding] = []
    for one in look.listings.every():
        days = days_since(one.verified_on, look.today)
        if keep(days):
            params: dict[str, object] = {"day": one.verified_on, "days": days} if days is not None else {}
            found.append(_of_listing(one, "last_checked" if params else "never_checked", params, days))
    return sorted(found, key=lambda one: (-(one.age_days or 0), one.practice, one.where, one.subject))


def _of_listing(one: RoleRow | PlaceRow, code: str, params: dict[str, object], days: int | None) -> Finding:
    if isinstance(one, RoleRow):
        return Finding(one.public_id, one.person.name, one.place.name, code, params, one.place.practice, days)
    where = ", ".join(part for part in (one.city, one.state) if part)
    return Finding(one.public_id, one.name, where, code, params, one.practice, days)


# By name, in the order of their urgency.
LISTS: Mapping[str, Callable[[Look], list[Finding]]] = {
    "reports": lambda look: quality_waiting.reports(look.connection, look.listings, look.today),
    "confirmations": lambda look: quality_waiting.confirmations(look.connection, look.listings, look.today),
    "over-180-days": lambda look: _checked(look, lambda days: days is not None and days > OLD_DAYS),
    "never-checked": lambda look: _checked(look, lambda days: days is None),
    "pins-in-doubt": lambda look: quality_places.pins(look.listings.places),
    "no-phone": lambda look: quality_places.without_phone(look.listings),
    "people-twice": lambda look: quality_people.twice(look.listings),
    "places-twice": lambda look: quality_places.twice(look.listings),
    "unbacked": lambda look: quality_people.unbacked(look.connection, look.catalogue, look.listings),
    "approximate": lambda look: quality_places.approximate(look.listings.places),
    "90-to-180-days": lambda look: _checked(look, lambda days: days is not None and STALE_DAYS < days <= OLD_DAYS),
    "nobody": lambda look: quality_places.with_nobody(look.connection, look.listings),
    "amendments-ending": lambda look: quality_waiting.amendments(look.connection, look.listings, look.now),
    "not-reviewed": lambda look: quality_waiting.not_reviewed(look.connection, look.catalogue, look.now),
}
# What is answered, not set aside.
ANSWERED = frozenset(("reports", "confirmations", "amendments-ending", "not-reviewed"))
_boards: WeakKeyDictionary[Engine, tuple[object, Board]] = WeakKeyDictionary()


def look_at(connection: Connection, now: dt.datetime) -> Look:
    """Return what lists are made from."""
    return Look(connection, read_listings(connection, now), Catalogue.read(connection), now)


def work_list(look: Look, name: str, practice: str = "") -> list[Finding]:
    """Return a list without what was set aside; of one organization (`source:key`) where it is named.

    Raises DeskRefused (list_unknown).
    """
    if name not in LISTS:
        raise DeskRefused("list_unknown", value=name, known=list(LISTS))
    found = _without_set_aside(look.connection, name, LISTS[name](look))
    return [one for one in found if one.practice == practice] if practice else found


def _without_set_aside(connection: Connection, name: str, found: list[Finding]) -> list[Finding]:
    aside = FindingSetAside
    rows = connection.execute(select(aside.subject, aside.fingerprint).where(aside.list_name == name))
    fine = {row.subject: row.fingerprint for row in rows}
    return [one for one in found if one.subject not in fine or fine[one.subject] != one.fingerprint]


def board(engine: Engine, now: dt.datetime) -> Board:
    """Return the board, from memory while nothing has changed since it was last made."""
    with engine.connect() as connection:
        stamp = now.date(), current_edition(connection), _newest(connection), *quality_waiting.stamps(connection)
        known = _boards.get(engine)
        if known is None or known[0] != stamp:
            known = _boards[engine] = stamp, _made(look_at(connection, now))
    return known[1]


def _newest(connection: Connection) -> tuple[int, int]:
    row = connection.execute(select(func.count(), func.coalesce(func.max(FindingSetAside.id), 0))).one()
    return row[0], row[1]


def _made(look: Look) -> Board:
    listings = look.listings
    found = {name: work_list(look, name) for name in LISTS}
    ages = Counter(_age(days_since(one.verified_on, look.today)) for one in listings.every())
    told = found["reports"]
    kinds: Counter[str] = Counter()
    for one in told:
        kinds.update(one.params["kinds"])
    return Board(
        len({role.person.public_id for role in listings.roles}), len(listings.places),
        {name: ages[name] for name in ("fresh", "old", "stale", "never")},
        {name: len(of) for name, of in found.items()}, _practices(look, told),
        max((one.age_days or 0 for one in told), default=None), dict(kinds.most_common()),
    )  # fmt: skip


def _age(days: int | None) -> str:
    if days is None:
        return "never"
    return "fresh" if days <= STALE_DAYS else "old" if days <= OLD_DAYS else "stale"


def _practices(look: Look, told: Collection[Finding]) -> tuple[Practice, ...]:
    reports = Counter(one.practice for one in told)
    number, stale = Counter[str](), Counter[str]()
    last: dict[str, dt.date] = {}
    for one in look.listings.every():
        key = one.place.practice if isinstance(one, RoleRow) else one.practice
        number[key] += 1
        stale[key] += _age(days_since(one.verified_on, look.today)) in ("stale", "never")
        if one.verified_on:
            last[key] = max(one.verified_on, last.get(key, one.verified_on))
    found = [
        Practice(key, look.listings.practices.get(key, key), number[key], stale[key], reports[key], last.get(key))
        for key in number
        if key
    ]
    return tuple(sorted(found, key=lambda one: (-one.reports, -one.stale, one.name)))


def by_place(listings: Listings) -> Mapping[str, list[RoleRow]]:
    """Return who is at each place, by its public id."""
    found: dict[str, list[RoleRow]] = defaultdict(list)
    for role in listings.roles:
        found[role.place.public_id].append(role)
    return found
