"""What the search needs to know of a condition, and how it changes with the patient's age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

CHILD_UNDER = 16  # the catalogue's minimum_age_stated.patient_age_under, the same on all its rows
OLDEST = 120


@dataclass(frozen=True)
class Rules:
    """Who may be listed for a condition at an age. Sets hold NUCC codes.

    `primary` usually treat it and `secondary` may help. `only_if_ages_stated` count as primary only with stated ages.
    For a `child`, `trusted` are listed without stated ages, others only if they state ages, and ages under
    `child_under`; `excluded` never.
    """

    primary: frozenset[str]
    secondary: frozenset[str]
    only_if_ages_stated: frozenset[str]
    child: bool
    trusted: frozenset[str]
    excluded: frozenset[str]
    child_under: int


@dataclass(frozen=True)
class Condition:
    """A condition of the catalogue; `body` is the whole entry, `childrens` the specialties that see children."""

    id: str
    body: Mapping[str, Any]
    childrens: frozenset[str] = frozenset()

    @cached_property
    def defining(self) -> frozenset[str]:
        """Procedures whose performing makes someone right for this condition."""
        return frozenset(self.body["defining_procedure_ids"])

    @cached_property
    def also_used(self) -> frozenset[str]:
        """Procedures that are used too, and lift no one."""
        return frozenset(self.body["also_used_procedure_ids"])

    @cached_property
    def organization_taxonomies(self) -> frozenset[str]:
        """NUCC codes of kinds of places for follow-up care."""
        return frozenset(self.body["organization_taxonomies"])

    @property
    def level_first(self) -> bool:
        """True for rare work, where those who say they do it come before those who usually do."""
        return bool(self.body["order"] == "level_first")

    @property
    def urgency(self) -> Mapping[str, Any]:
        """The row's urgency: level, card, card_form, ask_now_or_treated, messages."""
        urgency: Mapping[str, Any] = self.body["urgency"]
        return urgency

    def name(self, language: str) -> str:
        """Return the name in "en" or "es"."""
        return str(self.body[f"name_{language}"])

    def opens_first(self, age: int | None = None) -> tuple[str, ...]:
        """Return the role groups that are shown first to a patient of an age (years, None: not known)."""
        return tuple(self._band(age).get("role_groups_first") or self.body["opens_first"])

    def redirect(self, age: int | None) -> str | None:
        """Return the condition that is meant at this age instead, or None."""
        found: str | None = self._band(age).get("redirect")
        return found

    def rules(self, age: int | None = None) -> Rules:
        """Return who may be listed for a patient of an age in years; None where it is not known.

        A child is anyone under 16, and on a child's row also one whose age is not known.
        """
        if age not in self._rules:
            self._rules[age] = self._rules_at(age)
        return self._rules[age]

    @cached_property
    def _rules(self) -> dict[int | None, Rules]:
        return {}

    def _rules_at(self, age: int | None) -> Rules:
        row, band = self.body, self._band(age)
        childs_row = row["minimum_age_stated"] is not None
        child = age < CHILD_UNDER if age is not None else childs_row
        under = row["exclude_under_age"]
        excluded = row["exclude_taxonomies"] if (age < under if age is not None and under else child) else ()
        trusted = row["minimum_age_stated"]["listed_without_stated_ages"] if childs_row else self.childrens
        return Rules(
            frozenset(band.get("primary") or row["taxonomies"]["primary"]),
            frozenset(row["taxonomies"]["secondary"]),
            frozenset(band.get("only_if_ages_stated_include") or ()),
            child,
            frozenset(trusted) if child else frozenset(),
            frozenset(excluded),
            self._childs_ages_end if child and age is None else CHILD_UNDER,
        )

    @cached_property
    def _childs_ages_end(self) -> int:
        """Under which age a child is who has this, where the row says it: hip dysplasia of a baby is of no teenager."""
        ends: list[int] = [band["age_to"] + 1 for band in self.body["age_bands"] if not band.get("redirect")]
        return min([*ends[-1:], CHILD_UNDER])

    @cached_property
    def variants(self) -> tuple[Rules, ...]:
        """All the rules that some age (or none) brings, each once."""
        return tuple(dict.fromkeys([self.rules(), *(self.rules(age) for age in range(OLDEST + 1))]))

    def _band(self, age: int | None) -> Mapping[str, Any]:
        bands = self.body["age_bands"] if age is not None else ()
        return next((band for band in bands if band["age_from"] <= (age or 0) <= band["age_to"]), {})
