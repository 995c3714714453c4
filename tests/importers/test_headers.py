"""Headers: which section a table is, by whatever name its columns go, and what is said of the rest."""

from __future__ import annotations

import itertools

import pytest

from finder.errors import FileRefused
from finder.importers.headers import Fit, fit
from finder.importers.rows import ReceivedFile, Table
from finder.importers.templates import SECTIONS, template_csv


def table(*header: str, sheet: str = "") -> Table:
    return Table(ReceivedFile("file.csv", b""), sheet, list(header), iter(()), "utf-8", ",")


def fitted(*header: str, sheet: str = "", ignore_unknown: bool = False) -> Fit:
    return fit(table(*header, sheet=sheet), ignore_unknown=ignore_unknown)


def refused(*header: str, sheet: str = "") -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        fitted(*header, sheet=sheet)
    return refusal.value


@pytest.mark.parametrize("name", SECTIONS)
def test_every_template_fits_its_own_section(name: str) -> None:
    header = template_csv(SECTIONS[name]).splitlines()[0].split(",")
    found = fitted(*header)
    assert found.section.name == name
    assert [column.name for column in found.columns.values()] == header
    assert found.ignored == []


@pytest.mark.parametrize("name", SECTIONS)
def test_the_required_columns_alone_are_enough(name: str) -> None:
    section = SECTIONS[name]
    assert fitted(*section.required).section.name == name


@pytest.mark.parametrize("name", SECTIONS)
def test_no_synonym_means_two_columns(name: str) -> None:
    names = [
        one
        for column in SECTIONS[name].columns
        for one in {synonym.replace("_", " ") for synonym in (*column.synonyms, column.name)}
    ]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_synonym_is_understood(name: str) -> None:
    section = SECTIONS[name]
    for column in section.columns:
        for synonym in column.synonyms:
            others = [other for other in section.required if other != column.name]
            found = fitted(*others, synonym.upper().replace(" ", "_"), sheet=name)
            assert found.columns[len(others)].name == column.name


def test_headers_are_read_loosely_and_in_any_order() -> None:
    header = (" ZIP-Code* ", "\ufeffFacility ID", "STATE:", "Hospital_Name")
    for order in itertools.permutations(header):
        found = fitted(*order)
        assert {order[place]: column.name for place, column in found.columns.items()} == dict(
            zip(header, ("zip_code", "location_id", "state", "name"), strict=True)
        )


def test_empty_headers_are_passed_over() -> None:
    found = fitted("location_id", "", "name", "state", "zip_code", " ")
    assert list(found.columns) == [0, 2, 3, 4]


def test_unknown_columns_are_named_with_the_nearest() -> None:
    wrong = refused("location_id", "name", "state", "zip_code", "adress", "moon phase")
    assert wrong.code == "columns_unknown"
    assert wrong.params["columns"] == [["adress", "address"], ["moon phase"]]
    found = fitted("location_id", "name", "state", "zip_code", "adress", "moon phase", ignore_unknown=True)
    assert found.ignored == ["adress", "moon phase"]


def test_refusals_by_code() -> None:
    assert refused("alpha", "beta").code == "file_without_header"
    assert refused("alpha", "beta").params["first_row"] == "alpha, beta"
    missing = refused("location_id", "name", "address", "city", "state")
    assert (missing.code, missing.params["section"], missing.params["columns"]) == (
        "columns_missing", "locations", ["zip_code"],
    )  # fmt: skip
    twice = refused("ccn", "id", "name", "state", "zip")
    assert (twice.code, twice.params["columns"]) == ("column_twice", ["location_id"])


def test_a_header_of_two_sections_is_settled_by_the_sheet() -> None:
    # Enough for the plans and for the services, and as much of either.
    header = ("organization", "plan", "location_id", "service")
    unclear = refused(*header)
    assert (unclear.code, unclear.params["sections"]) == ("section_unclear", ["services", "plans"])
    assert fit(table(*header, sheet=" Plans "), ignore_unknown=True).section.name == "plans"
