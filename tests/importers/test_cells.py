"""Single cells: whatever the text, a value that the database takes or a declared code."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finder.db.base import Stated
from finder.db.directory import LocationKind
from finder.errors import CODES
from finder.importers import cells
from finder.importers.cells import CellError, Mended
from finder.importers.templates import SHAPES

READERS = {
    f"{section.name}.{column.name}": column.read
    for section in SHAPES.values()
    for column in section.understood
    if callable(column.read)
}
# The longest that a column of text takes, where it is not of any length.
LONGEST = {
    cells.name: 200, cells.person_name: 200, cells.place_name: 200, cells.address: 200, cells.short: 30, cells.suffix: 30,
    cells.label: 60, cells.key: 80, cells.phone: 30, cells.npi: 10,
}  # fmt: skip

# Arbitrary text, and text that is nearly right.
TEXTS = (
    st.text(max_size=250)
    | st.from_regex(r"[+\-]?[0-9]{1,12}([.,eE/][0-9]{0,6}){0,3}", fullmatch=True)
    | st.from_regex(r"\(?[2-9][0-9]{2}\)? ?[0-9]{3}-[0-9]{4}( ?(x|ext\.?|,) ?[0-9]{1,25})?", fullmatch=True)
    | st.from_regex(r"https?://[^\n]{0,20}", fullmatch=True)
)


def in_arabic(text: str) -> str:
    """Return text with its digits in the Arabic script, which `int`, `float` and `\\d` all take."""
    return text.translate({ord(str(digit)): 0x660 + digit for digit in range(10)})


@pytest.mark.parametrize("name", READERS)
@given(text=TEXTS)
@settings(max_examples=60)
@example(text="")
@example(text="\x00")
@example(text="804-555-0100 ext. 12345678901234567890")
@example(text="http://[")
@example(text="9999999999999999999999")
@example(text="FERN, ADA Q., MD, FAAOS")
def test_any_text_is_read_or_refused_by_a_declared_code(name: str, text: str) -> None:
    read: Any = READERS[name]
    text = cells.clean(text)
    refusal = None
    try:
        value = read(text)
    except CellError as refused:
        refusal = refused
    if refusal is not None:
        assert CODES[refusal.code].kind == "row"
        assert set(refusal.params) == set(CODES[refusal.code].params)
        return
    if isinstance(value, Mended):
        assert CODES[value.code].kind in ("mend", "note")
        value = value.value
    for one in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(one, str):
            assert not any(ord(letter) < 9 or letter == "\x7f" for letter in one)
            assert len(one) <= LONGEST.get(read, 1000)
        if isinstance(one, float):
            assert math.isfinite(one)


@pytest.mark.parametrize("name", READERS)
@given(text=TEXTS)
@settings(max_examples=60)
@example(text="O\u2019BRIEN")
@example(text="MCDONALD")
@example(text="804/555/0100")
@example(text="virginia")
@example(text="8-5 M-F")
def test_what_was_mended_once_is_good(name: str, text: str) -> None:
    """A mended cell that goes back into the file as it is shown is read the same, and not mended so again."""
    read: Any = READERS[name]
    try:
        first = read(cells.clean(text))
    except CellError:
        return
    if not isinstance(first, Mended) or first.code == "name_split":
        return
    second = read(cells.clean(first.shown))
    assert not isinstance(second, Mended) or CODES[second.code].kind == "note" or second.code != first.code
    assert (second.value if isinstance(second, Mended) else second) == first.value


def value(read: Any, text: str) -> Any:
    """Return what is read of a text, mended or not."""
    found = read(text)
    return found.value if isinstance(found, Mended) else found


def mend(read: Any, text: str) -> str:
    """Return the code of what is told of a text, "" for nothing."""
    found = read(text)
    return found.code if isinstance(found, Mended) else ""


def code(read: Any, text: str) -> str:
    with pytest.raises(CellError) as refused:
        read(text)
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "number", "told"),
    [
        ("(804) 555-0100", "+18045550100", ""),
        ("804.555.0100", "+18045550100", ""),
        ("8045550100", "+18045550100", ""),
        ("1-804-555-0100", "+18045550100", ""),
        ("+1 804 555 0100", "+18045550100", ""),
        ("+18045550100", "+18045550100", ""),
        ("804-555-0100 x123", "+18045550100;ext=123", ""),
        ("804-555-0100, ext. 7", "+18045550100;ext=7", "phone_mended"),
        ("8045550100.0", "+18045550100", "phone_mended"),
        ("804/555/0100", "+18045550100", "phone_mended"),
        ("Tel. 804 - 555 - 0100", "+18045550100", "phone_mended"),
        ("", "", ""),
    ],
)
def test_phones_come_out_in_one_form(text: str, number: str, told: str) -> None:
    assert (value(cells.phone, text), mend(cells.phone, text)) == (number, told)


@pytest.mark.parametrize(
    "text",
    [
        "555-0100", "call us", "123", "804-555-0100-99999", "+999 1", "804-555-0100 / 804-555-0101", "80455501001",
        # A digit too few before what a float leaves behind.
        "804555010.0", "1804555010.0",
        # Nobody here dials abroad for an appointment; and ten of its digits are no number here.
        # No area code and no exchange of North America begins with 0 or 1.
        "000-000-0000", "0000000000", "111-111-1111", "123-456-7890", "(360) 000-0000",
    ],
)  # fmt: skip
def test_what_cannot_be_a_phone_is_refused(text: str) -> None:
    assert code(cells.phone, text) == "phone_malformed"


@pytest.mark.parametrize("text", ["2.12689E+12", "8.0456E+09", "8E9", "2.12689e+12"])
def test_a_phone_that_a_spreadsheet_rounded_is_named(text: str) -> None:
    assert code(cells.phone, text) == "phone_rounded"


@pytest.mark.parametrize("text", ["1234567893", "1234567893.0", "1003000126"])
def test_an_npi_with_its_check_digit(text: str) -> None:
    assert cells.npi(text) == text[:10]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1234567890", "npi_check_digit"),
        ("1234567839", "npi_check_digit"),
        ("2134567893", "npi_check_digit"),
        ("123456789", "npi_malformed"),
        ("12345678933", "npi_malformed"),
        ("1.23457E+09", "npi_rounded"),
        ("1234567893E+00", "npi_rounded"),
        ("1_234567893", "npi_malformed"),
        (in_arabic("1234567893"), "npi_malformed"),
    ],
)
def test_a_wrong_npi(text: str, wrong: str) -> None:
    assert code(cells.npi, text) == wrong


@given(st.integers(10**8, 2 * 10**9 // 10 - 1))
def test_one_check_digit_of_ten_is_right(nine: int) -> None:
    """The same sum by another way: the constant 24 stands for the digits 80840 (CMS)."""
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in str(nine)[::2])
    right = -(24 + doubled + sum(int(digit) for digit in str(nine)[1::2])) % 10
    for last in range(10):
        text = f"{nine}{last}"
        if last == right:
            assert cells.npi(text) == text
        else:
            assert code(cells.npi, text) == "npi_check_digit"


@pytest.mark.parametrize(
    ("text", "degrees"), [("37.55", 37.55), ("-77", -77.0), ("+1.5", 1.5), ("\u221277.46", -77.46), ("", None)]
)
def test_degrees(text: str, degrees: float | None) -> None:
    assert cells.degrees(text) == degrees


@pytest.mark.parametrize(
    "text",
    [
        "4_0.75",
        "1e400",
        "1e2",
        "nan",
        "inf",
        in_arabic("37.55"),
        "37,5",
        "1,037,55",
        "37.55N",
        "37°33'",
        ".5.",
        "0x10",
        "--1",
        "1 2",
    ],
)
def test_what_python_takes_for_a_number_and_people_do_not(text: str) -> None:
    assert code(cells.degrees, text) == "number_malformed"


def test_a_decimal_comma_is_mended() -> None:
    for text, degrees in (("42,3389", 42.3389), ("-77,46", -77.46)):
        found = cells.degrees(text)
        assert isinstance(found, Mended)
        assert (found.value, found.code, found.shown) == (degrees, "comma_mended", text.replace(",", "."))


def test_an_address_of_a_page_gets_its_beginning() -> None:
    found = cells.url("www.example.org/hip")
    assert isinstance(found, Mended)
    assert (found.value, found.code) == ("https://www.example.org/hip", "url_mended")
    for text in ("www.", "www.example.org/a b", "example.org", "www.example.org@evil.example"):
        assert code(cells.url, text) == "url_malformed"


def test_a_row_is_removed_by_the_word_too() -> None:
    for text in ("remove", "Remove", "REMOVE", "yes"):
        assert cells.removal(text) is Stated.YES
    assert (cells.removal(""), cells.removal("no")) == (Stated.NOT_STATED, Stated.NO)
    assert code(cells.removal, "gone") == "stated_malformed"


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("0", 0),
        ("18", 18),
        ("120", 120),
        ("18.0", 18),
        ("18+", 18),
        ("18 years and older", 18),
        ("3 yrs.", 3),
        ("", None),
    ],
)
def test_ages(text: str, age: int | None) -> None:
    assert cells.age(text) == age


@pytest.mark.parametrize(
    "text", ["121", "-1", "18.5", "1e1", in_arabic("18"), "eighteen", "1_8", "6 months", "18-65", "+18"]
)
def test_what_is_no_age(text: str) -> None:
    assert code(cells.age, text) == "age_malformed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes", Stated.YES), ("Y", Stated.YES), ("TRUE", Stated.YES), ("1", Stated.YES), ("Sí", Stated.YES),
        ("no", Stated.NO), ("FALSE", Stated.NO), ("0", Stated.NO),
        ("", Stated.NOT_STATED), ("unknown", Stated.NOT_STATED), ("N/A", Stated.NOT_STATED), ("?", Stated.NOT_STATED),
    ],
)  # fmt: skip
def test_three_states(text: str, said: Stated) -> None:
    assert cells.stated(text) is said


@pytest.mark.parametrize("text", ["maybe", "yes, mostly", "2", in_arabic("1")])
def test_a_fourth_state_is_refused(text: str) -> None:
    assert code(cells.stated, text) == "stated_malformed"


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "example.org", "//example.org", "https://", "ftp://example.org", "http://a b", "http://["],
)
def test_only_web_addresses_are_taken(text: str) -> None:
    assert code(cells.url, text) == "url_malformed"


def test_states_by_letters_or_name() -> None:
    texts = ("VA", "va", "D.C.", "Virginia", "puerto  rico", "NORTH CAROLINA")
    assert [value(cells.state, text) for text in texts] == ["VA", "VA", "DC", "VA", "PR", "NC"]
    assert [mend(cells.state, text) for text in texts] == ["", "", "", "state_mended", "state_mended", "state_mended"]
    assert cells.states("VA; NC, Ohio") == ["VA", "NC", "OH"]
    assert code(cells.state, "Atlantis") == "state_unknown"
    assert code(cells.states, "VA; Atlantis") == "state_unknown"


def test_names_in_capitals_are_mended_and_no_others() -> None:
    assert [value(cells.person_name, text) for text in ("MCDONALD", "O'BRIEN", "SMITH-JONES", "ADA", "DJ", "A")] == [
        "McDonald", "O'Brien", "Smith-Jones", "Ada", "DJ", "A",
    ]  # fmt: skip
    assert mend(cells.person_name, "MCDONALD") == "capitals_mended"
    for text in ("mcdonald", "McDonald", "macArthur", "van der Berg", "DJ", "A", ""):
        assert (value(cells.person_name, text), mend(cells.person_name, text)) == (text, "")
    assert value(cells.place_name, "QUILLMOOR HOSPITAL OF THE SOUTH") == "Quillmoor Hospital of the South"
    assert value(cells.address, "100 NE 5TH STREET") == "100 NE 5th Street"
    # A title, a fellowship or a detail may be an acronym.
    assert cells.name("MRI") == "MRI"


def test_quotes_of_a_word_processor_are_straightened() -> None:
    assert (value(cells.person_name, "O\u2019Brien"), mend(cells.person_name, "O\u2019Brien")) == (
        "O'Brien",
        "quotes_mended",
    )
    assert value(cells.person_name, "O\u2019BRIEN") == "O'Brien"
    assert value(cells.note, "the \u201ceast\u201d door") == 'the "east" door'
    assert value(cells.name, "two\n  lines\tand more") == "two lines and more"
    assert value(cells.note, "two\r\nlines\rand more") == "two\nlines\nand more"


def test_a_whole_name_is_taken_apart() -> None:
    for text in ("FERN, ADA Q, MD", "Ada Q Fern, MD"):
        read = cells.full_name(text)
        assert read is not None
        assert (read.value, read.code) == (("Ada", "Q", "Fern", "", "MD"), "name_split")
        assert read.shown == "Ada | Q | Fern | MD"
    assert cells.full_name("") is None
    for text in ("Fern", "Quillmoor Hip Clinic", "Fern & Moss", ",", "MD"):
        assert code(cells.full_name, text) == "full_name_malformed"


def test_hours_are_brought_to_one_form_or_kept_as_words() -> None:
    assert (value(cells.hours, "M-F 8-5"), mend(cells.hours, "M-F 8-5")) == ("Mon-Fri 8:00-17:00", "hours_mended")
    assert mend(cells.hours, "Mon-Fri 8:00-17:00") == ""
    words = "when the tide is out"
    assert (value(cells.hours, words), mend(cells.hours, words)) == (words, "hours_in_words")
    assert (value(cells.days, "Monday and Wednesday"), mend(cells.days, "Monday and Wednesday")) == (
        "Mon, Wed",
        "hours_mended",
    )
    assert (value(cells.days, "every other week"), mend(cells.days, "every other week")) == ("every other week", "")


def test_what_spreadsheets_leave_around_a_text_is_cleaned() -> None:
    assert {cells.clean(text) for text in ("\ufeff Ada\u00a0", "  Ada\n", "\u200bAda\u200e")} == {"Ada"}
    # An apostrophe that keeps a spreadsheet from running a cell is none of its text; any other is.
    assert (cells.clean(" '=Ada"), cells.clean("'Ada")) == ("=Ada", "'Ada")
    assert cells.clean("\u00a0 \u200b") == ""
    assert cells.clean("Cafe\u0301") == "Caf\u00e9"


def test_ids_hold_no_spaces_or_slashes() -> None:
    assert cells.key("therapy-1.b_2") == "therapy-1.b_2"
    for text in ("two words", "a/b", "-lead", "a" * 81, "né", "a\n"):
        assert code(cells.key, text) == "key_malformed"


def test_choices_are_read_loosely_and_named_when_wrong() -> None:
    read = cells.one_of(LocationKind, {"acute care": LocationKind.HOSPITAL}, LocationKind.NOT_STATED)
    assert [read(text) for text in ("Critical Access", "critical_access", " ACUTE  CARE", "")] == [
        LocationKind.CRITICAL_ACCESS, LocationKind.CRITICAL_ACCESS, LocationKind.HOSPITAL, LocationKind.NOT_STATED,
    ]  # fmt: skip
    with pytest.raises(CellError) as refused:
        read("castle")
    assert "surgery_center" in refused.value.params["choices"]


def test_text_is_never_cut() -> None:
    assert cells.name("a" * 200) == "a" * 200
    assert code(cells.name, "a" * 201) == "text_too_long"
    assert code(cells.note, "direction \u202e reversed") == "text_unprintable"
