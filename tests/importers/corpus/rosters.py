"""People and their rows together: places that are not there, repeats, disagreements, whole names, and rosters."""

from __future__ import annotations

from tests.importers.corpus.entry import ADA, BEA, GOOD, HIP_SURGEON, PEOPLE_HEADER, Entry, Files, one, people, table

ROSTER = "npi full_name specialty facility_name address city state zip telephone"


def _of_people(name: str, what: str, files: Files, **more: object) -> Entry:
    return Entry(name, what, files, about="practitioners", **more)


def _rows(*rows: str) -> Files:
    return {"places.csv": GOOD, "people.csv": PEOPLE_HEADER + "".join(rows)}


ENTRIES = [
    _of_people(
        "place-unknown",
        "a person at a place that no row defines",
        _rows(ADA, ADA.replace("main", "moon"), BEA),
        accepted=2,
        refused=1,
        problems={"location_unknown": [3]},
        lands={"person_id": ["ada", "bea"]},
        everywhere=True,
    ),
    _of_people(
        "places-absent",
        "people without a list of places",
        one(PEOPLE_HEADER + ADA + BEA),
        source="another",
        refusal="import_without_rows",
        told={"section": "practitioners", "problem": "location_unknown", "row": 2},
    ),
    _of_people(
        "person-twice",
        "a person at one place twice, with the same facts and with others",
        _rows(ADA, ADA, ADA.replace("Fern", "Moss"), BEA),
        accepted=3,
        refused=1,
        problems={"row_repeated": [3], "key_repeated": [4]},
        lands={"family_name": ["Fern", "Reed"]},
    ),
    _of_people(
        "person-differs",
        "a person at two places whose facts differ: the later row is refused",
        _rows(ADA, ADA.replace("main", "north").replace("Fern", "Moss"), BEA),
        accepted=2,
        refused=1,
        problems={"person_differs": [3]},
        lands={"location_id": ["main", "north"], "family_name": ["Fern", "Reed"]},
    ),
    _of_people(
        "person-stated-once",
        "a fact of a person that only the first of their rows states, as lists for people to read have it",
        people(
            "person_id location_id fellowship", ("ada", "main", "Hip, 2015"), ("ada", "north", ""), ("bea", "north", "")
        ),
        accepted=3,
        lands={"location_id": ["main", "north", "north"], "fellowship": ["Hip, 2015", "Hip, 2015", ""]},
    ),
    _of_people(
        "person-with-a-cell-left-out",
        "a person at two places, whose number is no good on one of the rows: both places are kept",
        people("person_id location_id npi", ("ada", "main", "1234567893"), ("ada", "north", "1.23457E+09")),
        accepted=2,
        problems={"npi_rounded": [3]},
        lands={"location_id": ["main", "north"], "npi": ["1234567893"] * 2},
    ),
    _of_people(
        "full-names",
        "first and last name in one cell, in several orders",
        {
            "places.csv": GOOD,
            "people.csv": table(
                "person_id location_id full_name specialties",
                ("a", "main", "Ada Fern", HIP_SURGEON),
                ("b", "main", "Reed, Bea", HIP_SURGEON),
                ("c", "main", "SHAUN Q MCDONALD", HIP_SURGEON),
                ("d", "main", "Prince", HIP_SURGEON),
                ("e", "main", "", HIP_SURGEON),
                ("f", "main", "Dr. Cy Moss, MD", HIP_SURGEON),
            ),
        },
        accepted=4,
        refused=2,
        problems={"name_split": [2, 3, 4, 7], "full_name_malformed": [5], "required_empty": [6]},
        lands={
            "given_name": ["Ada", "Bea", "Shaun", "Cy"],
            "family_name": ["Fern", "Reed", "McDonald", "Moss"],
            "credentials": ["", "", "", "MD"],
        },
    ),
    Entry(
        "roster",
        "one list of people with the address of their place on each row",
        one(
            table(
                ROSTER,
                (
                    "1234567893",
                    "Ada Fern",
                    HIP_SURGEON,
                    "Quillmoor",
                    "1 Main St",
                    "Richmond",
                    "VA",
                    "23220",
                    "804-555-0100",
                ),
                (
                    "1234567893",
                    "Ada Fern",
                    HIP_SURGEON,
                    "Quillmoor North",
                    "7 Elm St",
                    "Richmond",
                    "VA",
                    "23226",
                    "804-555-0101",
                ),
                (
                    "1000000004",
                    "Bea Reed",
                    "Physical Therapist",
                    "QUILLMOOR",
                    "1 MAIN ST",
                    "RICHMOND",
                    "Virginia",
                    "23220.0",
                    "804-555-0102",
                ),
            )
        ),
        about="roster",
        accepted=3,
        everywhere=True,
        problems={"name_split": [2, 3, 4], "capitals_mended": [4, 4, 4], "state_mended": [4]},
        lands={
            "locations.name": ["Quillmoor", "Quillmoor North"],
            "locations.zip_code": ["23220", "23226"],
            "practitioners.family_name": ["Fern", "Fern", "Reed"],
            "practitioners.phone": ["804-555-0100", "804-555-0101", "804-555-0102"],
        },
    ),
    Entry(
        "roster-damaged",
        "such a list with rows that lack a place, a name, a state, or have a ZIP code of letters",
        one(
            table(
                ROSTER,
                ("1234567893", "Ada Fern", HIP_SURGEON, "Quillmoor", "1 Main St", "Richmond", "VA", "23220", ""),
                ("1000000004", "Bea Reed", HIP_SURGEON, "", "", "", "VA", "23220", ""),
                ("1000000012", "", HIP_SURGEON, "Alone", "5 Oak St", "Richmond", "VA", "23220", ""),
                ("1000000020", "Cy Moss", HIP_SURGEON, "Quillmoor", "1 Main St", "Richmond", "Atlantis", "23220", ""),
                ("1000000038", "Di Tansy", HIP_SURGEON, "Quillmoor", "1 Main St", "Richmond", "VA", "none", ""),
            )
        ),
        about="roster",
        accepted=1,
        refused=4,
        problems={
            "name_split": [2, 3, 5, 6],
            "required_empty": [3, 4],
            "state_unknown": [5],
            "zip_cell_malformed": [6],
        },
        lands={"locations.name": ["Quillmoor"], "practitioners.family_name": ["Fern"]},
    ),
]
