"""Small directories as files, and whole looks into a database, for tests of several floors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from finder.db import TABLES
from finder.importers.templates import SECTIONS, template_csv

LOCATIONS_HEADER = "location_id,name,organization,kind,state,zip_code,latitude,longitude,emergency_department"
PRACTITIONERS_HEADER = "person_id,location_id,given_name,family_name,specialties"
HIP_SURGEON = "207XX0005X"


def template_files(folder: Path) -> list[Path]:
    """Write the five templates, which are good files of one directory, and return their paths."""
    folder.mkdir(exist_ok=True)
    return [write(folder / f"{name}.csv", template_csv(section)) for name, section in SECTIONS.items()]


def write(path: Path, *lines: str) -> Path:
    """Write lines to a file and return its path."""
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def locations(path: Path, *rows: str) -> Path:
    """Write a file of locations under the short header."""
    return write(path, LOCATIONS_HEADER, *rows)


def practitioners(path: Path, *rows: str) -> Path:
    """Write a file of practitioners under the short header."""
    return write(path, PRACTITIONERS_HEADER, *rows)


def marked_directory(folder: Path, mark: str, places: int = 60) -> list[Path]:
    """Write a directory around Richmond in which every name of a place and a person ends in `mark`."""
    folder.mkdir(exist_ok=True)
    numbers = range(places)
    return [
        locations(
            folder / "locations.csv",
            *(
                f"place{n},Clinic {n} {mark},Clinics,clinic,VA,23220,{37.5 + n / 500},{-77.4 - n / 700},"
                for n in numbers
            ),
        ),
        practitioners(
            folder / "practitioners.csv",
            *(f"person{n},place{n},Ada,Fern {mark},{HIP_SURGEON}" for n in numbers),
        ),
        write(
            folder / "capabilities.csv",
            "person_id,location_id,condition_or_procedure,level",
            *(f"person{n},,labral-tear,main_focus" for n in numbers if n % 2),
        ),
    ]


def whole_database(engine: Engine, *without: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table but those named, to be compared with the same later."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in TABLES.sorted_tables
            if table.name not in without
        }
