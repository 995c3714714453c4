"""Find rows of a version that are still the examples of the templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select

from finder.db.datasets import Outcome
from finder.db.directory import Location, Practitioner
from finder.importers.report import Problem
from finder.importers.templates import LOCATIONS, PRACTITIONERS, Section

EXAMPLE_ROW = "example_row"


def example_rows(connection: Connection, dataset_id: int, sections: Collection[str]) -> Iterator[Problem]:
    """Yield a note for each place and person of a dataset's `sections` that has the id and name of an example.

    It asks once for the few ids that the templates have, so that no row of an import pays for it.
    """
    place, person = Location, Practitioner
    if "locations" in sections:
        known = _examples(LOCATIONS, "location_id", "name")
        asked = select(place.key, place.name).where(place.dataset_id == dataset_id, place.key.in_(known))
        for key, name in connection.execute(asked.order_by(place.id)):
            if known[key] == name:
                yield _note("locations", "location_id", key, name)
    if "practitioners" in sections:
        known = _examples(PRACTITIONERS, "person_id", "given_name", "family_name")
        people = select(person.key, person.given_name, person.family_name)
        asked_of = people.where(person.dataset_id == dataset_id, person.key.in_(known))
        for key, given, family in connection.execute(asked_of.order_by(person.id)):
            if known[key] == f"{given} {family}":
                yield _note("practitioners", "person_id", key, known[key])


def _examples(section: Section, key: str, *names: str) -> dict[str, str]:
    """Return the name of each example of a template, by its id."""
    columns = {column.name: column.examples for column in section.columns}
    return {one: " ".join(columns[name][row] for name in names) for row, one in enumerate(columns[key])}


def _note(section: str, column: str, key: str, name: str) -> Problem:
    return Problem(section, 0, column, key, EXAMPLE_ROW, {"name": name}, Outcome.NOTED)
