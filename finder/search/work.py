"""What can be asked for: a condition to be treated, or a procedure to be done."""

from __future__ import annotations

from dataclasses import dataclass

from finder.db.catalogue import Catalogue
from finder.db.conditions import Condition, Rules


@dataclass(frozen=True)
class Work:
    """A condition, or a procedure with the condition that it answers to. `opens` are the groups of a procedure."""

    id: str
    condition: Condition
    procedure: str | None = None
    opens: tuple[str, ...] = ()

    @property
    def variants(self) -> tuple[Rules, ...]:
        """All the rules that some age (or none) brings, each once."""
        return self.condition.variants

    @property
    def level_first(self) -> bool:
        """True where those who say they do it come before those who usually do: rare work, and any procedure."""
        return self.procedure is not None or self.condition.level_first

    @property
    def is_rare(self) -> bool:
        """True for work that the catalogue knows few to do, so that near and far are no matter at first."""
        return self.condition.level_first

    def opens_first(self, age: int | None) -> tuple[str, ...]:
        """Return the role groups that are shown first to a patient of an age (years, None: not known)."""
        return self.opens if self.procedure else self.condition.opens_first(age)


def works(catalogue: Catalogue) -> dict[str, Work]:
    """Return everything that can be asked for, by id: conditions, then procedures, each in the catalogue's order."""
    found = {name: Work(name, condition) for name, condition in catalogue.conditions.items()}
    for name, body in catalogue.entries["procedure"].items():
        condition = catalogue.conditions.get(body["answers_to_condition"])
        if condition is not None and name not in found:
            found[name] = Work(name, condition, name, tuple(body["opens_first"]))
    return found
