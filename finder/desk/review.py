"""Clinical review: every row of the catalogue that a clinician reads, and in each language who signed it until when.

What is signed belongs to a row as it was: any later change of it, one letter too, makes a signature lapse.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select

from finder.db.catalogue import CatalogueRow, Origin, SignOff
from finder.db.staff import Staff
from finder.desk.catalogue import LANGUAGES, SIGNERS_NEEDED, changed_beneath, sign_off
from finder.errors import CatalogueRefused

# The kinds that clinicians review, in the order in which they are needed: what an emergency rests on comes first.
REVIEWED = ("card", "red_flag", "condition", "context_rule", "procedure", "profile")
_LEVELS = ("emergency", "same-day", "soon", "routine")
YEAR, LONGEST = dt.timedelta(days=365), dt.timedelta(days=730)
_A_MOMENT = dt.timedelta(seconds=1)


class State(enum.Enum):
    """How far the review of a row in one language is."""

    SIGNED = "signed"
    PARTLY = "partly"
    LAPSED = "lapsed"
    NEVER = "never"
    HOLD = "hold"


@dataclass(frozen=True)
class Change:
    """A field in which two versions of a row differ, such as `urgency.message_en`; "" for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Signature:
    """A sign-off that holds."""

    reviewer: str
    signed_at: dt.datetime
    expires_at: dt.datetime | None

    @property
    def told(self) -> str:
        """Who signed, and until when."""
        # It holds to the end of a day.
        until = f" until {day_in_words(self.expires_at - _A_MOMENT)}" if self.expires_at else ""
        return f"{self.reviewer} on {day_in_words(self.signed_at)}{until}"


@dataclass(frozen=True)
class Lapsed:
    """A sign-off that no longer holds, why (changed, expired or withdrawn), and what of the row was changed since."""

    kind: str
    key: str
    language: str
    reviewer: str
    why: str
    at: dt.datetime
    changes: tuple[Change, ...] = ()

    @property
    def told(self) -> str:
        """Who had signed, and why that does not hold."""
        because = {"changed": "changed since", "expired": "run out", "withdrawn": "taken back"}[self.why]
        if self.changes:
            because += f": {', '.join(one.field for one in self.changes)}"
        return f"{self.reviewer} on {day_in_words(self.at)}, {because}"


@dataclass(frozen=True)
class Review:
    """The review of one row in one language. A reviewer who has signed again stands in `signatures` alone."""

    language: str
    state: State
    signatures: tuple[Signature, ...]
    lapsed: tuple[Lapsed, ...]
    needed: int

    @property
    def missing(self) -> int:
        """How many more people have to sign."""
        return max(0, self.needed - len(self.signatures))

    @property
    def told(self) -> str:
        """How it stands, in a sentence."""
        by = " and ".join(one.told for one in self.signatures)
        more = f" {self.missing} more {'person has' if self.missing == 1 else 'people have'} to sign." if self.missing else ""  # fmt: skip
        if self.state is State.HOLD:
            return "On hold: not to be signed until a source has been read."
        if self.state is State.LAPSED:
            gone = "; ".join(one.told for one in self.lapsed)
            return f"Lapsed: signed by {gone}.{f' Still signed by {by}.' if by else ''}{more}"
        return f"Signed by {by}.{more}" if by else f"Never signed.{more if self.needed > 1 else ''}"


@dataclass(frozen=True)
class ReviewRow:
    """A row in force; `beneath` are fields of the shipped row that changed since the hospital wrote its own."""

    kind: str
    key: str
    body: Mapping[str, Any]
    content_hash: str
    is_own: bool
    beneath: tuple[str, ...]
    reviews: Mapping[str, Review]

    @property
    def name(self) -> str:
        """What it is called in English, or its id where it has no name."""
        return str(self.body.get("name_en") or self.body.get("heading_en") or self.key.replace("-", " ").capitalize())

    @property
    def level(self) -> str:
        """How urgent it is: emergency, same-day, soon, routine, or "" where it says nothing of that."""
        return str(self.body.get("level") or self.body.get("urgency", {}).get("level", ""))

    @property
    def on_hold(self) -> bool:
        """True where it may not be signed until a source has been read."""
        return self.body.get("status") == "hold"

    @property
    def is_signed(self) -> bool:
        """True where it is signed in every language."""
        return all(one.state is State.SIGNED for one in self.reviews.values())

    @property
    def turn(self) -> tuple[Any, ...]:
        """Its place in the work: cards, red flags, then the rest by urgency; what lapsed before what is new."""
        level = _LEVELS.index(self.level) if self.level in _LEVELS else len(_LEVELS)
        lapsed = any(one.state is State.LAPSED for one in self.reviews.values())
        return self.is_signed, REVIEWED.index(self.kind), level, not lapsed, self.key


