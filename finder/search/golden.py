"""Golden searches: questions whose answers are known, asked of an edition before patients see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from finder.db.golden import Expects
from finder.errors import QuestionError
from finder.search.answer import search
from finder.search.filters import Unit
from finder.search.hosting import NOBODY
from finder.search.index import Index
from finder.search.organizations import Host
from finder.search.query import MAX_LIMIT, MAX_OFFSET, SearchQuery
from finder.search.results import Match, SearchResults

# What came instead is told by so many names.
_TOLD = 5
_IDS = ("npi:", "person:", "place:", "role:")


@dataclass(frozen=True)
class Golden:
    """A question, as public parameters are typed, and what must come of it; `id` is None for what we ship."""

    id: int | None
    question: Mapping[str, str]
    unit: Unit
    expects: Expects
    what: str = ""
    number: int = 0
    because: str = ""

    @property
    def query(self) -> SearchQuery:
        """The question. Raises QuestionError where it cannot be read."""
        return SearchQuery.parse({name: [value] for name, value in self.question.items()}, self.unit)


@dataclass(frozen=True)
class Outcome:
    """Whether a golden search holds, and what came: names, a number, or cards; `refusal` where it was not answered."""

    golden: Golden
    holds: bool
    came: tuple[str, ...]
    refusal: QuestionError | None = None


def outcomes(
    index: Index, connection: Connection, searches: Iterable[Golden], today: dt.date, host: Host = NOBODY
) -> list[Outcome]:
    """Ask an edition every golden search, in order; `host` says whose finder it is."""
    return [_outcome(index, connection, one, today, host) for one in searches]


def _outcome(index: Index, connection: Connection, golden: Golden, today: dt.date, host: Host) -> Outcome:
    def ask(query: SearchQuery) -> SearchResults:
        return search(index, connection, query, today, host)

    try:
        query = golden.query
        if golden.expects is Expects.FIRST:
            listed = _listed(ask(replace(query, limit=min(golden.number, MAX_LIMIT))))
            return Outcome(golden, any(_is(one, golden.what) for one in listed), _names(listed))
        if golden.expects is Expects.NEVER:
            found = [one for one in _everyone(ask, query) if _is(one, golden.what)]
            return Outcome(golden, not found, _names(found))
        if golden.expects is Expects.AT_LEAST:
            number = ask(replace(query, limit=1)).within_asked
            return Outcome(golden, number >= golden.number, (str(number),))
        answer = ask(replace(query, limit=1))
    except QuestionError as refusal:
        return Outcome(golden, False, (), refusal)
    shown = tuple(dict.fromkeys(one for one in (answer.card, *(n.code for n in answer.notices)) if one))
    holds = golden.what in shown if golden.expects is Expects.CARD else answer.card is None
    return Outcome(golden, holds, shown)


def _listed(answer: SearchResults) -> list[Match]:
    return [match for one in answer.lists for match in one.matches]


def _everyone(ask: object, query: SearchQuery) -> Iterator[Match]:
    """Yield all that an answer's pages would show, those beside its lists too."""
    for offset in range(0, MAX_OFFSET + MAX_LIMIT, MAX_LIMIT):
        answer: SearchResults = ask(replace(query, limit=MAX_LIMIT, offset=offset))  # type: ignore[operator]
        if not offset:
            yield from (*answer.by_video, *answer.walk_in, *answer.emergency_departments)
        listed = _listed(answer)
        yield from listed
        if len(listed) < MAX_LIMIT:
            return


def _is(match: Match, what: str) -> bool:
    """Return whether a match is what a public id or a name, or a part of one, stands for."""
    places = (match.location, *match.other_places)
    if what.startswith(_IDS):
        ids = [one.public_id for one in (match.practitioner, match.role, *places) if one]
        return what in ids
    names = [match.practitioner.name] if match.practitioner else []
    names += [text for place in places for text in (place.name, place.organization)]
    wanted = _plain(what)
    return any(wanted in _plain(name) for name in names)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("\u2019", "'").split())


def _names(matches: Sequence[Match]) -> tuple[str, ...]:
    told = (
        f"{match.practitioner.name} at {match.location.name}" if match.practitioner else match.location.name
        for match in matches
    )  # fmt: skip
    return tuple(dict.fromkeys(told))[:_TOLD]
