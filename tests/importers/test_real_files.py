"""Real files as they are: a register whose ZIP codes lost their zeros, headers with spaces, numbers turned to floats.

What to expect is worked out here from the raw files once more, in another way than the import does it.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geopy.distance import geodesic
from sqlalchemy import Engine, select

from finder.db.datasets import Outcome
from finder.db.dialect import open_engine
from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.importers.headers import OTHERS
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import ImportReport
from finder.search import SearchQuery, search
from tests.cli.run import Terminal
from tests.conftest import SAMPLES, Databases, load_index

MAINE = "cms_dac_maine_2026_dirty.csv"
CMS_2021 = "cms_dac_2021_386rows.csv"
NPPES = "nppes_330col_989_floatmangled.csv"
SURGEON = "207X00000X"
TODAY = dt.date(2026, 11, 22)

MAINE_MAPPING = {
    "NPI": "npi", "Provider Name": "full_name", "Primary Specialty": "specialties", "Address": "address",
    "City/Town": "city", "State": "state", "ZIP Code": "zip_code",
}  # fmt: skip
CMS_MAPPING = {
    OTHERS: "", "lst_nm": "family_name", "frst_nm": "given_name", "mid_nm": "middle_name", "org_nm": "organization",
    "adr_ln_1": "address", "adr_ln_2": "address_2", "cty": "city", "st": "state", "zip": "zip_code",
}  # fmt: skip
_PRACTICE = "Provider Business Practice Location Address"
NPPES_MAPPING = {
    OTHERS: "", "Provider Last Name (Legal Name)": "family_name", "Provider Credential Text": "credentials",
    "Provider Name Suffix Text": "suffix", "Provider Sex Code": "gender",
    "Provider First Line Business Practice Location Address": "address",
    "Provider Second Line Business Practice Location Address": "address_2",
    f"{_PRACTICE} City Name": "city", f"{_PRACTICE} State Name": "state", f"{_PRACTICE} Postal Code": "zip_code",
    f"{_PRACTICE} Telephone Number": "place_phone",
    **{f"Healthcare Provider Taxonomy Code_{n}": "specialties" for n in range(1, 16)},
}  # fmt: skip

Taken = tuple[Engine, ImportReport]


def sample(name: str) -> Path:
    path = SAMPLES / name
    if not path.exists():
        message = f"no {path}: the samples belong beside the checkout"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return path


def in_file(name: str) -> list[dict[str, str]]:
    """Return the rows of a file that hold anything, by header without the spaces around it; "row" is their number."""
    with sample(name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    header = [head.strip() for head in rows[0]]
    found = []
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            found.append({"row": str(number), **dict(zip(header, row, strict=True))})
    return found


def five_digits(zip_cell: str) -> str:
    """Return the ZIP code of a cell that lost its leading zeros: five digits, or nine in one piece."""
    digits = zip_cell.removesuffix(".0")
    return digits.zfill(5) if len(digits) <= 5 else digits.zfill(9)[:5]


def letters(*texts: str) -> str:
    return "".join(sorted(letter for letter in "".join(texts).casefold() if letter.isalnum()))


def taken(databases: Databases, name: str, mapping: dict[str, str]) -> Iterator[Taken]:
    engine = open_engine(databases.fresh(demo=False))
    yield engine, import_files(engine, [sample(name)], "register", Wishes(mapping=mapping))
    engine.dispose()


@pytest.fixture(scope="module", params=[{}, MAINE_MAPPING], ids=["as it is", "mapped"])
def maine(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Taken]:
    yield from taken(databases, MAINE, request.param)


@pytest.fixture(scope="module")
def cms_2021(databases: Databases) -> Iterator[Taken]:
    yield from taken(databases, CMS_2021, CMS_MAPPING)


@pytest.fixture(scope="module")
def nppes(databases: Databases) -> Iterator[Taken]:
    yield from taken(databases, NPPES, NPPES_MAPPING)


def stored(engine: Engine) -> list[Any]:
    """Return each person at a place: facts of person, role and place, in the order they came in."""
    person, role, place = Practitioner, PractitionerRole, Location
    rows = (
        select(
            person.key, person.npi, person.given_name, person.middle_name, person.family_name, person.suffix,
            person.specialties, role.phone, place.state, place.zip_code, place.zip_plus4, place.city, place.address,
            place.phone.label("place_phone"), place.latitude, place.longitude, place.position_kind,
        )
        .join(role, role.practitioner_key == person.key)
        .join(place, place.key == role.location_key)
        .order_by(role.id)
    )  # fmt: skip
    with engine.connect() as connection:
        return list(connection.execute(rows))


def refused(report: ImportReport) -> dict[int, tuple[str, str, str]]:
    return {
        one.row_number: (one.code, one.column, one.value) for one in report.problems if one.outcome is Outcome.REFUSED
    }


def test_every_usable_row_lands_in_maine_and_none_elsewhere(maine: Taken) -> None:
    engine, report = maine
    rows = in_file(MAINE)
    usable = [row for row in rows if five_digits(row["ZIP Code"])[:3] in {f"{n:03}" for n in range(39, 50)}]
    others = [row for row in rows if row not in usable]
    assert (len(rows), len(usable)) == (3516, 3514)
    assert {name: vars(count) for name, count in report.sections.items()} == {
        "roster": {"read": 6090, "accepted": 3514, "refused": 2, "blank": 6090 - len(rows)}
    }
    assert refused(report) == {int(row["row"]): ("zip_other_state", "zip_code", row["ZIP Code"]) for row in others}
    found = stored(engine)
    assert [(one.npi, one.zip_code) for one in found] == [(row["NPI"], five_digits(row["ZIP Code"])) for row in usable]
    assert {one.state for one in found} == {"ME"}
    assert [one.zip_plus4 for one in found if one.zip_plus4]
    # On the map too: Maine's own corners, from the outside in.
    assert all(42.9 < one.latitude < 47.5 and -71.2 < one.longitude < -66.9 for one in found)


def test_no_letter_of_a_name_is_lost(maine: Taken) -> None:
    engine, report = maine
    by_npi = {row["NPI"]: row["Provider Name"] for row in in_file(MAINE)}
    for one in stored(engine):
        parts = (one.given_name, one.middle_name, one.family_name, one.suffix)
        assert letters(*parts) == letters(by_npi[one.npi])
        assert one.given_name
        assert one.family_name
        assert not one.family_name.isupper() or len(one.family_name) <= 3
    assert report.problem_counts["name_split"] == len(by_npi)


def test_each_place_is_there_once_and_tells_once_of_its_zeros(maine: Taken) -> None:
    engine, report = maine
    places = {
        (row["Address"], row["City/Town"], five_digits(row["ZIP Code"])) for row in in_file(MAINE)
        if int(row["row"]) not in refused(report)
    }  # fmt: skip
    with engine.connect() as connection:
        addresses = connection.execute(select(Location.address, Location.city, Location.zip_code)).all()
    assert Counter((address.upper(), city.upper(), five) for address, city, five in addresses) == Counter(places)
    assert report.problem_counts["zip_zero_restored"] == len(places)
    assert set(report.problem_counts) == {
        "capitals_mended", "name_split", "position_from_zip", "zip_other_state", "zip_text_mended", "zip_zero_restored",
    }  # fmt: skip


def test_the_orthopaedic_surgeons_are_found_around_portland(maine: Taken) -> None:
    engine, _report = maine
    surgeons = {
        row["NPI"]: five_digits(row["ZIP Code"])
        for row in in_file(MAINE)
        if row["Primary Specialty"] == "ORTHOPEDIC SURGERY"
    }
    assert len(surgeons) == 54
    assert {one.npi for one in stored(engine) if SURGEON in one.specialties} == set(surgeons)
    activate(engine, "register", None, "test")
    index = load_index(engine)
    matches = []
    with engine.connect() as connection:
        for offset in (0, 50):
            query = SearchQuery("04101", condition="labral-tear", radius=None, limit=50, offset=offset)
            matches += search(index, connection, query, TODAY).main.matches
    assert {match.practitioner.public_id for match in matches if match.practitioner} == {
        f"npi:{npi}" for npi in surgeons
    }
    assert len(matches) == 54

    # Nearest first, as geopy measures it from ZIP point to ZIP point.
    def metres(zip_code: str) -> float:
        here, there = zip_points()["04101"], zip_points()[zip_code]
        return float(geodesic((here.latitude, here.longitude), (there.latitude, there.longitude)).m)

    assert [match.distance_m for match in matches] == pytest.approx(sorted(map(metres, surgeons.values())), abs=1e-3)


def test_two_thousand_blank_rows_cost_one_line(tmp_path: Path) -> None:
    done = Terminal(tmp_path).run("import", sample(MAINE), "--source", "maine")
    assert done.code == 1
    assert [line for line in done.out.splitlines() if "blank" in line] == [
        "roster: 6,090 rows read: 3,514 accepted, 2 refused, 2,574 blank."
    ]
    # A line for each kind, with how many there are of it.
    assert sum(line.startswith("  refused 2: ") for line in done.out.splitlines()) == 1
    assert sum("[position_from_zip]" in line for line in done.out.splitlines()) == 1
    assert len(done.out.splitlines()) < 20


def test_headers_with_spaces_and_rounded_phones(cms_2021: Taken) -> None:
    engine, report = cms_2021
    rows = in_file(CMS_2021)
    keys = Counter(
        (row["NPI"], row["org_nm"], row["adr_ln_1"], row["adr_ln_2"], row["cty"], five_digits(row["zip"]))
        for row in rows
    )
    repeated = sum(keys.values()) - len(keys)
    assert vars(report.sections["roster"]) == {"read": 386, "accepted": 386 - repeated, "refused": repeated, "blank": 0}
    assert repeated == 1
    assert [code for code, *_rest in refused(report).values()] == ["key_repeated"]
    rounded = {int(row["row"]): row["phn_numbr"] for row in rows if "E" in row["phn_numbr"]}
    assert len(rounded) == 2
    assert {
        one.row_number: one.value
        for one in report.problems
        if (one.code, one.outcome) == ("phone_rounded", Outcome.LEFT_OUT)
    } == rounded
    lost = [row for row in rows if len(row["zip"]) in (3, 4, 7, 8)]
    assert report.problem_counts["zip_zero_restored"] == len(lost) == 52
    assert report.problem_counts["phone_rounded"] == 2
    good = [row for row in rows if int(row["row"]) not in refused(report)]
    found = stored(engine)
    assert [(one.npi, one.state, one.zip_code) for one in found] == [
        (row["NPI"], row["st"], five_digits(row["zip"])) for row in good
    ]
    phones = ["" if int(row["row"]) in rounded else row["phn_numbr"].removesuffix(".0") for row in good]
    assert [one.phone for one in found] == [f"+1{phone[-10:]}" if phone else "" for phone in phones]
    for one, row in zip(found, good, strict=True):
        assert one.family_name.casefold() == " ".join(row["lst_nm"].split()).casefold()
        assert one.given_name.casefold() == " ".join(row["frst_nm"].split()).casefold()


def test_what_became_floats_is_read_as_it_was(nppes: Taken) -> None:
    engine, report = nppes
    rows = in_file(NPPES)
    postal, phone = f"{_PRACTICE} Postal Code", f"{_PRACTICE} Telephone Number"
    people = [row for row in rows if row["Entity Type Code"] == "1.0"]
    rest = [row for row in rows if row not in people]
    assert vars(report.sections["roster"]) == {"read": 989, "accepted": 722, "refused": 267, "blank": 0}
    assert (len(people), len(rest)) == (722, 267)
    # Organizations, and what is left of numbers that are used no more.
    assert Counter(row["Entity Type Code"] for row in rest) == {"2.0": 188, "": 79}
    assert {row: code for row, (code, *_rest) in refused(report).items()} == {
        int(row["row"]): "row_incomplete" for row in rest
    }
    found = stored(engine)
    assert [(one.npi, one.state) for one in found] == [(row["NPI"], row[f"{_PRACTICE} State Name"]) for row in people]
    assert [one.zip_code for one in found] == [five_digits(row[postal]) for row in people]
    # People of one address share its four more digits, those of its first row.
    assert {one.zip_code + one.zip_plus4 for one in found} <= {
        digits.zfill(5 if len(digits) <= 5 else 9) for digits in (row[postal].removesuffix(".0") for row in people)
    }
    places = {one.zip_code + one.address + one.city for one in found}
    assert report.problem_counts["zip_decimal_dropped"] == report.differences["locations"].new
    assert len(places) <= report.differences["locations"].new
    # Ten digits that can be dialled come back; a digit too few is never made up.
    dialled = {row["row"]: row[phone].removesuffix(".0") for row in rows if row[phone]}
    good = {row: number for row, number in dialled.items() if re.fullmatch("[2-9][0-9]{2}[2-9][0-9]{6}", number)}
    assert len(dialled) > len(good) > 900
    assert report.problem_counts["phone_mended"] == len(good)
    assert {str(one.row_number) for one in report.problems if one.code == "phone_malformed"} == set(dialled) - set(good)
    assert {one.place_phone for one in found} <= {*(f"+1{number}" for number in good.values()), ""}


def test_all_specialties_of_a_person_are_read_in_their_order(nppes: Taken) -> None:
    engine, _report = nppes
    heads = [f"Healthcare Provider Taxonomy Code_{n}" for n in range(1, 16)]
    by_npi = {row["NPI"]: list(dict.fromkeys(row[head] for head in heads if row[head])) for row in in_file(NPPES)}
    assert {one.npi: one.specialties for one in stored(engine)} == {one.npi: by_npi[one.npi] for one in stored(engine)}
    assert max(len(one.specialties) for one in stored(engine)) >= 3
