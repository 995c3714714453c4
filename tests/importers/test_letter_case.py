"""Names in capitals get their small letters back; what may be initials or an acronym is left alone."""

from __future__ import annotations

import csv
import os
import re
import string
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finder.db.reference import zip_points
from finder.importers.letter_case import address, person, place, straight_quotes, suffix
from tests.conftest import SAMPLES


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("MCDONALD", "McDonald"), ("MACDONALD", "Macdonald"), ("MACEY", "Macey"), ("MCGEE", "McGee"), ("MC DONALD", "Mc Donald"),
        ("MCILWAIN", "McIlwain"), ("MCHUNU", "Mchunu"), ("MC", "MC"), ("SMITH-MCKAY", "Smith-McKay"),
        ("O'BRIEN", "O'Brien"), ("O\u2019BRIEN", "O\u2019Brien"), ("O\u02bcBRIEN", "O\u02bcBrien"), ("O`BRIEN", "O`Brien"), ("O BRIEN", "O Brien"),
        ("D'ANGELO", "D'Angelo"), ("DELL'ORTO", "Dell'Orto"), ("DE'ANDRE", "De'Andre"), ("N'DIAYE", "N'Diaye"),
        ("TE'O", "Te'o"), ("NG'ANG'A", "Ng'ang'a"), ("KA\u02bbIULANI", "Ka\u02bbiulani"), ("VAN'T HOF", "Van't Hof"),
        ("VAN DER BERG", "Van Der Berg"), ("DE LA CRUZ", "De La Cruz"), ("DI FIORI", "Di Fiori"), ("QUIROZ Y FERRARI", "Quiroz Y Ferrari"),
        ("ST. GERMAIN", "St. Germain"), ("ST CLAIR", "St Clair"), ("STE MARIE", "Ste Marie"),
        ("SMITH-JONES", "Smith-Jones"), ("AL-SAAB", "Al-Saab"), ("AI-HSI", "Ai-Hsi"), ("YEN-I", "Yen-I"), ("THANH-VI", "Thanh-Vi"),
        ("FITZGERALD", "Fitzgerald"), ("LEE", "Lee"), ("JO", "Jo"), ("TY", "Ty"), ("ED", "Ed"), ("NG", "Ng"), ("XU", "Xu"), ("VI", "Vi"), ("WM", "Wm"),
        ("MU\u00d1OZ", "Mu\u00f1oz"), ("MUN\u0303OZ", "Mun\u0303oz"), ("\u00c5STR\u00d6M", "\u00c5str\u00f6m"), ("\u0130NAN", "\u0130nan"),
        ("Y\u0130\u011e\u0130T", "Yi\u011fit"), ("D\u0130LARAI", "Dilara\u0131"), ("\u03a0\u0391\u03a0\u03a0\u0391\u03a3", "\u03a0\u03b1\u03c0\u03c0\u03b1\u03c2"),
        ("SMITH JR", "Smith Jr"), ("DR. SMITH", "Dr. Smith"), ("SMITH, JR.", "Smith, Jr."), ("JR.", "Jr."), ("SMITH III", "Smith III"), ("SMITH VI", "Smith VI"),
        ('WILLIAM "BILL"', 'William "Bill"'), ("WILLIAM (BILL)", "William (Bill)"), ("MARY ANN", "Mary Ann"), ("T GREGORY", "T Gregory"),
    ],
)  # fmt: skip
def test_names_of_persons(text: str, mended: str) -> None:
    assert person(text) == mended
    assert person(mended) == mended


@pytest.mark.parametrize(
    "text",
    ["", "J", "J R", "J.R.", "JR", "DJ", "AJ", "TJ", "KC", "JKR", "PHD", "II", "III", "IV", "X", "42", "-", "rowanberry", "McDonald", "MacDonald",
     "McDONALD", "deSilva", "van der Berg", "Smith JONES", "\u674e"],
)  # fmt: skip
def test_initials_numerals_and_mixed_letters_stay(text: str) -> None:
    assert person(text) == text


