"""Measure the import against the sqlite3 shell's own .import of the same rows, all in one run.

Rows are made up round real ZIP codes, every column filled as a careful hospital fills it.
Prints the best of several rounds, and ratios.
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.checker import BATCH_ROWS, Checker, _Reader, collector_paused
from finder.importers.headers import Fit, fit
from finder.importers.pipeline import import_files
from finder.importers.records import Known, Records
from finder.importers.report import Problem
from finder.importers.rows import Limits, tables
from finder.importers.templates import LOCATIONS, PRACTITIONERS, Section
from finder.importers.vocabulary import Vocabulary

_ROUNDS = 5
_STREETS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper", "Laurel", "Maple")
_KINDS = ("Street", "Road", "Avenue", "Boulevard", "Lane")
_GIVEN = (
    "Ada",
    "Bram",
    "Cleo",
    "Dov",
    "Esme",
    "Finn",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Leif",
    "Mara",
    "Nils",
)
_FAMILY = ("Alderton", "Birchwood", "Clovermere", "Dewberry", "Elmsworth", "Fernhollow", "Gorsebank", "Heatherby")
_SPECIALTIES = ("207X00000X", "207XS0114X", "207XX0005X", "225100000X", "2251X0800X", "208100000X")
_HOURS = ("Mon-Fri 8:00-17:00", "Mon-Thu 8:00-18:00; Fri 8:00-12:00", "Mon-Sat 7:00-19:00", "")


def write_files(folder: Path, roles: int, seed: int) -> list[Path]:
    """Write a quarter as many places as roles, and the roles, as the templates have them; return both files."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    points = [
        point for point in zip_points().values() if point.latitude and point.state not in ("PR", "GU", "VI", "AS", "MP")
    ]
    places = roles // 4

    def locations(number: int) -> dict[str, str]:
        point = chance.choice(points)
        latitude, longitude = float(point.latitude or 0), float(point.longitude or 0)
        street = f"{chance.randrange(1, 9999)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}"
        return {
            "location_id": f"place-{number}", "name": f"{chance.choice(_STREETS)} Hip Clinic {number}",
            "organization": f"{chance.choice(_STREETS)} Health", "kind": chance.choice(("clinic", "hospital")),
            "address": street, "address_2": f"Suite {chance.randrange(1, 900)}", "city": point.city,
            "state": point.state, "zip_code": point.zip_code, "phone": f"804-555-{number % 10000:04}",
            "website": f"https://example.org/places/{number}",
            "latitude": f"{latitude + chance.uniform(-0.01, 0.01):.6f}",
            "longitude": f"{longitude + chance.uniform(-0.01, 0.01):.6f}", "position_source": "entrance, by hand",
            "hours": chance.choice(_HOURS), "step_free": "yes", "lift": "yes", "accessible_parking": "yes",
            "interpreter": chance.choice(("yes", "")), "verified_on": f"2026-10-{chance.randrange(1, 30):02}",
        }  # fmt: skip

    def practitioners(number: int) -> dict[str, str]:
        return {
            "person_id": f"person-{number}", "location_id": f"place-{chance.randrange(places)}", "npi": npi(number),
            "given_name": chance.choice(_GIVEN), "middle_name": chance.choice("ABCDEF"),
            "family_name": f"{chance.choice(_FAMILY)}", "credentials": "MD",
            "gender": chance.choice(("woman", "man")), "specialties": chance.choice(_SPECIALTIES),
            "languages": chance.choice(("en", "en; es")), "fellowship": "Hip preservation, 2015", "board_certified": "yes",
            "profile_url": f"https://example.org/people/{number}", "phone": f"804-555-{number % 10000:04}",
            "days": chance.choice(("Mon, Wed", "Tue, Thu", "Mon-Fri")), "accepting_new_patients": "yes",
            "referral_needed": "yes", "telehealth": chance.choice(("yes", "no")), "telehealth_states": "VA; NC",
            "youngest_age": "14", "booking_url": f"https://example.org/book/{number}",
            "verified_on": f"2026-10-{chance.randrange(1, 30):02}",
        }  # fmt: skip

    made = []
    for section, count, row in ((LOCATIONS, places, locations), (PRACTITIONERS, roles, practitioners)):
        path = folder / f"{section.name}.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [column.name for column in section.columns], restval="")
            writer.writeheader()
            writer.writerows(row(number) for number in range(count))
        made.append(path)
    return made


def npi(number: int) -> str:
    """Return a made-up NPI: it begins with 2, as none in use does, and its check digit is right."""
    digits = f"2{number:08}"
    total = 24 + sum(int(d) for d in digits[1::2]) + sum(2 * int(d) - 9 * (int(d) > 4) for d in digits[::2])
    return f"{digits}{-total % 10}"


