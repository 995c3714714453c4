"""A whole name in one cell: taken apart where there is one way to do it. The persons are invented."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.importers.full_names import full_name


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("BARNABY WICKET", ("BARNABY", "", "WICKET", "", "")), ("  Ann   Rowan ", ("Ann", "", "Rowan", "", "")),
        ("Wicket, Barnaby A., MD, FAAOS", ("Barnaby", "A.", "Wicket", "", "MD, FAAOS")), ("WICKET, BARNABY", ("BARNABY", "", "WICKET", "", "")),
        ("Wicket, Barnaby MD", ("Barnaby", "", "Wicket", "", "MD")), ("Wicket, MD, Barnaby", ("Barnaby", "", "Wicket", "", "MD")),
        ("Wicket, Barnaby, MD FAAOS", ("Barnaby", "", "Wicket", "", "MD, FAAOS")), ("WICKET JR, BARNABY A", ("BARNABY", "A", "WICKET", "JR", "")),
        ("WICKET, BARNABY A JR MD", ("BARNABY", "A", "WICKET", "JR", "MD")), ("WICKET, JR., BARNABY", ("BARNABY", "", "WICKET", "JR.", "")),
        ("Barnaby Wicket, Jr., M.D., Ph.D.", ("Barnaby", "", "Wicket", "Jr.", "M.D., Ph.D.")), ("Barnaby Wicket MD PhD", ("Barnaby", "", "Wicket", "", "MD, PhD")),
        ("Barnaby Wicket, MD, XYZW", ("Barnaby", "", "Wicket", "", "MD, XYZW")), ("barnaby wicket md", ("barnaby", "", "wicket", "", "md")),
        ("Jane Wicket, PT, DPT, OCS", ("Jane", "", "Wicket", "", "PT, DPT, OCS")), ("Jane Wicket OTR/L", ("Jane", "", "Wicket", "", "OTR/L")),
        ("Jane O'Rowan-Wicket PA-C", ("Jane", "", "O'Rowan-Wicket", "", "PA-C")), ("JANE WICKET, PA", ("JANE", "", "WICKET", "", "PA")),
        ("Dr. Maria de la Rowan Jr.", ("Maria", "", "de la Rowan", "Jr.", "")), ("DR JANE ROWAN", ("JANE", "", "ROWAN", "", "")),
        ("MOLLY VAN WICKET", ("MOLLY", "", "VAN WICKET", "", "")), ("JOCELYN ST. ROWAN", ("JOCELYN", "", "ST. ROWAN", "", "")),
        ("VAN DER WICKET, JAN", ("JAN", "", "VAN DER WICKET", "", "")), ("JOHN MC WICKET", ("JOHN", "", "MC WICKET", "", "")),
        ("MARIA DEL CARMEN ROWAN", ("MARIA", "DEL CARMEN", "ROWAN", "", "")), ("ALI AL WICKET", ("ALI", "", "AL WICKET", "", "")),
        ("THERESA O DOHERTY", ("THERESA", "", "O DOHERTY", "", "")), ("THERESA O WICKET", ("THERESA", "O", "WICKET", "", "")),
        ("THERESA O. DOHERTY", ("THERESA", "O.", "DOHERTY", "", "")), ("LAZARO ROWAN WICKET", ("LAZARO", "ROWAN", "WICKET", "", "")),
        ("MINH VAN TRAN", ("MINH", "VAN", "TRAN", "", "")), ("VAN NGUYEN", ("VAN", "", "NGUYEN", "", "")), ("LAN DO", ("LAN", "", "DO", "", "")),
        ("NGUYEN, DO", ("DO", "", "NGUYEN", "", "")), ("KIM LE, DO", ("KIM", "", "LE", "", "DO")), ("Barnaby Wicket DO", ("Barnaby", "", "Wicket", "", "DO")),
        ("BARNABY WICKET D.O.", ("BARNABY", "", "WICKET", "", "D.O.")), ("BRIANNA COTA", ("BRIANNA", "", "COTA", "", "")),
        ("KWAKU ROWAN - WICKET", ("KWAKU", "", "ROWAN-WICKET", "", "")), ("J R WICKET", ("J", "R", "WICKET", "", "")),
        ("William (Bill) Wicket", ("William", "(Bill)", "Wicket", "", "")), ("Jos\u00e9 \u00d1\u00e1\u00f1ez", ("Jos\u00e9", "", "\u00d1\u00e1\u00f1ez", "", "")),
        ("BARNABY WICKET III", ("BARNABY", "", "WICKET", "III", "")), ("Barnaby Wicket, V", ("Barnaby", "", "Wicket", "V", "")), ("Barnaby Wicket 3rd", ("Barnaby", "", "Wicket", "3rd", "")),
    ],
)  # fmt: skip
def test_whole_names(text: str, parts: tuple[str, ...]) -> None:
    assert full_name(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", ", ,", "Wicket", "Dr. Wicket", "WICKET, MD", "DO, MD", "DE WICKET", "WICKET BARNABY A", "X Y", "JOHN TRAN DO", "John Tran Do",
     "JANE WICKET PA", "BARNABY WICKET DO FAAOS", "Wicket, Jane, Mary", "Wicket Orthopedic Clinic", "Wicket Imaging LLC", "Jane & John Wicket",
     "Wicket, Jane, Physical Therapist", "Jane Wicket, QRSTW", "Suite 200", "jane@example.org", "Jane Wicket; John Wicket", "Jane (Wicket)", "Jr. MD", "Jane 42",
     "Wicket Jr, Jane Jr", "A" * 150 + " " + "B" * 60, "Jane Wicket, MD, John Rowan"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_not(text: str) -> None:
    assert full_name(text) is None


WORDS = st.sampled_from(
    "JANE Wicket VAN DE O DO MD, PhD, Jr. III , A. St. NGUYEN (Bill) Dr. - O'Rowan".split()
) | st.text("ABc\u00e9 .,-'", min_size=1, max_size=6)


@given(st.lists(WORDS, max_size=7).map(" ".join) | st.text(max_size=40))
def test_nothing_is_lost_of_any_name(text: str) -> None:
    parts = full_name(text)
    if parts is None:
        return
    given_name, _middle, family, _suffix, _credentials = parts
    assert given_name
    assert family
    before = sorted(re.findall(r"\w+", re.sub(r"(?i)\b(dr|dra|mr|mrs|ms|miss|prof|professor|doctor)\b", "", text)))
    after = sorted(
        re.findall(r"\w+", re.sub(r"(?i)\b(dr|dra|mr|mrs|ms|miss|prof|professor|doctor)\b", "", " ".join(parts)))
    )
    assert after == before