@pytest.mark.parametrize(("text", "mended"), [("JR", "Jr"), ("SR.", "Sr."), ("Jr.", "Jr."), ("III", "III"), ("", "")])
def test_suffixes(text: str, mended: str) -> None:
    assert suffix(text) == mended


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("SOUTHEAST HEALTH MEDICAL CENTER", "Southeast Health Medical Center"), ("ST. JOSEPH'S HOSPITAL", "St. Joseph's Hospital"),
        ("UNIV OF TX MD ANDERSON", "Univ of TX MD Anderson"), ("UPMC HAMOT", "UPMC Hamot"), ("NYU LANGONE", "NYU Langone"),
        ("UCSF MEDICAL CENTER", "UCSF Medical Center"), ("VCU HEALTH", "VCU Health"), ("HCA FLORIDA BLAKE HOSPITAL", "HCA Florida Blake Hospital"),
        ("SUNY UPSTATE", "SUNY Upstate"), ("RICHMOND VA MEDICAL CENTER", "Richmond VA Medical Center"), ("UCHEALTH", "UCHEALTH"),
        ("SEARHC MT. EDGECUMBE", "SEARHC Mt. Edgecumbe"), ("UHSMC", "UHSMC"), ("CHSLI", "CHSLI"), ("RADIOLOGY, LLC", "Radiology, LLC"),
        ("MCLAREN FLINT", "McLaren Flint"), ("MCPHERSON HOSPITAL, INC", "McPherson Hospital, Inc"), ("SCHNECK MEDICAL CENTER", "Schneck Medical Center"),
        ("THE CHILDREN'S HOSPITAL OF THE VALLEY", "The Children's Hospital of the Valley"), ("GOOD SAMARITAN HOSPITAL, THE", "Good Samaritan Hospital, The"),
        ("ST LUKE'S - THE WOODLANDS", "St Luke's - The Woodlands"), ("BANNER-UNIVERSITY MEDICAL CENTER", "Banner-University Medical Center"),
        ("PAVILION AT THE LAKE (THE ANNEX)", "Pavilion at the Lake (The Annex)"), ("BONE & JOINT CLINIC II", "Bone & Joint Clinic II"),
        ("MARTIN LUTHER KING JR HOSPITAL", "Martin Luther King Jr Hospital"), ("CT SCAN CENTER", "CT Scan Center"), ("X-RAY", "X-Ray"),
        ("OUR LADY OF FATIMA", "Our Lady of Fatima"), ("1ST MEDICAL GROUP", "1st Medical Group"), ("A1 IMAGING", "A1 Imaging"), ("3M", "3M"),
        ("LA CROSSE", "La Crosse"), ("CHILDREN'S HOSPITAL LA - ROWAN", "Children's Hospital LA - Rowan"), ("MC KINNEY", "Mc Kinney"), ("ROWAN MC WEST", "Rowan MC West"),
        ("INN IN THE HILLS", "Inn in the Hills"), ("EASTERN LA", "Eastern LA"), ("SANTA FE", "Santa Fe"), ("COEUR D'ALENE", "Coeur d'Alene"),
        ("TRUTH OR CONSEQUENCES", "Truth or Consequences"), ("BOAZ", "Boaz"), ("ST. LOUIS", "St. Louis"), ("MAYFIELD HTS", "Mayfield Hts"), ("JBER", "JBER"),
        ("ELOI NORTH CLINIC", "Eloi North Clinic"), ("PALI MOMI", "Pali Momi"), ("AMY KATZ PT, LLC", "Amy Katz PT, LLC"),
        ("UVA ER USA III", "UVA ER USA III"), ("CHOP NICU", "CHOP NICU"), ("VA MD PLLC", "VA MD PLLC"), ("ECMC HIP", "ECMC Hip"),
        ("Winn ACH (FT Stewart)", "Winn ACH (FT Stewart)"), ("", ""), ("UNKN", "UNKN"),
    ],
)  # fmt: skip
def test_names_of_places(text: str, mended: str) -> None:
    assert place(text) == mended
    assert place(mended) == mended


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("2505 U S HIGHWAY 431 NORTH", "2505 U S Highway 431 North"), ("100 NE 5TH ST STE 200", "100 NE 5th St Ste 200"), ("PO BOX 12", "PO Box 12"),
        ("P.O. BOX 12", "P.O. Box 12"), ("N63 W23524 SILVER SPRING DR", "N63 W23524 Silver Spring Dr"), ("870 111TH AVE N", "870 111th Ave N"),
        ("1108 ROSS CLARK CIRCLE", "1108 Ross Clark Circle"), ("1 AVE OF THE AMERICAS", "1 Ave of the Americas"), ("2ND FL", "2nd Fl"),
        ("12 ELM CT FL 3", "12 Elm Ct Fl 3"), ("DR MLK JR BLVD", "Dr MLK Jr Blvd"), ("1 UCLA PLZ", "1 UCLA Plz"), ("HC 63 BOX 5", "HC 63 Box 5"),
        ("RR 2 BOX 110", "RR 2 Box 110"), ("3 FM 1960 W", "3 FM 1960 W"), ("US HWY 78 E", "US Hwy 78 E"), ("SUITE 200-B", "Suite 200-B"),
        ("1 LA JOLLA DR", "1 La Jolla Dr"), ("7 REID ST", "7 Reid St"), ("4 PCAM BLDG", "4 PCAM Bldg"), ("9 AVENUE N", "9 Avenue N"),
        ("C/O ROWAN", "C/O Rowan"), ("9 ELM ST, HARTFORD, CT", "9 Elm St, Hartford, CT"), ("9 ELM ST ROWAN MT 59101-1234", "9 Elm St Rowan MT 59101-1234"),
        ("9 ELM ST ROWAN FL 32207", "9 Elm St Rowan FL 32207"), ("9 ELM ST ROWAN IN", "9 Elm St Rowan IN"), ("9 ELM ST, ROWAN, LA 70112", "9 Elm St, Rowan, LA 70112"), ("12 O'CONNOR LN #4", "12 O'Connor Ln #4"), ("5 MT VERNON PL NW", "5 Mt Vernon Pl NW"), ("12 Elm St", "12 Elm St"),
        ("23929 MCBEAN PKWY", "23929 McBean Pkwy"), ("1 MARTIN LUTHER KING JR WAY", "1 Martin Luther King Jr Way"), ("400 STATE RTE 17A", "400 State Rte 17A"),
    ],
)  # fmt: skip
def test_addresses(text: str, mended: str) -> None:
    assert address(text) == mended
    assert address(mended) == mended


