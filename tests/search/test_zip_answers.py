"""What a ZIP code gets for an answer: its point and how exact that is, or a refusal that says why."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from click.testing import CliRunner

from finder.cli.group import finder
from finder.db.reference import zip_points
from finder.db.zip_table import Exactness, ZipKind
from finder.errors import CODES, FinderError, QuestionError
from finder.formats.wording import wording
from finder.geo import METRES_PER_MILE, geodesic_m
from finder.search.origin import Origin, resolve_origin, resolve_zip

ISSUE = (
    "23226 23298 29402 10118 00501 00918 96910 96799 99701 99519 96898 21792 96940 85144 09012 00000 99999 K1A0B1 2139 "
    "\u0662\u0663\u0662\u0662\u0660"
).split()


def answer(typed: str) -> Origin | QuestionError:
    try:
        return resolve_origin(typed)
    except QuestionError as refused:
        return refused


@pytest.mark.parametrize(
    ("typed", "code", "params"),
    [
        ("K1A0B1", "zip_canadian", {"value": "K1A0B1"}),
        ("k1a 0b1", "zip_canadian", {"value": "k1a 0b1"}),
        ("SW1A 1AA", "zip_british", {"value": "SW1A 1AA"}),
        ("M1 1AE", "zip_british", {"value": "M1 1AE"}),
        ("\u0662\u0663\u0662\u0662\u0660", "zip_other_digits", {"value": "\u0662\u0663\u0662\u0662\u0660", "nearest": "23220"}),
        ("\uff12\uff13\uff12\uff12\uff10", "zip_other_digits", {"value": "\uff12\uff13\uff12\uff12\uff10", "nearest": "23220"}),
        ("2322O", "zip_not_digits", {"value": "2322O", "nearest": "23220"}),
        ("VA23220", "zip_not_digits", {"value": "VA23220", "nearest": ""}),
        ("2139", "zip_zero_lost", {"value": "2139", "suggestion": "02139"}),
        ("603", "zip_zero_lost", {"value": "603", "suggestion": "00603"}),
        ("2139-1234", "zip_zero_lost", {"value": "2139-1234", "suggestion": "02139"}),
        ("41023134", "zip_zero_lost", {"value": "41023134", "suggestion": "04102"}),
        ("00000", "zip_unknown", {"value": "00000"}),
        ("99999", "zip_unknown", {"value": "99999"}),
        ("99999-1234", "zip_unknown", {"value": "99999"}),
        ("88888", "zip_unknown", {"value": "88888"}),
        ("09012", "zip_military", {"value": "09012"}),
        ("99500", "zip_prefix_wide", {"value": "99500", "prefix": "995"}),
    ],
    ids=ascii,
)  # fmt: skip
def test_refusals(typed: str, code: str, params: dict[str, object]) -> None:
    with pytest.raises(QuestionError) as refused:
        resolve_origin(typed)
    assert (refused.value.code, refused.value.params) == (code, params)


@pytest.mark.parametrize(
    "typed", ["23220-9137", " 23220 ", "232209137", "23220 9137", "Richmond, VA 23220", "richmond va 23220-9137"]
)
def test_usual_forms(typed: str) -> None:
    assert resolve_origin(typed).zip_code == "23220"


@pytest.mark.parametrize("typed", ["PO Box 23220", "Boston, MA 23220", "23220 Richmond"])
def test_an_address_counts_only_where_its_state_is_the_zip_codes(typed: str) -> None:
    with pytest.raises(QuestionError):
        resolve_origin(typed)


def test_a_zip_code_in_no_source_is_measured_from_its_prefix() -> None:
    assert "23299" not in zip_points()
    origin = resolve_zip("23299")
    assert (origin.kind, origin.exactness, origin.near) == (ZipKind.UNKNOWN, Exactness.PREFIX, "232")
    members = zip_points().beginning_with("232")
    lats, lons = (np.array([getattr(point, axis) for point in members]) for axis in ("latitude", "longitude"))
    near = geodesic_m(origin.latitude, origin.longitude, lats, lons) <= 40 * METRES_PER_MILE
    assert near.mean() >= 0.9
    assert "begin with 232" in wording("en").origin(origin)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("23226", "Miles are in a straight line from the middle of ZIP 23226 (Richmond, VA)."),
        ("29402", "29402 (Charleston, SC) is for PO boxes. Miles are in a straight line from near its post office."),
        ("10118", "10118 (New York, NY) is for one large customer. Miles are in a straight line from there."),
        ("00821", "00821 (Christiansted, VI) is for PO boxes. We measured in a straight line from the middle of ZIP 00820 next to it."),
        ("21792", "21792 (Unionville, MD) may be for PO boxes or one large customer. Miles are in a straight line from near its post office."),
        ("96940", "Miles are in a straight line from the town of ZIP 96940 (Koror, PW)."),
    ],
)  # fmt: skip
def test_the_label_says_what_was_done(code: str, said: str) -> None:
    assert wording("en").origin(resolve_zip(code)) == said


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("typed", [*ISSUE, "Roanoke, VA", "Arlington", "Roanoake VA"], ids=ascii)
def test_finder_zip_reads_well(typed: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}_US.UTF-8")
    told = CliRunner().invoke(finder, ["zip", typed])
    if told.exception and not isinstance(told.exception, SystemExit):
        assert isinstance(told.exception, FinderError)
        sentence = wording(language).error(told.exception)
    else:
        sentence = told.output
        answered = json.loads(CliRunner().invoke(finder, ["zip", "--json", typed]).output)
        assert answered["exactness"] in {one.value for one in Exactness}
        assert answered["label"] == sentence.splitlines()[0]
    assert "{" not in sentence
    assert "  " not in sentence.replace("\n  ", "\n")
    assert sentence.strip().endswith((".", "?", ")")) or "\n" in sentence


@pytest.mark.proof
def test_every_string_of_five_digits_has_an_answer_or_a_named_reason() -> None:
    """All 100,000; the counts of each kind are printed."""
    counts: Counter[str] = Counter()
    for number in range(100_000):
        typed = f"{number:05d}"
        origin = answer(typed)
        if isinstance(origin, QuestionError):
            assert set(origin.params) == set(CODES[origin.code].params)
            assert "{" not in wording("en").error(origin)
            counts[f"refused: {origin.code}"] += 1
            continue
        assert origin.zip_code == typed
        assert -90 <= origin.latitude <= 90
        assert -180 <= origin.longitude <= 180
        assert (origin.latitude, origin.longitude) != (0, 0)
        assert origin.city
        assert origin.state
        assert origin.kind
        label = wording("en").origin(origin)
        assert typed in label
        assert "{" not in label
        counts[f"answered: {origin.exactness.value}, {origin.kind.value}"] += 1
    assert sum(counts.values()) == 100_000
    assert {name for name in counts if name.startswith("refused")} == {
        "refused: zip_military", "refused: zip_prefix_wide", "refused: zip_unknown",
    }  # fmt: skip
    print()
    for name, count in counts.most_common():
        print(f"  {count:7,}  {name}")
