"""What the specialties of someone usually bring with them, and what they themselves do not state: things to ask."""

from __future__ import annotations

from finder.db.catalogue import Catalogue
from finder.search.details import profile_of
from finder.search.results import PractitionerView, RoleView
from finder.search.treats import Basis, Rung, Standing, judge


def usual_unstated(catalogue: Catalogue, person: PractitionerView, role: RoleView) -> tuple[str, ...]:
    """Return the conditions that people of these specialties usually treat, where this one says neither yes nor no.

    In the catalogue's order. What is an emergency is left out: nobody should call a clinic to ask about that.
    """
    profile = profile_of(person, role)
    found = (
        (key, judge(condition, profile))
        for key, condition in catalogue.conditions.items()
        if condition.urgency.get("level") != "emergency"
    )
    return tuple(
        key
        for key, stands in found
        if isinstance(stands, Standing) and stands.rung is Rung.USUAL and stands.basis is Basis.SPECIALTY
    )
