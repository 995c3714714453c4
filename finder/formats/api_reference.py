"""What API version 1 says beside searches and listings: ZIP codes, the catalogue, organizations, the edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from finder.db.catalogue import Catalogue
from finder.db.conditions import Condition
from finder.db.reference import STATES
from finder.formats import api_v1, problems
from finder.formats.wording import Wording
from finder.search.organizations import Organizations
from finder.search.origin import Origin
from finder.search.snapshot import Snapshot

_MOST_NAMES = 6


def zip_code(origin: Origin, words: Wording) -> dict[str, Any]:
    """Return where a ZIP code is, how exactly that is known, and the same as (name, text) for people."""
    return {
        **api_v1.origin(origin, words),
        "state_name": STATES[origin.state][1] if origin.state in STATES else origin.state,
        "facts": [{"name": name, "text": text} for name, text in words.origin_facts(origin)],
    }


def conditions(catalogue: Catalogue, words: Wording) -> list[dict[str, Any]]:
    """Return ids and names of all conditions."""
    return [{"id": key, "name": one.name(words.language)} for key, one in catalogue.conditions.items()]


def condition(
    found: Condition, catalogue: Catalogue, words: Wording, *, reviewed: bool, organization: str
) -> dict[str, Any]:
    """Return one condition; `reviewed` where clinicians of the hospital, called `organization`, have approved it."""
    urgency, defining = found.urgency, found.body["defining_procedure_ids"]
    done = (*defining, *found.body["also_used_procedure_ids"])
    return {
        "id": found.id,
        "name": found.name(words.language),
        "other_names": list(problems.other_names(found, words)),
        "urgency": {
            "level": urgency["level"], "card": urgency["card"], "asks_now_or_treated": urgency["ask_now_or_treated"],
            "message": urgency[f"message_{words.language}"],
        },
        "groups": list(found.opens_first()),
        "who_treats": [
            {"who": one.who, "specialties": list(one.specialties), "may_help": one.may_help}
            for one in problems.who_treats(found, catalogue, words)
        ],
        "procedures": [
            {"id": key, "name": words.entry(catalogue, "procedure", key), "defining": key in defining}
            for key in dict.fromkeys(done)
        ],
        "rare_work": found.level_first,
        "reviewed": reviewed,
        "review_note": None if reviewed else _review_note(organization, words),
    }  # fmt: skip


def procedures(catalogue: Catalogue, words: Wording) -> list[dict[str, Any]]:
    """Return ids and names of all procedures, each with the condition that it answers to."""
    return [
        {"id": key, "name": words.entry(catalogue, "procedure", key), "condition": body["answers_to_condition"]}
        for key, body in catalogue.entries["procedure"].items()
    ]


def procedure(key: str, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    """Return one procedure."""
    body = catalogue.entries["procedure"][key]
    name, answers_to = words.entry(catalogue, "procedure", key), body["answers_to_condition"]
    hidden = {name.casefold(), *(text.casefold() for text in body.get("match_only", ()))}
    names = [one for one in body.get(f"synonyms_{words.language}", ()) if one.casefold() not in hidden]
    return {
        "id": key, "name": name, "other_names": names[:_MOST_NAMES],
        "condition": {"id": answers_to, "name": words.entry(catalogue, "condition", answers_to)},
        "groups": list(body["opens_first"]), "children_only": body["children_only"],
        "fact_of_a_place": body["fact_of_a_place"],
    }  # fmt: skip


def organizations(known: Organizations, words: Wording) -> list[dict[str, Any]]:
    """Return the organizations of an edition, each with what it tells patients."""
    return [_organization(key, known, words) for key in sorted(known.names)]


def edition(snapshot: Snapshot, *, is_demo: bool, activated: Mapping[int, dt.datetime]) -> dict[str, Any]:
    """Return what is in force, and since when; `activated` says so of each source's dataset."""
    return {
        "since": snapshot.built_at.isoformat(), "demo": is_demo,
        "sources": [
            {
                "name": one.name, "version": one.version, "demo": one.is_demo,
                "activated_at": _moment(activated.get(one.dataset_id)),
            }
            for one in snapshot.sources
        ],
    }  # fmt: skip


def _organization(key: str, known: Organizations, words: Wording) -> dict[str, Any]:
    view, area = known.view(key), known.area_said(key)
    return {
        "id": key, "name": view.name, "phone": view.phone or None, "hours": view.hours or None,
        "links": _links(((one.label_es if words.language == "es" else one.label_en), one.url) for one in view.links),
        "serves": area and {
            "states": list(area["states"]), "radius_miles": area["radius_miles"], "drawn_area": area["area"],
        },
    }  # fmt: skip


def _links(some: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "url": url} for label, url in some]


def _review_note(organization: str, words: Wording) -> str:
    if organization:
        return words("General information, not yet reviewed by {organization}'s clinicians.", organization=organization)
    return words("General information, not yet reviewed by this hospital's clinicians.")


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
