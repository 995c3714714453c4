"""Made-up directories of any size, as the CSV files a hospital would send: crowded points, several places, dates."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, update

from finder.db.catalogue import Catalogue
from finder.db.datasets import Source
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.importers.pipeline import import_files

# Days round which people come and go, so that questions of several weeks find different lists.
DAY_ONE = dt.date(2026, 11, 2)
_KINDS = ("clinic", "hospital", "critical_access", "childrens", "therapy", "psychiatric", "veterans", "military", "")
_LEVELS = ("main_focus", "performs", "treats", "refers", "does_not")
ORGANIZATIONS, PLANS = ("Alder Health", "Birch Health", "Cedar Care"), ("Blue Plan", "Medicare")
_STATED = ("yes", "no", "", "")
_TELEHEALTH = (
    {"telehealth": "", "telehealth_states": ""}, {"telehealth": "no", "telehealth_states": ""},
    {"telehealth": "yes", "telehealth_states": ""}, {"telehealth": "yes", "telehealth_states": "VA; MD; CA; TX"},
)  # fmt: skip
_WITHOUT_POINT = ("32076", "09012", "96201")


class MadeUp:
    """Writes and loads one made-up source."""

    def __init__(
        self, catalogue: Catalogue, seed: int, *, places: int, people: int, spread: int, speaking: float = 1.0
    ) -> None:
        """`spread` is the number of ZIP codes of its places; `speaking` the share of roles that say what they treat."""
        self._draw = random.Random(seed)
        # A dice of its own, so that what people say of themselves changes nothing of who is where.
        self._say = random.Random(f"{seed}: facts")
        self._phone = random.Random(f"{seed}: phone")
        self._seed = seed
        self._speaking = speaking
        self._catalogue = catalogue
        located = [point for point in zip_points().values() if point.latitude is not None]
        # Few ZIP codes for many places: those without a position of their own share the ZIP code's point.
        self._zips = self._draw.sample(located, spread)
        self.place_rows = [self._place(number) for number in range(places)]
        self.role_rows = [row for number in range(people) for row in self._person(number)]
        self.capability_rows = self._capabilities()
        self.service_rows = self._services()
        self.plan_rows = self._plans()

    def load(self, engine: Engine, folder: Path, source: str, *, priority: int = 10) -> None:
        """Import and activate all sections as a source."""
        sections = {
            "locations": self.place_rows,
            "practitioners": self.role_rows,
            "capabilities": self.capability_rows,
            "services": self.service_rows,
            "plans": self.plan_rows,
        }
        paths = [write(folder / f"{source}-{name}.csv", rows) for name, rows in sections.items()]
        report = import_files(engine, paths, source)
        assert all(count.refused == 0 for count in report.sections.values())
        with engine.begin() as connection:
            connection.execute(update(Source).where(Source.name == source).values(priority=priority))
        activate(engine, source, None, "test")

    def _place(self, number: int) -> dict[str, Any]:
        point = self._draw.choice(self._zips)
        own = self._draw.random() < 0.25
        listed = self._dates(0.05)
        return {
            "location_id": f"p{number}",
            "name": f"Place {number}",
            "kind": self._draw.choice(_KINDS),
            "state": point.state,
            "zip_code": self._draw.choice(_WITHOUT_POINT) if number % 97 == 5 else point.zip_code,
            # A quarter have a position of their own, on a grid so coarse that some of these coincide too.
            "latitude": round(point.latitude, 1) if own and number % 97 != 5 else "",
            "longitude": round(point.longitude, 1) if own and number % 97 != 5 else "",
            "emergency_department": self._draw.choice(("yes", "no", "")),
            "organization": self._say.choice(("", *ORGANIZATIONS)),
            "step_free": self._say.choice(_STATED),
            "interpreter": self._say.choice(_STATED),
            "phone_languages": self._phone.choice(("", "", "English", "English; Spanish", "es; vi")),
            "listed_from": listed[0],
            "listed_until": listed[1],
        }

    def _person(self, number: int) -> list[dict[str, Any]]:
        specialties = [code for body in self._catalogue.role_groups.values() for code in body["taxonomies"]]
        who = {
            "person_id": f"d{number}",
            "npi": npi(number) if self._draw.random() < 0.5 else "",
            "family_name": f"Person{number}",
            **self._facts(number),
            "specialties": ";".join(self._draw.sample(specialties, self._draw.choice((1, 1, 2)))),
        }
        rows = []
        for place in self._draw.sample(self.place_rows, min(len(self.place_rows), self._draw.choice((1, 2, 3)))):
            listed, ages = self._dates(0.1), self._draw.choice((("", ""), ("", ""), (0, 18), (14, ""), (18, 90)))
            rows.append(
                {
                    **who,
                    "location_id": place["location_id"],
                    "youngest_age": ages[0],
                    "oldest_age": ages[1],
                    "works_with": self._draw.choice(("", "Dr. Test")),
                    "accepting_new_patients": self._say.choice(_STATED),
                    "referral_needed": self._say.choice(_STATED),
                    **self._say.choice(_TELEHEALTH),
                    "listed_from": listed[0],
                    "listed_until": listed[1],
                }
            )
        return rows

    def _facts(self, number: int) -> dict[str, str]:
        """Return what two sources may say, or leave open, of one person; the name is not always written alike."""
        choices: dict[str, tuple[str, ...]] = {
            "given_name": ("Test", "Test", "Test", "Testa"),
            "middle_name": ("", "", "Ann", "Lee"),
            "suffix": ("", "", "Jr."),
            "credentials": ("", "MD", "DO"),
            "gender": ("", "", "woman", "man", "other"),
            "languages": ("", "", "Spanish", "French; Spanish"),
            "fellowship": ("", f"Hips, by source {self._seed}"),
            "board_certified": ("", "", "yes", "no"),
            "profile_url": ("", f"https://example.org/{self._seed}/{number}"),
        }
        return {name: self._say.choice(values) for name, values in choices.items()}

    def _capabilities(self) -> list[dict[str, Any]]:
        targets = [*self._catalogue.conditions, *self._catalogue.entries["procedure"]]
        said: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self.role_rows[: int(len(self.role_rows) * self._speaking)]:
            # Half of all say that they do one kind of rare work, so that a list of those alone can be overfull.
            mine = ["labral-tear"] * (self._draw.random() < 0.5) + self._draw.sample(targets, 2)
            for target in mine:
                place = row["location_id"] if self._draw.random() < 0.4 else ""
                level = self._draw.choice(_LEVELS[:3] if target == "labral-tear" else _LEVELS)
                said[row["person_id"], place, target] = self._capability(row["person_id"], place, target, level)
        for place in self._draw.sample(self.place_rows, len(self.place_rows) // 4):
            target = self._draw.choice(targets)
            key = "", place["location_id"], target
            said[key] = self._capability("", place["location_id"], target, self._draw.choice(_LEVELS))
        return list(said.values())

    @staticmethod
    def _capability(person: str, place: str, target: str, level: str) -> dict[str, Any]:
        return {"person_id": person, "location_id": place, "condition_or_procedure": target, "level": level}

    def _services(self) -> list[dict[str, Any]]:
        return [
            {
                "location_id": place["location_id"],
                "service": "emergency",
                "offered": self._draw.choice(("yes", "no", "")),
                "open_24_hours": self._draw.choice(("yes", "no", "")),
            }
            for place in self._draw.sample(self.place_rows, max(1, len(self.place_rows) // 3))
        ] + [
            {"location_id": place["location_id"], "service": "walk_in_xray", "offered": self._say.choice(("yes", "no"))}
            for place in self._say.sample(self.place_rows, max(1, len(self.place_rows) // 3))
        ]

    def _plans(self) -> list[dict[str, Any]]:
        return [
            {"organization": organization, "plan": plan, "accepts": self._say.choice(("yes", "no"))}
            for organization in ORGANIZATIONS
            for plan in PLANS
            if self._say.random() < 0.7
        ]

    def _dates(self, share: float) -> tuple[str, str]:
        """Return a first and a last day, both empty but for a share of rows."""
        if self._draw.random() >= share:
            return "", ""
        first = DAY_ONE + dt.timedelta(days=self._draw.randrange(-40, 40))
        last = first + dt.timedelta(days=self._draw.randrange(0, 40))
        return self._draw.choice(((first.isoformat(), ""), ("", last.isoformat()), (str(first), str(last))))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a CSV file with a header; return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def npi(number: int) -> str:
    """Return the NPI of a number: its check digit is Luhn's over 80840 and the nine digits before it."""
    nine = f"1{number:08d}"
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in reversed(nine[::-2]))
    single = sum(int(digit) for digit in nine[-2::-2])
    return nine + str(-(24 + doubled + single) % 10)
