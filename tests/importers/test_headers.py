"""Headers: which section a table is, by whatever name its columns go, and what is said of the rest."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from finder.errors import FileRefused
from finder.importers.headers import OTHERS, Fit, check_mapping, fit
from finder.importers.rows import ReceivedFile, Table
from finder.importers.templates import SECTIONS, SHAPES, template_csv

PLACES = ("location_id", "name", "state", "zip_code")


def table(*rows: Sequence[str], sheet: str = "") -> Table:
    return Table(
        file=ReceivedFile("file.csv", Path("file.csv"), 0),
        sheet=sheet,
        head=[(number, list(cells)) for number, cells in enumerate(rows, 1)],
        rest=iter([(99, ["below"])]),
        encoding="utf-8",
        delimiter=",",
        rows_at_most=9,
    )


def fitted(
    *header: str, sheet: str = "", mapping: Mapping[str, str] | None = None, ignore_unknown: bool = False
) -> Fit:
    return fit(table(header, sheet=sheet), mapping, ignore_unknown=ignore_unknown)


def refused(*header: str, sheet: str = "", mapping: Mapping[str, str] | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        fitted(*header, sheet=sheet, mapping=mapping)
    return refusal.value


def names(found: Fit) -> list[str]:
    """Return our name for each column of the header, "" for none."""
    return [column.name if column else "" for column in found.columns]


@pytest.mark.parametrize("name", SHAPES)
def test_every_template_fits_its_own_section(name: str) -> None:
    header = template_csv(SHAPES[name]).splitlines()[0].split(",")
    found = fitted(*header)
    assert found.section.name == name
    assert names(found) == header
    assert (found.unknown, found.left_out) == ([], [])


@pytest.mark.parametrize("name", SHAPES)
def test_the_required_columns_alone_are_enough(name: str) -> None:
    section = SHAPES[name]
    for choice in section.one_of or ("",):
        header = [*section.required, *([choice] if choice else [])]
        assert fitted(*header).section.name == name
        for left_out in range(len(header)):
            fewer = refused(*header[:left_out], "moon phase", *header[left_out + 1 :], sheet=name)
            assert fewer.code == ("columns_missing" if len(header) > 1 else "file_without_header")


@pytest.mark.parametrize("name", SHAPES)
def test_no_synonym_means_two_columns(name: str) -> None:
    known = [
        one
        for column in SHAPES[name].understood
        for one in {synonym.replace("_", " ") for synonym in (*column.synonyms, column.name)}
    ]
    assert sorted(known) == sorted(set(known))


@pytest.mark.parametrize("name", SHAPES)
def test_every_synonym_is_understood(name: str) -> None:
    section = SHAPES[name]
    for column in section.understood:
        for synonym in (column.name, *column.synonyms):
            others = [other for other in (*section.required, *section.one_of) if other != column.name]
            found = fitted(*others, f" {synonym.upper().replace(' ', '_')}*:", sheet=name)
            assert names(found)[-1] == column.name


def test_headers_are_read_loosely_and_in_any_order() -> None:
    header = (" ZIP-Code* ", "\ufeffFacility ID", "STATE:", "Hospital_Name")
    own = dict(zip(header, ("zip_code", "location_id", "state", "name"), strict=True))
    for order in itertools.permutations(header):
        assert names(fitted(*order)) == [own[head] for head in order]


def test_a_whole_name_stands_for_its_parts_and_an_address_makes_a_roster() -> None:
    assert fitted("npi", "location_id", "full_name", "specialties").section.name == "practitioners"
    assert refused("npi", "location_id", "given_name", "specialties").params["columns"] == ["family_name"]
    assert refused("location_id", "full_name", "specialties").params["columns"] == ["person_id or npi"]
    found = fitted("NPI", "Provider Name", "Primary Specialty", "Address", "City/Town", "State", "ZIP Code")
    assert found.section.name == "roster"
    assert names(found) == ["npi", "full_name", "specialties", "address", "city", "state", "zip_code"]


def test_empty_headers_are_passed_over() -> None:
    assert names(fitted("location_id", "", "name", "state", "zip_code", " ")) == [
        "location_id", "", "name", "state", "zip_code", "",
    ]  # fmt: skip


def test_the_header_may_stand_beneath_a_title() -> None:
    rows = (["Our clinics, spring"], [], ["made by", "Ada"], list(PLACES), ["main", "Main", "VA", "23220"])
    found = fit(table(*rows))
    assert (found.header_row, found.header) == (4, list(PLACES))
    assert list(found.rows) == [(5, ["main", "Main", "VA", "23220"]), (99, ["below"])]


def test_the_first_header_that_will_do_is_the_header() -> None:
    # A row of words that are columns too is a row.
    found = fit(
        table(PLACES, ["address", "name", "state", "zip"], ["location_id", "name", "state", "zip", "city", "phone"])
    )
    assert (found.header_row, len(list(found.rows))) == (1, 3)


def test_unknown_columns_are_named_with_the_nearest() -> None:
    header = (*PLACES, "adress", "moon phase", "", "Directons ")
    found = fitted(*header)
    assert (found.unknown, found.left_out) == (["adress", "moon phase", "Directons"], [])
    assert [found.nearest(head) for head in found.unknown] == ["address", "", "directions"]
    found = fitted(*header, ignore_unknown=True)
    assert (found.unknown, found.left_out) == ([], ["adress", "moon phase", "Directons"])


def test_the_last_word_of_a_heading_says_what_it_is() -> None:
    found = fitted("NPI", "Provider Name", "Specialty", "Address", "City", "State", "ZIP")
    said = {"Clinic Phone": "place_phone", "Clinic Nme": "place_name", "Providr Name": "full_name", "Moon": ""}
    assert {head: found.nearest(head) for head in said} == said


def test_the_headings_of_cms_are_known() -> None:
    header = "NPI Ind_PAC_ID lst_nm frst_nm Cred pri_spec org_nm adr_ln_1 adr_ln_2 cty st zip phn_numbr num_org_mem"
    found = fitted(*header.split())
    assert found.section.name == "roster"
    assert names(found) == [
        "npi", "person_id", "family_name", "given_name", "credentials", "specialties", "organization", "address",
        "address_2", "city", "state", "zip_code", "phone", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "npi full_name specialty address city state zip", "npi location_id full_name specialty address city state zip name",
        "person_id address phone", "location_id npi name state zip address city kind",
    ],
)  # fmt: skip
def test_an_update_with_people_and_addresses_is_told_what_to_send(header: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        fit(table(header.split()), update_only=True, wanted=tuple(SECTIONS))
    assert (refusal.value.code, refusal.value.params) == ("update_of_roster", {"name": "file.csv"})
    assert (
        fit(table(["npi", "location_id", "days"]), update_only=True, wanted=tuple(SECTIONS)).section.name
        == "practitioners"
    )


def test_our_own_remarks_are_no_unknown_column() -> None:
    assert fitted(*PLACES, "Problems").unknown == []


def test_a_mapping_wins_over_our_names() -> None:
    header = (*PLACES, "Haus_Nr. ", "city", "Telefon")
    found = fitted(*header, mapping={"haus nr.": "address", "City": "", "telefon": "phone"})
    assert names(found) == [*PLACES, "address", "", "phone"]
    assert (found.unknown, found.left_out) == ([], ["city"])
    # All others, but not what is known.
    found = fitted(*header, mapping={OTHERS: "", "Telefon": "phone"})
    assert names(found) == [*PLACES, "", "city", "phone"]
    assert (found.unknown, found.left_out) == ([], ["Haus_Nr."])
    # A header that is not there is of another file of the source.
    assert names(fitted(*PLACES, mapping={"elsewhere": "city"})) == list(PLACES)


def test_a_mapping_to_a_column_of_another_section_helps_only_there() -> None:
    found = fitted(*PLACES, "wann", mapping={"wann": "days"})
    assert (found.section.name, names(found)[-1], found.unknown) == ("locations", "", ["wann"])
    # It may be what makes the section.
    german = {"wo": "location_id", "wer": "full_name", "was": "specialties", "nr": "person_id"}
    found = fitted("wo", "wer", "was", "nr", mapping=german)
    assert found.section.name == "practitioners"


def test_a_mapping_to_nothing_of_ours_is_refused() -> None:
    check_mapping({"a": "address", "b": "", OTHERS: "", "c": "full_name", "d": "place_phone", "e": "remove"})
    with pytest.raises(FileRefused) as refusal:
        check_mapping({"a": "adress"})
    assert (refusal.value.code, refusal.value.params) == (
        "mapping_column_unknown",
        {"column": "adress", "nearest": "address"},
    )
    with pytest.raises(FileRefused) as refusal:
        check_mapping({"a": "xyzzy"})
    assert refusal.value.params["nearest"] == ""


def test_several_columns_of_a_list_are_one_and_of_anything_else_too_many() -> None:
    header = ("npi", "location_id", "full_name", "specialty", "taxonomy", "language", "languages", "specialties")
    assert names(fitted(*header)).count("specialties") == 3
    twice = refused("ccn", "id", "name", "state", "zip")
    assert (twice.code, twice.params["columns"]) == ("column_twice", ["location_id"])
    assert twice.params["headings"] == ['"ccn" and "id" (location_id)']
    assert refused(*PLACES, "Ort", "city", mapping={"Ort": "city"}).params["columns"] == ["city"]


def test_refusals_by_code() -> None:
    assert refused("alpha", "beta").code == "file_without_header"
    assert refused("alpha", "beta").params["first_row"] == "alpha, beta"
    missing = refused("location_id", "name", "address", "city", "state")
    assert (missing.code, missing.params["section"], missing.params["columns"]) == (
        "columns_missing", "locations", ["zip_code"],
    )  # fmt: skip
    missing = refused("person_id", "level", "approved_by")
    assert (missing.params["section"], missing.params["columns"]) == (
        "capabilities",
        ["condition_or_procedure or profile"],
    )


def test_a_header_without_end_is_refused() -> None:
    wide = [*PLACES, *(f"column {n}" for n in range(1_996))]
    assert len(fitted(*wide).unknown) == 1_996
    many = refused(*wide, "one more")
    assert (many.code, many.params) == ("columns_too_many", {"name": "file.csv", "columns": "2,001", "limit": "2,000"})


def test_a_header_of_two_sections_is_settled_by_the_sheet() -> None:
    # Enough for the plans and for the services, and as much of either.
    header = ("organization", "plan", "location_id", "service")
    unclear = refused(*header)
    assert (unclear.code, unclear.params["sections"]) == ("section_unclear", ["services", "plans"])
    assert fitted(*header, sheet=" Plans ").section.name == "plans"
    assert list(SECTIONS) == ["locations", "practitioners", "capabilities", "services", "plans"]
