"""What waits for staff: reports of patients, what practices said by a link, amendments that end, texts not signed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import Connection, func, select

from finder.db.amendable import moved
from finder.db.catalogue import Catalogue, CatalogueRow, SignOff
from finder.db.quality import Answer, ConfirmedFact, same_places
from finder.db.reports import MistakeReport
from finder.db.staff import Amendment
from finder.desk.quality_findings import Finding
from finder.desk.quality_rows import Listings
from finder.desk.reports import open_reports_of

ENDS_WITHIN_DAYS, ENDED_WITHIN_DAYS = 14, 30
_LANGUAGES = ("en", "es")


def reports(connection: Connection, listings: Listings, today: dt.date) -> list[Finding]:
    """Return the listings that patients say something is wrong with; what waits longest comes first."""
    named, found = _Named(connection, listings), []
    for one in open_reports_of(connection):
        _public_id, name, where, practice = named.of(one.public_id)
        kinds = {kind.value: number for kind, number in one.kinds.items()}
        params = {
            "kinds": kinds, "reports": one.reports, "first_on": one.first_on, "last_on": one.last_on,
            "reported_id": one.public_id, "days": (today - one.first_on).days,
        }  # fmt: skip
        found.append(Finding(one.public_id, name, where, "reports", params, practice, (today - one.first_on).days))
    return sorted(found, key=lambda one: (-(one.age_days or 0), -one.params["reports"], one.subject))


def confirmations(connection: Connection, listings: Listings, today: dt.date) -> list[Finding]:
    """Return what practices said by a link and nobody has answered, by link; what waits longest comes first."""
    one, named = ConfirmedFact, _Named(connection, listings)
    by_link: dict[int, list[tuple[str, str, dt.datetime]]] = defaultdict(list)
    for row in connection.execute(
        select(one.link_id, one.public_id, one.field, one.said_at).where(one.answer == Answer.OPEN).order_by(one.id)
    ):
        by_link[row.link_id].append((row.public_id, row.field, row.said_at))
    found = []
    for link_id, facts in by_link.items():
        _public_id, name, where, practice = named.of(facts[0][0])
        days = (today - facts[0][2].date()).days
        wrong = sum(bool(field) for _public_id, field, _at in facts)
        params = {"link": link_id, "corrections": wrong, "day": facts[0][2].date(), "days": days}
        code = "corrections" if wrong else "all_right"
        found.append(Finding(facts[0][0], name, where, code, params, practice, days))
    return sorted(found, key=lambda one: (-(one.age_days or 0), one.params["link"]))


def amendments(connection: Connection, listings: Listings, now: dt.datetime) -> list[Finding]:
    """Return the amendments that end soon, or have ended of late; the next to end comes first."""
    one, named, found = Amendment, _Named(connection, listings), []
    soon, late = now + dt.timedelta(days=ENDS_WITHIN_DAYS), now - dt.timedelta(days=ENDED_WITHIN_DAYS)
    for row in connection.execute(
        select(one.public_id, one.field, one.ends_at)
        .where(one.withdrawn_at.is_(None), one.ends_at.between(late, soon))
        .order_by(one.ends_at, one.id)
    ):
        _public_id, name, where, practice = named.of(row.public_id)
        code = "amendment_ended" if row.ends_at <= now else "amendment_ends"
        params = {"field": row.field, "day": row.ends_at.date()}
        found.append(Finding(row.public_id, name, where, code, params, practice))
    return found


def not_reviewed(connection: Connection, catalogue: Catalogue, now: dt.datetime) -> list[Finding]:
    """Return the conditions whose text, as it is now, nobody has signed in one language or both."""
    row, sign = CatalogueRow, SignOff
    hashes: dict[str, str] = {}
    for one in connection.execute(
        select(row.key, row.content_hash, row.origin)
        .where(row.kind == "condition", row.superseded_at.is_(None))
        .order_by(row.origin.desc())
    ):
        # The hospital's own row is before the shipped one.
        if one.key not in hashes or one.origin.value == "hospital":
            hashes[one.key] = one.content_hash
    signed = {
        (one.key, one.language, one.content_hash)
        for one in connection.execute(
            select(sign.key, sign.language, sign.content_hash).where(
                sign.kind == "condition", sign.withdrawn_at.is_(None),
                (sign.expires_at.is_(None)) | (sign.expires_at > now),
            )
        )
    }  # fmt: skip
    found = []
    for key, condition in catalogue.conditions.items():
        lacking = [one for one in _LANGUAGES if (key, one, hashes.get(key, "")) not in signed]
        if lacking:
            found.append(Finding(key, condition.name("en"), "", "not_reviewed", {"languages": lacking}))
    return found


def stamps(connection: Connection) -> tuple[object, ...]:
    """Return what changes whenever anything that waits has changed."""
    report, fact, sign = MistakeReport, ConfirmedFact, SignOff
    asked = (
        select(func.count(), func.max(report.id)).where(report.handled_at.is_(None)),
        select(func.count(), func.max(fact.id)).where(fact.answer == Answer.OPEN),
        select(func.count(), func.max(sign.id)).where(sign.withdrawn_at.is_(None)),
    )
    return tuple(tuple(connection.execute(one).one()) for one in asked)


class _Named:
    """What public ids are called; those of a place that is one with another lead to it."""

    def __init__(self, connection: Connection, listings: Listings) -> None:
        self._kept = same_places(connection)
        self._known: dict[str, tuple[str, str, str]] = {}
        for role in listings.roles:
            known = role.person.name, role.place.name, role.place.practice
            self._known.setdefault(role.person.public_id, known)
            self._known[role.public_id] = known
        for one in listings.places:
            self._known[one.public_id] = one.name, ", ".join(filter(None, (one.city, one.state))), one.practice

    def of(self, public_id: str) -> tuple[str, str, str, str]:
        """Return the public id in use, name, where, and the organization; the name is "" where it is not listed."""
        now = moved(public_id, lambda one: self._kept.get(one, one))
        return (now, *self._known.get(now, ("", "", "")))