def test_towns_come_back_from_capitals() -> None:
    """As the ZIP table spells them but for small words; it spells the names of some bases as no base does."""
    small = {"Of", "The", "And", "At", "In", "On", "By", "Or"}
    changed = {
        town: place(town.upper())
        for town in zip_points().places
        if place(town.upper()).split() != [town.split()[0], *(w.lower() if w in small else w for w in town.split()[1:])]
    }
    assert changed == {
        "Ama": "AMA", "Cora": "CORA", "Pax": "PAX", "Pep": "PEP", "Joint Base Mdl": "Joint Base MDL",
        "Jbsa Ft Sam Houston": "JBSA Ft Sam Houston", "Jbsa Lackland": "JBSA Lackland", "Jbsa Randolph": "JBSA Randolph",
        "McBh Kaneohe Bay": "MCBH Kaneohe Bay", "Port Hueneme Cbc Base": "Port Hueneme CBC Base",
        "Suburb Maryland Fac": "Suburb Maryland FAC",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "straight"),
    [("O\u2019Brien", "O'Brien"), ("\u201cBill\u201d", '"Bill"'), ("O\u00b4Brien", "O'Brien"), ("O`Brien", "O'Brien"), ("5\u2032 3\u2033", "5' 3\""),
     ("O\u02bcBrien", "O'Brien"), ("Ka\u02bbiulani", "Ka\u02bbiulani"), ("Mon\u2013Fri \u2014 8", "Mon\u2013Fri \u2014 8"), ("plain", "plain"), ("", "")],
)  # fmt: skip
def test_quotes(text: str, straight: str) -> None:
    assert straight_quotes(text) == straight
    assert straight_quotes(straight) == straight


def letters(text: str) -> str:
    """Return a text without regard to capitals; Turkish has two letters I."""
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")


CAPITALS = st.text(string.ascii_uppercase + " '-.,&/()0123456789\u00d1\u00c9\u0130\u2019\u0303\u02bb", max_size=40)
TEXTS = CAPITALS | st.text(max_size=40) | st.text(max_size=40).map(str.upper)
MENDS: list[Callable[[str], str]] = [person, place, address, suffix]


@pytest.mark.parametrize("mend", MENDS)
@given(text=TEXTS)
@example(text="\u0130I\u0130")
@example(text="\ud800A")
def test_no_letter_is_lost_and_nothing_is_mended_twice(mend: Callable[[str], str], text: str) -> None:
    mended = mend(text)
    assert letters(mended) == letters(text)
    assert len(mended) <= len(text)
    assert mend(mended) == mended
    assert mended == text or text.isupper() or mend is suffix


@given(TEXTS)
def test_only_quotes_are_straightened(text: str) -> None:
    straight = straight_quotes(text)
    assert len(straight) == len(text)
    assert all(after == before or after in "'\"" for before, after in zip(text, straight, strict=True))
    assert straight_quotes(straight) == straight


@pytest.mark.parametrize("mend", [*MENDS, straight_quotes])
def test_long_junk(mend: Callable[[str], str]) -> None:
    for part in ("A", "A'", "MC", "'", "AB ", "9TH", "A\u0303", "-", "\u0130"):
        for length in (999, 1000, 1001, 1_000_000):
            text = (part * length)[:length]
            assert letters(mend(text)) == letters(text)
            assert length < 1001 or mend is suffix or mend(text) == text


def test_real_hospitals_keep_their_acronyms_and_lose_their_shouting() -> None:
    path = SAMPLES / "hospitals_cms2026_located_excl_VA_SC_OH_KY.csv"
    if not path.exists():
        message = f"no {path}: the samples belong beside the checkout"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with path.open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file) if row["name"].isupper()]
    mended = Counter(word for name in names for word in re.findall(r"[\w']+", place(name)))
    acronyms = "UPMC UCLA UCSF UCI UAB UAMS USC LSU NYU SUNY HCA CHI SSM OSF HSHS VA LLC DBA MD II PHS IHS JFK ECU UNC UNM MUSC".split()
    before = Counter(word for name in names for word in re.findall(r"[\w']+", name))
    assert {word: mended[word] for word in acronyms} == {word: before[word] for word in acronyms}
    assert {word for word in mended if word.isupper() and len(word) > 4} == {
        "SEARHC",
        "LTACH",
        "CHSLI",
        "HLTHCR",
        "HEALTHC",
        "UCHEALTH",
    }
    assert sum(count for word, count in mended.items() if word.isupper() and len(word) == 4) < 100
