"""The hip problems as pages show them: in plain groups, by the names that people use, with who treats them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from finder.db.catalogue import Catalogue
from finder.db.conditions import OLDEST, Condition
from finder.formats.wording import Wording

_MOST_NAMES = 6
# By how it began, which is what patients know. Each problem that ships stands in one; a hospital's own come last.
GROUPS: dict[str, tuple[str, ...]] = {
    "injury": (
        "hip-dislocation", "hip-fracture", "acetabular-fracture", "pelvis-fracture", "hip-muscle-strain",
        "groin-strain-sports-hernia", "hamstring-tear",
    ),
    "slow": (
        "hip-osteoarthritis", "trochanteric-pain", "inflammatory-arthritis", "avascular-necrosis",
        "hip-stress-fracture", "thigh-pain-on-bone-medicine", "sciatica-back", "thigh-numbness", "groin-hernia",
        "hip-pain-pregnancy",
    ),
    "clicks": (
        "labral-tear", "hip-impingement", "hip-dysplasia", "cartilage-damage", "snapping-hip", "hip-instability",
    ),
    "young": (
        "ddh-infant", "child-limp", "scfe", "perthes", "teen-hip-avulsion", "child-hip-cerebral-palsy",
    ),
    "surgery": (
        "hip-replacement-problem", "hip-replacement-dislocation", "hip-replacement-fracture",
        "hip-replacement-infection", "clot-after-surgery", "post-surgery-problem", "bone-not-healing", "hip-rehab",
    ),
    "unsure": ("hip-pain", "hip-joint-infection", "cancer-or-unexplained"),
}  # fmt: skip


class Group(NamedTuple):
    """Problems under one heading. `key` is "own" for those that are the hospital's."""

    key: str
    heading: str
    conditions: tuple[Condition, ...]


class Kinds(NamedTuple):
    """Who treats a problem: a role group or ages in words, and the kinds of specialist in it.

    `may_help` where none of the group usually treats it.
    """

    who: str
    specialties: tuple[str, ...]
    may_help: bool = False


def groups(catalogue: Catalogue, w: Wording) -> tuple[Group, ...]:
    """Return all problems of a catalogue, each once, without groups that hold none."""
    headings = {
        "injury": w("Sudden injury"), "slow": w("Pain that came on slowly"), "clicks": w("Clicks, catches or slips"),
        "young": w("Babies, children and teens"), "surgery": w("After hip surgery"), "unsure": w("Not sure"),
        "own": w("Other"),
    }  # fmt: skip
    placed = {key for keys in GROUPS.values() for key in keys}
    own = tuple(key for key in catalogue.conditions if key not in placed)
    found = (
        Group(name, headings[name], tuple(catalogue.conditions[key] for key in keys if key in catalogue.conditions))
        for name, keys in {**GROUPS, "own": own}.items()
    )
    return tuple(group for group in found if group.conditions)


def how_soon(level: str, w: Wording) -> str:
    """Return how soon to get care, as the heading over a problem's message."""
    told = {
        "emergency": w("This is an emergency"), "same-day": w("Get it looked at today"), "soon": w("Make an appointment soon"),
        "routine": w("Most often, it can wait for an appointment"),
    }  # fmt: skip
    return told[level]


def other_names(condition: Condition, w: Wording) -> tuple[str, ...]:
    """Return what else people call a problem, without what is only for matching: slips, and words that are no name."""
    hidden = {
        condition.name(w.language).casefold(),
        *(text.casefold() for text in condition.body.get("match_only", ())),
    }
    names = condition.body.get(f"synonyms_{w.language}", ())
    return tuple(name for name in names if name.casefold() not in hidden)[:_MOST_NAMES]


def who_treats(condition: Condition, catalogue: Catalogue, w: Wording) -> tuple[Kinds, ...]:
    """Return who treats a problem: the groups that open first, then who takes their place at other ages.

    A group holds the kinds that usually treat it, else those that may help. Nobody is named whom a search leaves out.
    """
    usual = condition.rules()
    by_group = []
    for group in condition.opens_first():
        treat = _named(usual.primary - usual.excluded, group, catalogue, w)
        help_too = _named(usual.secondary - usual.excluded, group, catalogue, w)
        by_group.append(Kinds(w.entry(catalogue, "role_group", group), treat or help_too, not treat))
    by_age = []
    for band in condition.body["age_bands"]:
        youngest, oldest = band["age_from"], band["age_to"]
        rules = condition.rules(youngest)
        if band.get("redirect") or rules.primary == usual.primary:
            continue
        ages = w("Ages {youngest} and up", youngest=youngest) if oldest >= OLDEST else w("Ages {youngest} to {oldest}", youngest=youngest, oldest=oldest)  # fmt: skip
        by_age.append(Kinds(ages, _named(rules.primary - rules.excluded, None, catalogue, w)))
    return (*by_group, *(one for one in by_age if one.specialties))


def _named(codes: Collection[str], group: str | None, catalogue: Catalogue, w: Wording) -> tuple[str, ...]:
    """Return the names of specialties, in the catalogue's order; of one role group, or of all."""
    bodies = catalogue.role_groups
    order: Iterable[str] = bodies[group]["taxonomies"] if group else (c for one in bodies.values() for c in one["taxonomies"])  # fmt: skip
    names = [w.entry(catalogue, "taxonomy", code) for code in order if code in codes]
    # Several that differ only by what they trained in first are one to a patient.
    stems = Counter(name.partition(" (")[0] for name in names)
    alike = (stem if stems[stem := name.partition(" (")[0]] > 1 else name for name in names)
    return tuple(dict.fromkeys(alike))