def clocked(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def sqlite_shell(files: list[Path], folder: Path) -> None:
    """Load the files with the sqlite3 shell, one table of text columns each."""
    target = folder / "shell.db"
    target.unlink(missing_ok=True)
    commands = [".mode csv", *(f".import {path} {path.stem}" for path in files)]
    shell = shutil.which("sqlite3")
    if shell is None:
        sys.exit("The yardstick is the sqlite3 shell: install the package sqlite3.")
    subprocess.run([shell, str(target)], input="\n".join(commands), text=True, check=True, capture_output=True)


def fits_of(files: list[Path]) -> list[Fit]:
    """Open the files and fit their headers."""
    return [fit(table) for path in files for table in tables(path, Limits())]


def read_and_check(files: list[Path], vocabulary: Vocabulary) -> int:
    """Read every row, check it and make its records; return how many were accepted."""
    problems: list[Problem] = []
    records, accepted = Records(vocabulary, Known()), 0
    with collector_paused():
        for one in fits_of(files):
            checker = Checker(one, vocabulary, records, problems.append)
            for _batch in checker.batches():
                pass
            accepted += checker.count.accepted
    return accepted


def dearest(files: list[Path], vocabulary: Vocabulary) -> list[tuple[str, float]]:
    """Return the microseconds a row that each check takes by itself, dearest first."""
    spent: dict[str, float] = {}
    gc.disable()
    for one, section in zip(fits_of(files), (LOCATIONS, PRACTITIONERS), strict=True):
        begun = time.perf_counter()
        rows = [cells for _number, cells in one.rows]
        spent[f"{section.name}: reading the file"] = (time.perf_counter() - begun) / len(rows)
        spent |= _columns(one, section, rows, vocabulary)
        problems: list[Problem] = []
        records = Records(vocabulary, Known(locations={f"place-{n}": (0, 0) for n in range(len(rows))}) if section is PRACTITIONERS else Known())  # fmt: skip
        checker = Checker(fits_of(files)[0 if section is LOCATIONS else 1], vocabulary, records, problems.append)
        taken = 0.0

        def timed(*arguments: object, make: Callable[..., None] = checker._make) -> None:
            nonlocal taken
            begun = time.perf_counter()
            make(*arguments)
            taken += time.perf_counter() - begun

        setattr(checker, "_make", timed)  # noqa: B010
        for _batch in checker.batches():
            pass
        spent[f"{section.name}: against the rows before"] = taken / len(rows)
    return sorted(((name, 1e6 * seconds) for name, seconds in spent.items()), key=lambda item: -item[1])


def _columns(one: Fit, section: Section, rows: list[list[str]], vocabulary: Vocabulary) -> dict[str, float]:
    spent = {}
    for place, column in enumerate(one.columns):
        if column is not None:
            reader = _Reader(column, [0], vocabulary)
            begun = time.perf_counter()
            for start in range(0, len(rows), BATCH_ROWS):
                reader.values(reader.texts([tuple(row[place] for row in rows[start : start + BATCH_ROWS])]))
            spent[f"{section.name}: {column.name}"] = (time.perf_counter() - begun) / len(rows)
    return spent


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(prog="scripts/bench import", description=__doc__)
    parser.add_argument("--roles", type=int, default=20_000, help="rows of practitioners; places are a quarter of it")
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_files(folder, given.roles, given.seed)
        rows = given.roles + given.roles // 4
        print(
            f"{given.roles // 4:,} places and {given.roles:,} roles, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, seed {given.seed}"
        )
        base = open_engine(f"sqlite:///{folder / 'empty.db'}")
        set_up(base, folder, demo=False)
        with base.connect() as connection:
            vocabulary = Vocabulary.read(connection)
        base.dispose()
        spent: dict[str, list[float]] = defaultdict(list)
        # In turns, so that whatever else the machine does meets all alike.
        for number in range(_ROUNDS):
            spent["shell"].append(clocked(lambda: sqlite_shell(files, folder)))
            spent["check"].append(clocked(lambda: read_and_check(files, vocabulary)))
            target = folder / f"whole{number}.db"
            shutil.copy(folder / "empty.db", target)
            engine = open_engine(f"sqlite:///{target}")
            spent["whole"].append(clocked(lambda engine=engine: import_files(engine, files, "bench")))  # type: ignore[misc]
            activate(engine, "bench", None, "bench")
            begun = time.perf_counter()
            report = import_files(engine, files, "bench")
            spent["again"].append(time.perf_counter() - begun)
            engine.dispose()
        problems = sum(report.problem_counts.values())
        yardstick = min(spent["shell"])

        def line(what: str, seconds: float) -> None:
            ratio = yardstick / seconds
            print(f"{what:44} {seconds * 1e3:8.0f} ms {seconds / rows * 1e6:7.1f} µs a row {ratio:6.2f} x")

        line("sqlite3 .import", yardstick)
        line("read + check", min(spent["check"]))
        line("whole import into the real schema", min(spent["whole"]))
        line("the same again, compared with the active one", min(spent["again"]))
        print(
            f"problems found: {problems:,}; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; {os.cpu_count()} cores"
        )
        print("the ten dearest checks, each by itself:")
        for check, microseconds in dearest(files, vocabulary)[:10]:
            print(f"  {microseconds:6.2f} µs a row  {check}")


if __name__ == "__main__":
    main()
