"""Golden searches at the desk: those that ship with the product, those that staff write, and how an edition stands.

What we ship are cases of safety: words that must raise a card whoever is in the directory. Nobody can remove them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.db.catalogue import Catalogue
from finder.db.dialect import write_lock
from finder.db.golden import Expects, GoldenSearch
from finder.desk.audit import record
from finder.errors import DeskRefused, QuestionError
from finder.search.asking import asked, asking_of
from finder.search.filters import Unit
from finder.search.golden import Golden
from finder.search.origin import resolve_origin
from finder.search.query import MAX_LIMIT
from finder.search.results import COUNTED_UP_TO

LONGEST_REASON = 400
# Parameters that say how an answer is paged or worded, and not what comes of it.
LEFT_OUT = ("limit", "offset", "lang")
_ANYWHERE = "23220"


def _words(words: str, card: str, because: str) -> Golden:
    return Golden(None, {"zip": _ANYWHERE, "q": words}, "people", Expects.CARD, card, 0, because)


SHIPPED: tuple[Golden, ...] = (
    _words("cannot move leg after fall", "call-911", "A fall after which nobody can stand may be a broken hip."),
    _words("se cayó y no puede mover la pierna", "call-911", "The same in Spanish."),
    _words("hip popped out of the socket and I can't move", "call-911", "A hip that is out now."),
    _words("chest pain after hip surgery", "call-911", "It may be a clot in the lung."),
    _words("foot cold and blue after fall", "call-911", "Blood may not get through."),
    _words("my toddler won't walk", "go-today", "A child who will not walk may have an infected joint."),
    _words("fever and hip pain", "go-today", "It may be an infection of the joint."),
    _words("can't pee and numb between my legs", "go-today", "Nerves of the lower back may be pressed."),
    _words("pus from hip incision", "call-your-surgeon", "A wound that may be infected."),
    _words("I want to die", "suicidal-words", "The line 988 must be named."),
    Golden(
        None, {"zip": _ANYWHERE, "condition": "hip-dislocation"}, "people", Expects.CARD, "call-911", 0,
        "Whoever picks it from the list must see the card as well.",
    ),
    Golden(
        None, {"zip": _ANYWHERE, "q": "newborn hip out of socket"}, "people", Expects.NO_CARD, "", 0,
        "A baby's hip that was never in place is no case for 911.",
    ),
)  # fmt: skip


def golden_searches(connection: Connection) -> list[Golden]:
    """Return all golden searches: those that ship, then those of staff, the oldest first."""
    one = GoldenSearch
    rows = connection.execute(
        select(one.id, one.question, one.unit, one.expects, one.what, one.number, one.because).order_by(one.id)
    )
    return [*SHIPPED, *(Golden(*row) for row in rows)]


def add_golden(engine: Engine, wish: Golden, actor: str) -> Golden:
    """Keep a golden search; return it with its number.

    It may fail as things are: then it stops the next publication. Raises QuestionError where its question cannot be
    asked, DeskRefused (golden_malformed, golden_repeated) where it does not say what is expected.
    """
    wish = replace(
        wish,
        question={name: text.strip() for name, text in wish.question.items() if text.strip() and name not in LEFT_OUT},
        what=" ".join(wish.what.split()), because=" ".join(wish.because.split()),
    )  # fmt: skip
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    _check(wish, catalogue)
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        for other in golden_searches(connection):
            if replace(other, id=None, because="") == replace(wish, id=None, because=""):
                raise DeskRefused("golden_repeated", value=other.id or "that ships with the product")
        values = {name: value for name, value in vars(wish).items() if name != "id"}
        number = connection.execute(
            insert(GoldenSearch).values(**values, made_by=actor, made_at=now).returning(GoldenSearch.id)
        ).scalar_one()
        record(connection, now, actor, "add_golden", str(number), **_told(wish))
    return replace(wish, id=number)


def remove_golden(engine: Engine, number: int, actor: str) -> None:
    """Forget a golden search of staff. Raises DeskRefused (golden_missing)."""
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        found = {one.id: one for one in golden_searches(connection) if one.id is not None}
        if number not in found:
            raise DeskRefused("golden_missing", value=number)
        connection.execute(delete(GoldenSearch).where(GoldenSearch.id == number))
        record(connection, now, actor, "remove_golden", str(number), **_told(found[number]))


def cards(catalogue: Catalogue) -> Mapping[str, str]:
    """Return what a golden search may expect to be raised, by id, with its name: cards, then red flags."""
    shown = {key: body["heading_en"] for key, body in catalogue.entries["card"].items() if body.get("heading_en")}
    return shown | {key: key.replace("-", " ") for key in catalogue.entries["red_flag"] if key not in shown}


def _check(wish: Golden, catalogue: Catalogue) -> None:
    query = wish.query
    resolve_origin(query.zip, query.near)
    if query.who == "child" and query.age is None:
        raise QuestionError("age_missing")
    asked(catalogue, asking_of(query, ""))
    if wish.unit not in get_args(Unit):
        raise _malformed("unit", wish.unit, "people or places")
    if wish.expects in (Expects.FIRST, Expects.NEVER) and not (0 < len(wish.what) <= 250 and wish.what.isprintable()):
        raise _malformed("who", wish.what, "a public id such as place:main:hip, or a name or a part of one")
    if wish.expects is Expects.FIRST and not 1 <= wish.number <= MAX_LIMIT:
        raise _malformed("number", str(wish.number), f"a number from 1 to {MAX_LIMIT}")
    if wish.expects is Expects.AT_LEAST and not 1 <= wish.number <= COUNTED_UP_TO:
        raise _malformed("number", str(wish.number), f"a number from 1 to {COUNTED_UP_TO}")
    if wish.expects is Expects.CARD and wish.what not in cards(catalogue):
        raise _malformed("card", wish.what, f"one of: {', '.join(cards(catalogue))}")
    if len(wish.because) > LONGEST_REASON or not wish.because.isprintable():
        raise _malformed("because", wish.because, f"a line of up to {LONGEST_REASON} characters")


def _malformed(name: str, value: str, expected: str) -> DeskRefused:
    return DeskRefused("golden_malformed", name=name, value=value[:80], expected=expected)


def _told(golden: Golden) -> dict[str, object]:
    return {
        "question": dict(golden.question), "unit": golden.unit, "expects": golden.expects.value, "what": golden.what,
        "number": golden.number,
    }  # fmt: skip
