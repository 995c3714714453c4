"""The two read doors: `search` for a question, `listing` for one person or place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from finder.db.conditions import Condition
from finder.errors import QuestionError
from finder.geo import METRES_PER_MILE
from finder.search.asking import Asked, asking_of, meant
from finder.search.candidates import Answers, Candidate
from finder.search.details import profile_of
from finder.search.facts import ASKABLE, OF_PLACES, YES
from finder.search.filters import Wanted
from finder.search.heard import Heard, heard
from finder.search.hosting import NOBODY, Hosting, counted, far_m, own_in_force, own_reach_m
from finder.search.index import Index
from finder.search.listings import Details
from finder.search.matches import matches
from finder.search.names import NamesFound, rows_named
from finder.search.organizations import Host
from finder.search.origin import Origin, resolve_origin
from finder.search.query import RADII, USUAL_RADIUS, SearchQuery
from finder.search.results import (
    COUNTED_UP_TO,
    LocationListing,
    Match,
    PractitionerListing,
    PractitionerView,
    ResultList,
    RoleView,
    SearchResults,
)
from finder.search.treats import Refusal, Standing, judge
from finder.search.work import Work

_ENOUGH = 3
_EMERGENCY_DEPARTMENTS, _BY_VIDEO, _WALK_IN = 3, 3, 3
_WALK_IN_MILES = 50.0
_EMERGENCY_MILES = 100.0  # farther ones are no help, and would only keep someone from calling
_CHILDRENS_MILES = 50.0
_CHILD_UNDER, _GROWN_UP = 16, 18


def search(
    index: Index,
    connection: Connection,
    query: SearchQuery,
    today: dt.date,
    host: Host = NOBODY,
    *,
    with_choices: bool = False,
) -> SearchResults:
    """Answer one question over one edition.

    Distances are metres along the geodesic from the point of the ZIP code or town. Where fewer than three people or
    places lie within the radius, the next larger radius is taken, at last any distance. `host` says whose finder it is.
    Where only the patient's own words say what is wrong, what they are taken to say is searched for; words that are
    not about the hip get no list. `with_choices` has what else could be asked for counted. Raises QuestionError for a
    ZIP code, town, point, condition or procedure that cannot be used, and for a child whose age is not told.
    """
    origin = resolve_origin(query.zip, query.near)
    if query.who == "child" and query.age is None:
        raise QuestionError("age_missing")
    words = heard(index, query)
    meaning = words.query
    named = rows_named(connection, index, meaning.name, meaning.unit) if meaning.name else None
    own = own_in_force(index, host)
    what = index.asked(asking_of(meaning, origin.state, tuple(named.numbers.tolist()) if named else None, own))
    wide = not query.radius_given and what.work is not None and what.work.is_rare
    if wide:
        query, words = replace(query, radius=None), replace(words, query=replace(meaning, radius=None))
    found = _Search(index, connection, query, words, today, origin, what)
    if words.refused:
        return found.refusal()
    answer = found.results(named, Hosting(index, origin, host, own, today), wide)
    return replace(answer, choices=found.choices(answer.radius_miles)) if with_choices else answer


def listing(
    index: Index, connection: Connection, public_id: str, today: dt.date
) -> PractitionerListing | LocationListing:
    """Return the listing of a person (`npi:`, `person:`) or a place (`place:`). Raises ListingMissing."""
    details = Details(connection, index)
    if public_id.startswith("place:"):
        return details.location(public_id, today)
    return details.practitioner(public_id, today)


def explain(
    index: Index, connection: Connection, public_id: str, condition: str, age: int | None, today: dt.date
) -> list[tuple[RoleView, PractitionerView, Standing | Refusal]]:
    """Return, for each place a person is listed at, where they stand on a condition at an age, or why they do not.

    Raises ListingMissing for an unknown person, QuestionError for an unknown condition.
    """
    condition_meant = meant(index.catalogue, condition, age)
    found = Details(connection, index).practitioner(public_id, today)
    person = found.practitioner
    return [(role, person, judge(condition_meant, profile_of(person, role), age)) for role in found.roles]


class _Search:
    """One question on its way to its answer."""

    def __init__(
        self,
        index: Index,
        connection: Connection,
        asked: SearchQuery,
        words: Heard,
        today: dt.date,
        origin: Origin,
        what: Asked,
    ) -> None:
        self._index, self._query, self._today = index, words.query, today
        self._details = Details(connection, index)
        self._asked, self._words, self._origin, self._what = asked, words, origin, what
        self._lists: dict[Wanted, Answers] = {}

    def refusal(self) -> SearchResults:
        """Return an answer without a list, to words that are not about the hip; what is urgent stays."""
        return self._answer(
            condition=None, procedure=None, redirected_from=None, groups=(), radius_miles=self._query.radius,
            widened=False, within_asked=0, lists=(ResultList("all", 0, ()),), refused=True, **self._emergency(None),
        )  # fmt: skip

    def results(self, named: NamesFound | None, hosting: Hosting, wide: bool) -> SearchResults:
        """Return the answer; `wide` where the search went any distance from the start."""
        query, what, index = self._query, self._what, self._index
        everyone, radius = self._answers(what.everyone), query.radius
        within_asked = len(everyone.within(_metres(radius), COUNTED_UP_TO))
        nearest = (
            [one.distance_m for one in everyone.first(_ENOUGH)]
            if within_asked < _ENOUGH or query.radius is None
            else []
        )
        if within_asked < _ENOUGH:
            radius = _wide_enough(radius, nearest)
        lists = tuple(self._result_lists(radius))
        # Rare work that is far away is no reason to keep from someone who could be seen from home.
        near = sum(metres <= USUAL_RADIUS * METRES_PER_MILE for metres in nearest) if wide else within_asked
        condition = what.condition or (meant(index.catalogue, query.condition, query.age) if query.condition else None)
        return self._answer(
            condition=what.condition.id if what.condition else None,
            procedure=what.work.procedure if what.work else None, redirected_from=what.typed, groups=what.groups,
            radius_miles=radius, widened=radius != query.radius, within_asked=within_asked,
            lists=lists, **self._emergency(condition), walk_in=self._walk_in(condition),
            by_video=self._by_video() if near < _ENOUGH else (),
            name_nearly=bool(named and not named.exact), name_too_many=bool(named and named.too_many),
            started_wide=wide, far_m=far_m(nearest), own=hosting.own, outside_area=hosting.outside_area(query),
            line=hosting.line(query) if near < _ENOUGH and not (named and nearest) else None,
        )  # fmt: skip

    def choices(self, radius_miles: float | None) -> tuple[tuple[str, str, int], ...]:
        """Return what else could be asked of those within a radius, and how many of them say so."""
        state, unit = self._origin.state, self._query.unit
        facts = [fact for fact in ASKABLE if fact[0] in OF_PLACES or unit == "people"]
        if state and unit == "people":
            facts.append(("telehealth", state))
        everyone, kept = self._answers(self._what.everyone), self._index.choices_anywhere
        # Of those who are all counted it is the same from everywhere in the state.
        is_same = radius_miles is None and everyone.are_at_most(COUNTED_UP_TO)
        key = self._what.everyone, state, self._today
        if is_same and (known := kept.get(key)):
            return known
        rows = everyone.rows_within(_metres(radius_miles), COUNTED_UP_TO)
        counts = self._index.count_stated(facts, unit, rows)
        found = tuple((*fact, count) for fact, count in zip(facts, counts, strict=True))
        if is_same and self._what.everyone.only is None:
            kept.put(key, found)
        return found

    def _answer(self, **found: Any) -> SearchResults:
        """Return an answer with what is said of every question. It says what was asked, not what was made of it."""
        index, words = self._index, self._words
        return SearchResults(
            query=self._asked, edition=index.edition, built_at=index.snapshot.built_at, is_demo=index.is_demo,
            today=self._today, origin=self._origin, understanding=words.understanding, notices=words.notices,
            stage=words.query.stage, **found,
        )  # fmt: skip

    def _emergency(self, condition: Condition | None) -> dict[str, Any]:
        """Return the card, and what goes with it: that of the words' notice, else of the condition's row."""
        notice = self._words.first_with_card
        row = condition.urgency if condition else {}
        card, form, asks = row.get("card"), row.get("card_form"), bool(row.get("ask_now_or_treated"))
        if self._query.stage == "treated":
            card = None
        if notice:
            card, form, asks = notice.card, notice.card_form, notice.asks_now_or_treated
        return {
            "card": card, "card_form": form if card else None, "asks_now_or_treated": asks,
            "emergency_departments": self._emergency_departments() if card else (),
        }  # fmt: skip

    def _answers(self, wanted: Wanted) -> Answers:
        if wanted not in self._lists:
            here = self._origin.latitude, self._origin.longitude
            self._lists[wanted] = self._index.answers(*here, wanted, self._today)
        return self._lists[wanted]

    def _result_lists(self, radius_miles: float | None) -> Iterable[ResultList]:
        """Yield the lists. A list that opens and is empty gives way to the next that opens.

        Pages go through the lists one after the other: where one ends, the next begins.
        """
        before: list[Wanted] = []
        opening = self._what.opening
        shown = False
        begins, room = 0, self._query.limit
        for name, fillings in (opening | self._what.others).items():
            found = self._result_list(name, fillings, radius_miles, before, begins, room)
            before += [one for one in fillings if not self._is_own(one)]
            begins += found.total
            room -= len(found.matches)
            if found.total or name not in opening or (name == list(opening)[-1] and not shown):
                shown = True
                yield found

    def _result_list(
        self,
        name: str,
        fillings: tuple[Wanted, ...],
        radius_miles: float | None,
        before: list[Wanted],
        begins: int,
        limit: int,
    ) -> ResultList:
        """Fill one page of a list from one kind after the other; nobody stands in two lists, or twice in one.

        Whoever stands with the own organization is among everyone too, and is left out there.
        """
        radius_m, offset = _metres(radius_miles), max(0, self._query.offset - begins)
        page: list[Candidate] = []
        counts: list[int] = []
        earlier, own = list(before), set[int]()
        for wanted in fillings:
            is_own = self._is_own(wanted)
            reach_m = own_reach_m(radius_m) if is_own else radius_m
            answers = self._answers(wanted)
            near, taken = self._counted(wanted, answers, earlier, own, reach_m, radius_m)
            passed = max(0, offset - sum(counts))
            room = limit - len(page)
            if room and len(near) > passed:
                k, looked_at = min(passed + room, len(near)), taken.union(near)
                some = answers.first(k, taken)
                # Where counting stopped, the nearest may be others than those that were counted.
                while (
                    more := self._standing(
                        [one.subject for one in some if one.subject not in looked_at], earlier, radius_m
                    )
                    - taken
                ):
                    taken = taken | more
                    some = answers.first(k, taken)
                page += some[passed:]
            counts.append(len(near))
            if is_own:
                own.update(answers.all_within(reach_m))
            else:
                earlier.append(wanted)
        first_rank = self._query.offset + self._query.limit - limit + 1
        found = self._matches(self._query, self._what.work, page, first_rank)
        told = counted(fillings, counts, self._what.own_first)
        return ResultList(name, min(sum(counts), COUNTED_UP_TO), found, begins=begins, **told)

    def _counted(
        self,
        wanted: Wanted,
        answers: Answers,
        earlier: list[Wanted],
        own: set[int],
        reach_m: float | None,
        radius_m: float | None,
    ) -> tuple[list[int], set[int]]:
        """Return who is counted of a list, and who is left out of it since they stand in an earlier one."""
        is_same_everywhere = reach_m is None and not own and wanted.only is None
        key = wanted, tuple(earlier), self._today
        if is_same_everywhere and (known := self._index.anywhere.get(key)):
            return known
        taken = set(own)
        near = answers.within(reach_m, COUNTED_UP_TO, taken)
        while more := self._standing(near, earlier, radius_m) - taken:
            taken |= more
            near = answers.within(reach_m, COUNTED_UP_TO, taken)
        if is_same_everywhere:
            self._index.anywhere.put(key, (near, taken))
        return near, taken

    def _is_own(self, wanted: Wanted) -> bool:
        return self._what.own_first is not None and wanted.organization == self._what.own_first

    def _standing(self, subjects: list[int], lists: list[Wanted], radius_m: float | None) -> set[int]:
        return self._index.standing(subjects, lists, self._origin.point, radius_m, self._today)

    def _matches(
        self, query: SearchQuery, work: Work | None, page: list[Candidate], first_rank: int = 1
    ) -> tuple[Match, ...]:
        return matches(self._index, self._details, query, work, page, first_rank, self._today)

    def _by_video(self) -> tuple[Match, ...]:
        """Return the nearest who say that they see patients of the origin's state by video, however far they are."""
        query, everyone = self._query, self._what.everyone
        if query.unit == "places" or query.telehealth or query.stage == "now" or not self._origin.state:
            return ()
        video = replace(everyone, facts=(*everyone.facts, ("telehealth", self._origin.state)), tier=YES)
        return self._matches(query, self._what.work, self._answers(video).first(_BY_VIDEO))

    def _emergency_departments(self) -> tuple[Match, ...]:
        """Return the nearest stated emergency departments; for a child, a children's hospital first if it is near.

        Whoever is known to be grown up is sent to none.
        """
        wanted = Wanted("places", emergency=True)
        answers, childrens = self._answers(wanted), self._answers(replace(wanted, childrens=True))
        age = self._query.age
        if age is not None and age < _CHILD_UNDER:
            first = [one for one in childrens.first(1) if one.distance_m <= _CHILDRENS_MILES * METRES_PER_MILE]
            others = [one for one in answers.first(_EMERGENCY_DEPARTMENTS) if one not in first]
            near = [*first, *others][:_EMERGENCY_DEPARTMENTS]
        else:
            grown_up = age is not None and age >= _GROWN_UP
            left_out = childrens.all_within(_EMERGENCY_MILES * METRES_PER_MILE) if grown_up else ()
            near = answers.first(_EMERGENCY_DEPARTMENTS, left_out)
        near = [one for one in near if one.distance_m <= _EMERGENCY_MILES * METRES_PER_MILE]
        places = replace(self._query, unit="places")
        return self._matches(places, None, near)

    def _walk_in(self, condition: Condition | None) -> tuple[Match, ...]:
        """Return the nearest walk-in clinics that say they have X-ray, for what should be looked at today.

        After surgery it is the surgeon who is called.
        """
        levels = {one.level for one in self._words.notices}
        row = condition.urgency if condition and not levels else {"level": "same-day" if levels == {"same-day"} else ""}
        if row["level"] != "same-day" or row.get("card") or self._query.stage == "treated":
            return ()
        places = replace(self._query, unit="places")
        wanted = Wanted("places", facts=(("walk_in", "yes"),), tier=YES)
        near = [
            one for one in self._answers(wanted).first(_WALK_IN) if one.distance_m <= _WALK_IN_MILES * METRES_PER_MILE
        ]
        return self._matches(places, None, near)


def _wide_enough(asked_miles: float | None, nearest_m: list[float]) -> float | None:
    """Return the smallest radius from the one asked for upwards that holds enough, None where none does."""
    if asked_miles is None or len(nearest_m) < _ENOUGH:
        return None
    wider = (asked_miles, *(float(miles) for miles in RADII if miles > asked_miles))
    return next((miles for miles in wider if nearest_m[-1] <= miles * METRES_PER_MILE), None)


def _metres(miles: float | None) -> float | None:
    return None if miles is None else miles * METRES_PER_MILE