def review_rows(connection: Connection, now: dt.datetime) -> list[ReviewRow]:
    """Return every row that clinicians review, what needs a signature first."""
    return sorted(_read(connection, now, None), key=lambda row: row.turn)


def review_row(connection: Connection, kind: str, key: str, now: dt.datetime) -> ReviewRow:
    """Return one row. Raises CatalogueRefused (catalogue_kind_unknown, catalogue_row_unknown)."""
    if kind not in REVIEWED:
        raise CatalogueRefused("catalogue_kind_unknown", kind=kind, known=list(REVIEWED))
    found = [row for row in _read(connection, now, (kind, key)) if (row.kind, row.key) == (kind, key)]
    if not found:
        raise CatalogueRefused("catalogue_row_unknown", kind=kind, key=key)
    return found[0]


def new_row(kind: str, key: str, body: Mapping[str, Any] | None = None) -> ReviewRow:
    """Return a row that there is not yet, which nobody has signed; it has the hash of nothing."""
    reviews = {one: Review(one, State.NEVER, (), (), SIGNERS_NEEDED[kind]) for one in LANGUAGES}
    return ReviewRow(kind, key, body or {}, "", True, (), reviews)


def shipped_body(connection: Connection, kind: str, key: str) -> dict[str, Any] | None:
    """Return the row that the product ships, None where there is none."""
    row = CatalogueRow
    found: dict[str, Any] | None = connection.scalar(
        select(row.body).where(
            row.kind == kind, row.key == key, row.origin == Origin.SHIPPED, row.superseded_at.is_(None)
        )
    )
    return found


