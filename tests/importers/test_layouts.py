"""Public files by their layouts: which rows are taken, which left aside and why, counted once more in another way."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from finder.db.dialect import open_engine
from finder.errors import FileRefused
from finder.importers.layouts import LAYOUTS, layout_of
from finder.importers.layouts import opening as opening_module
from finder.importers.layouts import sieve as sieve_module
from finder.importers.layouts.sieve import Sieve
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import ImportReport
from finder.importers.rows import Limits
from tests.conftest import Databases
from tests.importers.test_real_files import CMS_2021, NPPES, five_digits, in_file, sample, stored

NPPES_2007 = "nppes_330col_999_2007.csv"
PHYSICIANS_2017 = "physician_compare_2017_radiology_multiloc.csv"
HOSPITALS = "hospitals_cms2026_located_excl_VA_SC_OH_KY.csv"
PRACTICE = "Provider Business Practice Location Address"
# In the files' own words, those of the catalogue's specialties that these samples have.
KNOWN = {
    "ORTHOPEDIC SURGERY", "PHYSICAL THERAPY", "PHYSICAL THERAPIST IN PRIVATE PRACTICE", "PHYSICIAN ASSISTANT",
    "NURSE PRACTITIONER", "FAMILY MEDICINE", "FAMILY PRACTICE", "INTERNAL MEDICINE", "SPORTS MEDICINE",
    "PHYSICAL MEDICINE AND REHABILITATION", "NEUROSURGERY", "GENERAL SURGERY", "PEDIATRIC MEDICINE",
    "OBSTETRICS/GYNECOLOGY", "RHEUMATOLOGY", "INTERVENTIONAL PAIN MANAGEMENT", "PAIN MANAGEMENT",
    "INFECTIOUS DISEASE", "OSTEOPATHIC MANIPULATIVE MEDICINE", "HOSPITALIST", "GERIATRIC MEDICINE",
}  # fmt: skip


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    opened = open_engine(databases.fresh(demo=False))
    yield opened
    opened.dispose()


def whole(report: ImportReport, name: str = "roster") -> dict[str, int]:
    return vars(report.sections[name])


# ---- the samples


def test_people_of_nppes_with_a_specialty_that_treats_hips(engine: Engine) -> None:
    report = import_files(engine, [sample(NPPES)], "nppes")
    assert whole(report) == {"read": 280, "accepted": 280, "refused": 0, "blank": 0}
    rows = in_file(NPPES)
    file = report.files[0]
    assert file.public == "NPPES (all National Provider Identifiers)"
    assert file.left_aside == {"organization": 188, "deactivated": 79, "specialty": 442}
    assert sum(file.left_aside.values()) + 280 == len(rows)
    assert Counter(row["Entity Type Code"] for row in rows) == {"1.0": 722, "2.0": 188, "": 79}
    codes = {row["NPI"]: [row[f"Healthcare Provider Taxonomy Code_{n}"] for n in range(1, 16)] for row in rows}
    by_npi = {row["NPI"]: row for row in rows}
    for one in stored(engine):
        row = by_npi[one.npi]
        assert row["Entity Type Code"] == "1.0"
        assert one.state == row[f"{PRACTICE} State Name"]
        assert one.zip_code == five_digits(row[f"{PRACTICE} Postal Code"])
        # The primary one leads, where the catalogue knows it; the others keep their order.
        leads = [n for n in range(15) if row[f"Healthcare Provider Primary Taxonomy Switch_{n + 1}"] == "Y"][:1]
        ordered = [codes[one.npi][n] for n in (*leads, *(n for n in range(15) if n not in leads))]
        assert one.specialties == list(dict.fromkeys(code for code in ordered if code in one.specialties))
        assert one.specialties


@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["sieved", "parsed"])
def test_the_register_of_2007_is_the_same_sieved_and_parsed(
    engine: Engine, least_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_module, "_LEAST_BYTES", least_bytes)
    report = import_files(engine, [sample(NPPES_2007)], "nppes")
    assert whole(report) == {"read": 92, "accepted": 92, "refused": 0, "blank": 0}
    assert sum(report.files[0].left_aside.values()) + 92 == 999 == len(in_file(NPPES_2007))
    rows = {row["NPI"]: row for row in in_file(NPPES_2007)}
    assert [(one.npi, one.state) for one in stored(engine)] == [
        (one.npi, rows[one.npi][f"{PRACTICE} State Name"]) for one in stored(engine)
    ]


def test_clinicians_of_2021_and_of_2017(engine: Engine) -> None:
    report = import_files(engine, [sample(CMS_2021)], "cms")
    rows = in_file(CMS_2021)
    taken = [row for row in rows if row["pri_spec"] in KNOWN]
    assert whole(report)["refused"] == 0
    assert report.files[0].public == "CMS Doctors and Clinicians"
    found = stored(engine)
    assert {one.npi for one in found} >= {row["NPI"] for row in taken if row["pri_spec"] == "ORTHOPEDIC SURGERY"}
    assert whole(report) == {"read": 146, "accepted": 146, "refused": 0, "blank": 0}
    assert report.files[0].left_aside == {"specialty": 240}
    states = {row["NPI"]: {one["st"] for one in rows if one["NPI"] == row["NPI"]} for row in rows}
    assert all(one.state in states[one.npi] for one in found)
    older = import_files(engine, [sample(PHYSICIANS_2017)], "older")
    assert whole(older) == {"read": 156, "accepted": 155, "refused": 1, "blank": 0}
    assert older.files[0].left_aside == {"specialty": 7467}


def test_hospitals_with_and_without_our_own_names_of_columns(engine: Engine, tmp_path: Path) -> None:
    plain = import_files(engine, [sample(HOSPITALS)], "hospitals")
    rows = in_file(HOSPITALS)
    assert len(rows) == 4963
    assert whole(plain, "locations") == {"read": 4963, "accepted": 4963, "refused": 0, "blank": 0}
    header = (
        "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Telephone Number,Hospital Type,"
        "Hospital Ownership,Emergency Services,Meets criteria for birthing friendly designation,Hospital overall rating\n"
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows[:400]:
        writer.writerow(
            [row["ccn"], row["name"], row["address"], row["city"], row["state"], row["zip"], "X", row["phone"], row["type"], "Gov", row["emergency"], "", "3"]
        )  # fmt: skip
    (tmp_path / "hospitals.csv").write_text(header + text.getvalue())
    report = import_files(engine, [tmp_path / "hospitals.csv"], "cms-hospitals")
    assert report.files[0].public == "CMS Hospital General Information"
    assert whole(report, "locations") == {"read": 400, "accepted": 400, "refused": 0, "blank": 0}
    assert report.unknown_columns == []


# ---- practice locations beside NPPES


def quoted(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


HEAD = [
    "NPI", "Entity Type Code", "Provider Last Name (Legal Name)", "Provider First Name",
    "Provider First Line Business Practice Location Address",
    "Provider Second Line Business Practice Location Address", f"{PRACTICE} City Name", f"{PRACTICE} State Name",
    f"{PRACTICE} Postal Code", f"{PRACTICE} Telephone Number", "NPI Deactivation Date", "NPI Reactivation Date",
    "Healthcare Provider Taxonomy Code_1", "Healthcare Provider Primary Taxonomy Switch_1",
    "Healthcare Provider Taxonomy Code_2", "Healthcare Provider Primary Taxonomy Switch_2",
]  # fmt: skip
# With the two spaces that the register has there.
PLACES_HEAD = [
    "NPI", "Provider Secondary Practice Location Address- Address Line 1",
    "Provider Secondary Practice Location Address-  Address Line 2",
    "Provider Secondary Practice Location Address - City Name",
    "Provider Secondary Practice Location Address - State Name",
    "Provider Secondary Practice Location Address - Postal Code",
    "Provider Secondary Practice Location Address - Country Code (If outside U.S.)",
    "Provider Secondary Practice Location Address - Telephone Number",
]  # fmt: skip
SURGEON, PRIMARY_CARE = "207X00000X", "207Q00000X"


def person(
    npi: str, name: str, *codes: str, kind: str = "1", off: str = "", on: str = "", primary: int = 1
) -> list[str]:
    first, second = (*codes, "")[:2]
    marks = ["Y" if primary == 1 else "N", "Y" if primary == 2 else "N"]
    return [npi, kind, name, "Ada", "1 Elm St", "", "Richmond", "VA", "232201234", "8045550100", off, on, first, marks[0], second, marks[1]]  # fmt: skip


def registers(folder: Path) -> list[Path]:
    people = [
        HEAD,
        person("2025200009", "Fern", PRIMARY_CARE, SURGEON, primary=2),
        person("2025200017", "Oak", "183500000X"),
        person("2025200025", "Gone", SURGEON, off="01/02/2020"),
        person("2025200033", "Back", SURGEON, off="01/02/2020", on="03/04/2021"),
        person("2025200041", "Clinic", SURGEON, kind="2"),
    ]
    places = [
        PLACES_HEAD,
        ["2025200009", "7 Oak Ave", "Suite 2", "Ashland", "VA", "23005", "US", "8045550111"],
        ["2025200009", "9 Rue X", "", "Paris", "", "75001", "FR", ""],
        ["2025200017", "8 Oak Ave", "", "Ashland", "VA", "23005", "", "8045550112"],
        ["2025200025", "8 Oak Ave", "", "Ashland", "VA", "23005", "", "8045550112"],
    ]
    (folder / "npidata.csv").write_text(quoted(people))
    (folder / "pl.csv").write_text(quoted(places))
    return [folder / "npidata.csv", folder / "pl.csv"]


@pytest.mark.parametrize("swapped", [False, True])
def test_more_places_of_people_come_from_the_file_beside(engine: Engine, tmp_path: Path, swapped: bool) -> None:
    paths = registers(tmp_path)
    report = import_files(engine, paths[::-1] if swapped else paths, "nppes")
    assert [(one.npi, one.family_name, one.zip_code, one.address, one.phone) for one in stored(engine)] == [
        ("2025200009", "Fern", "23220", "1 Elm St", "+18045550100"),
        ("2025200033", "Back", "23220", "1 Elm St", "+18045550100"),
        ("2025200009", "Fern", "23005", "7 Oak Ave", "+18045550111"),
    ]
    assert stored(engine)[0].specialties == [SURGEON, PRIMARY_CARE]
    told = {one.name: one for one in report.files}
    assert told["npidata.csv"].left_aside == {"specialty": 1, "deactivated": 1, "organization": 1}
    assert told["pl.csv"].left_aside == {"abroad": 1, "stranger": 2}
    assert told["pl.csv"].above >= 5


def test_places_of_nobody_are_refused_with_what_is_missing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        import_files(engine, registers(tmp_path)[1:], "nppes")
    assert refused.value.code == "layout_alone"
    assert "NPPES" in refused.value.params["expected"]


def test_who_maps_columns_by_hand_reads_every_row(engine: Engine, tmp_path: Path) -> None:
    mapping = {"*": "", "Provider Last Name (Legal Name)": "family_name", "Provider First Line Business Practice Location Address": "address", f"{PRACTICE} State Name": "state", f"{PRACTICE} Postal Code": "zip_code", "Healthcare Provider Taxonomy Code_1": "specialties"}  # fmt: skip
    report = import_files(engine, registers(tmp_path)[:1], "nppes", Wishes(mapping=mapping))
    assert whole(report)["read"] == 5
    assert report.files[0].public == ""


def test_a_public_file_may_be_larger_than_others(engine: Engine, tmp_path: Path) -> None:
    limits = Limits(file_mb=0)
    assert whole(import_files(engine, registers(tmp_path)[:1], "nppes", Wishes(limits=limits)))["accepted"] == 2
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileRefused) as refused:
        import_files(engine, [tmp_path / "other.csv"], "other", Wishes(limits=limits))
    assert refused.value.code == "file_too_large"


def test_rows_that_say_the_same_are_one(engine: Engine, tmp_path: Path) -> None:
    """CMS has a row for each enrolment; at one address they say the same."""
    head = "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,pri_spec,sec_spec_1,Facility Name,adr_ln_1,adr_ln_2,City/Town,State,ZIP Code,Telephone Number,ind_assgn\n"
    row = "2025200009,1,{},FERN,ADA,ORTHOPEDIC SURGERY,NOTHING WE KNOW,ELM ORTHO,{} ELM ST,,RICHMOND,VA,232201234,8045550100,Y\n"
    (tmp_path / "dac.csv").write_text(
        head + row.format("I1", 1) + row.format("I2", 1) + row.format("I3", 2) + row.format("I4", 1)
    )
    report = import_files(engine, [tmp_path / "dac.csv"], "cms")
    assert whole(report) == {"read": 2, "accepted": 2, "refused": 0, "blank": 0}
    assert report.files[0].left_aside == {"repeated": 2}
    assert [one.address for one in stored(engine)] == ["1 Elm St", "2 Elm St"]


# ---- headers and the sieve


def test_headers_are_known_whatever_their_spaces_dashes_and_case() -> None:
    names = [
        (HEAD, "nppes"), (PLACES_HEAD, "nppes-places"),
        ([head.upper().replace(" ", "  ") for head in HEAD], "nppes"),
        ([" NPI", " Ind_PAC_ID", " pri_spec", " adr_ln_1", " zip"], "cms-clinicians"),
        (["npi", "given_name", "family_name", "specialties", "address"], None),
    ]  # fmt: skip
    for header, name in names:
        found = layout_of(header)
        assert (found.name if found else None) == name
    assert len({one.name for one in LAYOUTS}) == len(LAYOUTS)


CELLS = st.text(st.sampled_from('AX0",\n é;'), max_size=12) | st.sampled_from([SURGEON, PRIMARY_CARE, "207X00000", "X"])


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=30), st.integers(1, 64))
def test_the_sieve_keeps_what_a_parser_would(rows: list[list[str]], block: int) -> None:
    """Every row with a code in a cell, under its number; where cells have line breaks, all from there on."""
    text = quoted([["a", "b", "c"], *rows])
    header = len(text.split("\n")[0]) + 1
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sieve_module, "_BLOCK_BYTES", block)
        path = Path(folder) / "f.csv"
        path.write_text(text, newline="")
        sieve = Sieve(path, {SURGEON}, ",", "utf-8-sig", "strict", 2, header)
        found = list(sieve)
    wanted = [(number, row) for number, row in enumerate(rows, 2) if SURGEON in row]
    if any("\n" in cell for row in rows for cell in row):
        assert [row for _number, row in found if SURGEON in row] == [row for _number, row in wanted]
    else:
        assert found == wanted
        assert sieve.skipped == len(rows) - len(wanted)
