"""The sheet that a clinician reads and signs: which words lead to a row, who is shown first from three ZIP codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection

from finder.db.catalogue import Catalogue
from finder.db.conditions import Condition
from finder.db.reference import zip_points
from finder.errors import QuestionError
from finder.formats.wording import Wording
from finder.search import Index, SearchQuery, SearchResults, search
from finder.search.organizations import Host

_SHOWN = 3
# Where the directory has no place on the map.
_ELSEWHERE = ("10001", "60601", "90001")


@dataclass(frozen=True)
class Words:
    """Phrases of one sort, and what they do. `hidden` are those among them that are never suggested."""

    title: str
    what: str
    phrases: tuple[str, ...]
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class First:
    """Who is shown first from a ZIP code; a refusal where nothing can be asked from there."""

    zip_code: str
    results: SearchResults | None = None
    refusal: QuestionError | None = None


@dataclass(frozen=True)
class Facts:
    """What a row goes by, beside its words: each a label and lines."""

    lines: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def say(self, label: str, *told: str) -> None:
        """Add a line where there is something to say."""
        kept = tuple(one for one in told if one)
        if kept:
            self.lines.append((label, kept))


def usual_zips(index: Index) -> tuple[str, ...]:
    """Return three ZIP codes spread over the directory: near someone in its west, its middle and its east."""
    index = index.whole
    c = index.snapshot.columns
    points = c["place_point"][c["role_place"]]
    if not len(points):
        return _ELSEWHERE
    latitudes, longitudes = index.tree.at(points)
    order = np.argsort(longitudes, kind="stable")
    chosen = [order[min(len(order) - 1, len(order) * part // 6)] for part in (1, 3, 5)]
    found = [zip_points().nearest_area(float(latitudes[n]), float(longitudes[n]))[0].zip_code for n in chosen]
    return tuple(dict.fromkeys((*found, *_ELSEWHERE)))[:_SHOWN]


def words_that_lead(kind: str, body: Mapping[str, Any], catalogue: Catalogue, language: str) -> list[Words]:
    """Return the words by which a patient comes to a row in a language, in their sorts; none for a card."""
    found: list[Words] = []

    def add(title: str, what: str, phrases: Sequence[str], hidden: Sequence[str] = ()) -> None:
        if phrases:
            found.append(Words(title, what, tuple(phrases), frozenset(hidden)))

    if kind in ("condition", "procedure", "profile"):
        add("Phrases", "They may be suggested while someone types, but for those marked.", body.get(f"synonyms_{language}", ()), body.get("match_only", ()))  # fmt: skip
        add("Misspellings", "They lead here, and are never shown. They are for both languages.", body.get("misspellings", ()))  # fmt: skip
    if kind == "red_flag":
        add(
            "Phrases that raise it by themselves",
            "Unless the words before deny it.",
            body.get(f"phrases_{language}", ()),
        )
        needed = [_spelled(one, language) for one in body.get("context_required", ())]
        add("Weak phrases", f"They need one of: {', '.join(needed)}." if needed else "They need other words beside them.", body.get(f"needs_context_{language}", ()))  # fmt: skip
        add("Phrases about which the patient is asked first", "", body.get(f"ask_first_{language}", ()))
        combined = [" + ".join(_spelled(part, language) for part in one) for one in body.get("combinations", ())]
        add("Words that together mean it", "Each part by any of its words.", combined)
        add("Not with", "Beside these it is not meant.", [_spelled(one, language) for one in body.get(f"not_with_{language}", ())])  # fmt: skip
    if kind == "context_rule":
        of_rule = [_spelled(one, language) for one in body.get("if_any", ())]
        add("Beside one of these words", "", [*of_rule, *body.get(f"if_any_words_{language}", ())])
        add("Unless one of these is there", "", [_spelled(one, language) for one in body.get("unless_any", ())])
    for group in _groups(body):
        add(f"Words of the group {group.replace('_', ' ')}", "", catalogue.entries["word_group"].get(group, {}).get(language, ()))  # fmt: skip
    return found


def facts(kind: str, key: str, catalogue: Catalogue, w: Wording, body: Mapping[str, Any]) -> Facts:
    """Return what else a row goes by, in words: urgency, ages, procedures, groups."""
    told = Facts()

    def named(of: str, keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(w.entry(catalogue, of, one) for one in keys)

    if kind == "condition":
        told.say("Work that makes someone right for it", *named("procedure", body["defining_procedure_ids"]))
        told.say("Work that is used too, and lifts no one", *named("procedure", body["also_used_procedure_ids"]))
        told.say("Who usually treats it", *named("taxonomy", body["taxonomies"]["primary"]))
        told.say("Who may help", *named("taxonomy", body["taxonomies"]["secondary"]))
        told.say("Ages", *_ages(Condition(key, body), catalogue, w))
    if kind == "procedure":
        answers = body["answers_to_condition"]
        told.say("It answers to this problem, whose urgency and ages apply", w.entry(catalogue, "condition", answers))
        told.say("Only for children", "yes" if body["children_only"] else "")
    if kind in ("condition", "procedure"):
        told.say("Groups that are shown first", *named("role_group", body["opens_first"]))
    if kind == "red_flag":
        told.say("A closer flag speaks instead", *body.get("yields_to", ()))
        told.say("Line to call", str(body.get("phone", "")))
    if kind == "context_rule":
        targets = {**catalogue.entries["procedure"], **catalogue.entries["condition"]}
        names = [str(targets[one][f"name_{w.language}"]) for one in body["and_row_in"] if one in targets]
        told.say("Where the words seem to mean", *names)
        then = targets.get(body.get("then") or "")
        told.say("They are taken to mean instead", str(then[f"name_{w.language}"]) if then else "nothing else")
    if kind == "profile":
        targets = {**catalogue.entries["procedure"], **catalogue.entries["condition"]}
        for level, lines in body["lines"].items():
            told.say(f"It stands for: {level}", *(str(targets[one][f"name_{w.language}"]) for one in lines if one in targets))  # fmt: skip
    return told


def who_is_first(
    index: Index,
    connection: Connection,
    kind: str,
    key: str,
    zips: Sequence[str],
    today: dt.date,
    host: Host,
    language: str,
) -> list[First]:
    """Return who a search shows first from each ZIP code, in the edition in force; nothing for rows without a list."""
    asked = {"condition": {"condition": [key]}, "procedure": {"procedure": [key]}}.get(kind)
    if kind == "red_flag":
        phrases = index.catalogue.entries["red_flag"].get(key, {}).get(f"phrases_{language}", ())
        asked = {"q": [phrases[0]]} if phrases else None
    if asked is None or (kind != "red_flag" and key not in index.works):
        return []
    found = []
    for one in zips:
        try:
            query = SearchQuery.parse({"zip": [one], "limit": [str(_SHOWN)], **asked}, "people")
            found.append(First(one, search(index, connection, query, today, host)))
        except QuestionError as refusal:
            found.append(First(one, refusal=refusal))
    return found


def _spelled(part: Any, language: str) -> str:
    """Return a word, the words of which any will do, or the name of a group of words."""
    if isinstance(part, dict):
        return f"({', '.join(part[language])})"
    return f"[{part[1:].replace('_', ' ')}]" if part.startswith("@") else str(part)


def _groups(body: Mapping[str, Any]) -> list[str]:
    """Return the groups of words that a row names, each once."""
    named: list[Any] = []
    for field_of in ("context_required", "if_any", "unless_any", "not_with_en", "not_with_es"):
        named += body.get(field_of, ())
    named += [part for one in body.get("combinations", ()) for part in one]
    return list(dict.fromkeys(one[1:] for one in named if isinstance(one, str) and one.startswith("@")))


def _ages(condition: Condition, catalogue: Catalogue, w: Wording) -> list[str]:
    """Return what changes with the patient's age, each in a sentence."""
    body, told = condition.body, []
    for band in body["age_bands"]:
        ages = f"From {band['age_from']} to {band['age_to']} years:"
        if band.get("redirect"):
            told.append(f"{ages} it is taken to be {w.entry(catalogue, 'condition', band['redirect'])}.")
            continue
        if band.get("primary"):
            told.append(f"{ages} usually treated by {w.listed(w.entry(catalogue, 'taxonomy', one) for one in band['primary'])}.")  # fmt: skip
        if band.get("role_groups_first"):
            told.append(f"{ages} first are {w.listed(w.entry(catalogue, 'role_group', one) for one in band['role_groups_first'])}.")  # fmt: skip
    if body["exclude_taxonomies"]:
        whom = w.listed(w.entry(catalogue, "taxonomy", one) for one in body["exclude_taxonomies"])
        under = f"Under {body['exclude_under_age']} years" if body["exclude_under_age"] else "For a child"
        told.append(f"{under}, these are left out: {whom}.")
    if body["minimum_age_stated"]:
        told.append("For a child, people whose ages are not stated stand in a list of their own: call first.")
    told.append(f"Note on ages: {body['age_note']}" if body["age_note"] else "")
    return told