def lapsed_sign_offs(connection: Connection, now: dt.datetime) -> list[Lapsed]:
    """Return each reviewer's newest sign-off of a row and language that no longer holds, by row."""
    found = [lapsed for row in _read(connection, now, None) for one in row.reviews.values() for lapsed in one.lapsed]
    return sorted(found, key=lambda one: (one.kind, one.key, one.language, one.reviewer))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the fields in which two versions of a row differ; of a list only what came and what went."""
    first, second = _flat(before), _flat(after)
    return tuple(
        Change(name, *_told(first.get(name), second.get(name)))
        for name in sorted({*first, *second})
        if first.get(name) != second.get(name) or (name in first) != (name in second)
    )


def _flat(body: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{within}{name}.") or {f"{within}{name}": value}
        else:
            found[f"{within}{name}"] = value
    return found


def _told(before: Any, after: Any) -> tuple[str, str]:
    if isinstance(before, list) and isinstance(after, list):
        gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
        if gone or new:
            return _text(gone), _text(new)
    return _text(before), _text(after)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    return str(value)


def _read(connection: Connection, now: dt.datetime, only: tuple[str, str] | None) -> list[ReviewRow]:
    row, signed = CatalogueRow, SignOff
    rows = select(row).where(row.kind.in_(REVIEWED)).order_by(row.id)
    sign_offs = select(signed, Staff.name).join(Staff, Staff.id == signed.staff_id).order_by(signed.id)
    if only is not None:
        rows = rows.where(row.kind == only[0], row.key == only[1])
        sign_offs = sign_offs.where(signed.kind == only[0], signed.key == only[1])
    bodies: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    in_force: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in connection.execute(rows).mappings():
        entry = one["kind"], one["key"]
        bodies[entry][one["content_hash"]] = one["body"]
        is_first = entry not in in_force or one["origin"] is Origin.HOSPITAL
        if one["superseded_at"] is None and is_first:
            in_force[entry] = dict(one)
    of_rows: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in connection.execute(sign_offs).mappings():
        of_rows[one["kind"], one["key"], one["language"]].append(dict(one))
    beneath = {(one.kind, one.key): one.fields for one in changed_beneath(connection)}
    return [
        ReviewRow(
            kind, key, one["body"], one["content_hash"], one["origin"] is Origin.HOSPITAL,
            beneath.get((kind, key), ()),
            {
                language: _review(one, language, of_rows.get((kind, key, language), ()), bodies[kind, key], now)
                for language in LANGUAGES
            },
        )
        for (kind, key), one in in_force.items()
    ]  # fmt: skip


def _review(
    row: Mapping[str, Any],
    language: str,
    sign_offs: Sequence[Mapping[str, Any]],
    bodies: Mapping[str, Mapping[str, Any]],
    now: dt.datetime,
) -> Review:
    by_reviewer: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in sign_offs:
        by_reviewer[one["name"]].append(one)
    signatures, lapsed = [], []
    for reviewer, theirs in by_reviewer.items():
        holding = [one for one in theirs if _why_not(one, row["content_hash"], now) is None]
        if holding:
            newest = holding[-1]
            signatures.append(Signature(reviewer, newest["signed_at"], _latest(one["expires_at"] for one in holding)))
            continue
        newest = theirs[-1]
        why = str(_why_not(newest, row["content_hash"], now))
        before = bodies.get(newest["content_hash"])
        differing = changes(before, row["body"]) if why == "changed" and before is not None else ()
        lapsed.append(Lapsed(row["kind"], row["key"], language, reviewer, why, newest["signed_at"], differing))
    needed = SIGNERS_NEEDED[row["kind"]]
    if row["body"].get("status") == "hold":
        state = State.HOLD
    elif len(signatures) >= needed:
        state = State.SIGNED
    elif lapsed:
        state = State.LAPSED
    else:
        state = State.PARTLY if signatures else State.NEVER
    return Review(language, state, tuple(signatures), tuple(lapsed), needed)


def _why_not(sign_off: Mapping[str, Any], content_hash: str, now: dt.datetime) -> str | None:
    """Return why a sign-off does not hold, None where it does."""
    if sign_off["withdrawn_at"] is not None:
        return "withdrawn"
    if sign_off["content_hash"] != content_hash:
        return "changed"
    ends = sign_off["expires_at"]
    return "expired" if ends is not None and ends <= now else None


def _latest(ends: Iterable[dt.datetime | None]) -> dt.datetime | None:
    """Return until when one of several holds; None is without end."""
    known = list(ends)
    return None if None in known else max(one for one in known if one is not None)


def sign_sheet(
    engine: Engine, kind: str, key: str, language: str, reviewer: str, *, until: dt.date, seen: str, has_read: bool
) -> str:
    """Sign a row in one language as it was read on its sheet (`seen` is the hash there), to the end of a day, UTC.

    Returns the hash. Raises CatalogueRefused as `sign_off` does, and sign_off_expiry or sign_off_unread.
    """
    review_language(language)
    if not has_read:
        raise CatalogueRefused("sign_off_unread")
    today = dt.datetime.now(dt.UTC).date()
    if not today < until <= today + LONGEST:
        raise CatalogueRefused("sign_off_expiry", value=until.isoformat(), last=(today + LONGEST).isoformat())
    ends = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), dt.UTC)
    return sign_off(engine, kind, key, language, reviewer, expires_at=ends, seen=seen)


def review_language(language: str) -> str:
    """Return a language that is reviewed. Raises CatalogueRefused (catalogue_kind_unknown) for any other."""
    if language not in LANGUAGES:
        raise CatalogueRefused("catalogue_kind_unknown", kind=f"text in {language[:20]}", known=list(LANGUAGES))
    return language


def day_in_words(moment: dt.datetime) -> str:
    """Return the day of a moment, such as November 30, 2026."""
    return f"{moment:%B} {moment.day}, {moment.year}"
