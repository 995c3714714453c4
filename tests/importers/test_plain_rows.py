"""Rows that need no closer look are made many at a time, and come out as those made one by one."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.importers import checker, plain_rows
from finder.importers.vocabulary import Vocabulary
from tests.importers.checked import check
from tests.sample_files import HIP_SURGEON

PLAIN_PLACES = st.lists(
    st.tuples(
        st.sampled_from([*(f"place{n}" for n in range(30)), ""]), st.sampled_from(["Fern Clinic", "FERN CLINIC"]),
        st.sampled_from(["", "Quillmoor Health", "Other"]), st.sampled_from(["1 Elm Road", "2 Elm Road"]),
        st.sampled_from(["37.55", "37.56", "37.57", "-77.46", ""]), st.sampled_from(["-77.46", "-77.47"]),
        st.sampled_from(["by hand", "by hand", "ZIP"]), st.sampled_from(["", "yes"]),
        st.sampled_from(["", "2026-01-01", "2026-02-01"]), st.sampled_from(["", "", "2026-01-15"]),
    ).map(lambda row: [*row[:4], "VA", "23220", *row[4:]]), max_size=30,
)  # fmt: skip
PLAIN_PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([*(f"p{n}" for n in range(30)), ""]), st.sampled_from(["main", "north", "south", "moon"]),
        st.sampled_from([*[""] * 30, "1234567893", "1003000126"]), st.sampled_from([*["Ada"] * 30, "Bea"]),
        st.sampled_from([*["Fern"] * 30, ""]), st.sampled_from([*[""] * 30, "Fern Ada"]), st.just(HIP_SURGEON),
        st.sampled_from(["", "yes"]), st.sampled_from(["", "14"]), st.sampled_from(["", "18", "18", "12"]),
        st.sampled_from([*[""] * 30, "yes"]),
    ).map(list), max_size=60,
)  # fmt: skip


PERSON_COLUMNS = "person_id,location_id,npi,given_name,family_name,full_name,specialties,telehealth,youngest_age,oldest_age,remove"  # fmt: skip


def is_the_same_one_by_one(
    folder: Path,
    vocabulary: Vocabulary,
    places: list[list[str]],
    people: list[list[str]],
    person_columns: str = PERSON_COLUMNS,
) -> None:
    good = [[key, key, "", "9 Oak Road", "VA", "23220", *[""] * 6] for key in ("main", "north", "south")]
    place_columns = "location_id,name,organization,address,state,zip_code,latitude,longitude,position_source,emergency_department,listed_from,listed_until"  # fmt: skip
    files = []
    for name, header, rows in (("p", place_columns, [*good, *places]), ("q", person_columns, people)):
        files.append(folder / f"{name}.csv")
        with open(files[-1], "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header.split(","), *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checker, "AT_ONCE", {})
        one_by_one = check(vocabulary, *files)
    for part in (1, 4, 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain_rows, "_PART_ROWS", part)
            assert check(vocabulary, *files) == one_by_one


@settings(max_examples=100)
@given(places=PLAIN_PLACES, people=PLAIN_PEOPLE)
def test_rows_made_at_once_are_those_made_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary, places: list[list[str]], people: list[list[str]]
) -> None:
    is_the_same_one_by_one(tmp_path_factory.mktemp("rows"), vocabulary, places, people)


@pytest.mark.parametrize(
    "rows",
    [
        ["a,main,1234567893,Ada,Fern,,,,,", "b,main,1234567893,Ada,Fern,,,,,"],
        ["a,main,1234567893,Ada,Fern,,,,,", "a,north,1234567893,Ada,Fern,,yes,,,"],
        ["a,main,1234567893,Ada,Fern,,,,,", ",north,1234567893,Ada,Fern,,,,,"],
        ["a,main,,Ada,Fern,,,,,", "a,north,,Bea,Fern,,,,,"],
        ["a,main,,Ada,Fern,,,,,", "a,main,,Ada,Fern,,,,,"],
        ["a,main,,Ada,Fern,,,,,", "a,main,,Ada,Fern,,yes,,,"],
        ["a,main,,,,Ada Fern,,,,", "b,main,,Ada,,,,,,"],
        ["a,main,,Ada,Fern,Ada Fern MD,,,,", "b,main,,Bea,Fern,,,,,"],
        [",main,,Ada,Fern,,,,,", "b,moon,,Ada,Fern,,,,,"],
        ["a,main,,Ada,Fern,,,80,18,", "b,main,,Ada,Fern,,,,18,", "c,main,,Ada,Fern,,,,,yes"],
    ],
)
def test_people_who_are_plain_each_by_themselves(tmp_path: Path, vocabulary: Vocabulary, rows: list[str]) -> None:
    others = [f"other{n},south,,Ada,Fern,,,,14," for n in range(5)]
    cells = [row.split(",") for row in [*others, *rows]]
    is_the_same_one_by_one(tmp_path, vocabulary, [], [[*row[:6], HIP_SURGEON, *row[6:]] for row in cells])


def test_whole_names_one_of_which_is_empty(tmp_path: Path, vocabulary: Vocabulary) -> None:
    rows = [["a", "main", "Ada Fern", HIP_SURGEON], ["b", "main", "", HIP_SURGEON]]
    is_the_same_one_by_one(tmp_path, vocabulary, [], rows, "person_id,location_id,full_name,specialties")


@pytest.mark.parametrize(
    "rows",
    [
        ["a,A,Fern Health,1 Elm Road,37.55,-77.46,,yes", "b,B,Fern Health,2 Elm Road,37.55,-77.46,,"],
        ["a,A,Fern Health,1 Elm Road,37.55,-77.46,,yes", "b,B,Other,1 ELM ROAD,37.55,-77.46,,no"],
        ["a,A,Fern Health,1 Elm Road,37.55,-77.46,,yes", "a,A,Fern Health,1 Elm Road,37.55,-77.46,,yes"],
        ["a,A,Fern Health,1 Elm Road,37.55,-77.46,ZIP 23220,", "b,B,,2 Elm Road,37.55,77.46,,"],
        ["a,A,Fern Health,1 Elm Road,37.55,-77.46,,", "b,B,,2 Elm Road,,-77.46,,", "c,C,,2 Elm Road,0,0,,"],
    ],
)
def test_places_that_are_plain_each_by_themselves(tmp_path: Path, vocabulary: Vocabulary, rows: list[str]) -> None:
    others = [f"other{n},Other,,3 Elm Road,37.5{n},-77.45,," for n in range(5)]
    cells = [row.split(",") for row in [*others, *rows]]
    places = [[*row[:4], "VA", "23220", *row[4:], "", ""] for row in cells]
    is_the_same_one_by_one(tmp_path, vocabulary, places, [])
