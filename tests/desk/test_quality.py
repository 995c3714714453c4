"""Every work list finds what was planted in made-up data, and nothing else; what is fine stays away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from finder.db.addresses import street
from finder.db.reports import Mistake
from finder.db.staff import Amendment
from finder.desk.amendments import amend
from finder.desk.confirmations import make_link, use_link
from finder.desk.quality import LISTS, board, look_at, work_list
from finder.desk.quality_aside import all_set_aside, bring_back, set_aside
from finder.desk.reports import file_report, mark_done
from finder.desk.verified import verified_today
from finder.errors import DeskRefused
from finder.formats.findings import WORK_LISTS, sentence
from finder.formats.wording import wording
from tests.search.made_up import npi
from tests.search.small_directory import loader

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
FRESH, OLD, STALE = (str(TODAY - dt.timedelta(days=days)) for days in (90, 91, 181))
SURGEON, FOOT, NURSE = "207XX0005X", "213E00000X", "363LF0000X"


def place(key: str, **facts: object) -> dict[str, object]:
    """Return a place with nothing wrong: each has a street and a number of its own, some miles from the next."""
    number = (ord(key[0]) - ord("a")) * 6 + "aeiou".find(key[1]) + 102
    return {
        "location_id": key, "name": f"{key.title()} Clinic", "address": f"{number} {key.title()} Street",
        "city": "Richmond", "state": "VA", "zip_code": "23220", "phone": f"804-555-{number:04d}",
        "latitude": round(37.35 + number / 1000, 5), "longitude": -77.46, "verified_on": FRESH,
        "organization": "Alder Health", **facts,
    }  # fmt: skip


def person(key: str, at: str, **facts: object) -> dict[str, object]:
    return {
        "person_id": key, "location_id": at, "given_name": "Test", "family_name": f"Of{key}", "specialties": SURGEON,
        "verified_on": FRESH, **facts,
    }  # fmt: skip


PLACES = [
    place("ash"),
    place("bay", zip_code="23221", latitude="", longitude=""),
    # A military address has no point.
    place("cob", zip_code="09012", latitude="", longitude=""),
    # Near its ZIP code, in Maryland it is not.
    place("dun", latitude=38.5, longitude=-76.95, zip_code="22485", city="King George"),
    place("elm", latitude=37.0, longitude=-77.46),
    place("fir", phone=""),
    place("gum", phone=""),
    place("hay", verified_on=OLD),
    place("ivy", verified_on=STALE),
    place("jet", verified_on=""),
    place("kin", organization="Birch Health"),
    # One street address, written in two ways, and the same number.
    place("lap", address="100 North Main Street, Suite 4", phone="804-555-0500", latitude=37.61, longitude=-77.5),
    place("low", address="100 N. Main St.", phone="804-555-0500", latitude=37.62, longitude=-77.52),
    # Some 100 metres apart and of like names; the third is as near, and another practice.
    place("mar", name="Marrow Hip Center", latitude=37.7, longitude=-77.5),
    place("mor", name="Marrow Hip Center East", latitude=37.7009, longitude=-77.5),
    place("not", name="Fernhollow Dental", latitude=37.70045, longitude=-77.5),
    # The very same pin, though the street is another.
    place("oak", latitude=37.8, longitude=-77.6),
    place("oar", name="Zinnia Works", phone="804-555-0777", latitude=37.8, longitude=-77.6),
]
PEOPLE = [
    *(person(f"p{one['location_id']}", str(one["location_id"])) for one in PLACES if one["location_id"] != "kin"),
    person("pfir", "fir", phone="804-555-0909") | {"person_id": "pfir"},
]
PEOPLE = [one for one in PEOPLE if not (one["person_id"] == "pfir" and "phone" not in one)] + [
    person("stale", "ash", verified_on=STALE),
    person("never", "ash", verified_on=""),
    # Who has the same name: at one place, at one number, and neither.
    person("wren1", "ash", given_name="Ada", family_name="Wren", npi=npi(1)),
    person("wren2", "ash", given_name="ada", family_name="Wren", npi=npi(2)),
    person("lark1", "lap", given_name="Bo", family_name="Lark", npi=npi(3)),
    person("lark2", "low", given_name="Bo M.", family_name="Lark", npi=npi(4)),
    person("crow1", "ash", given_name="Cy", family_name="Crow", npi=npi(5)),
    person("crow2", "bay", given_name="Cy", family_name="Crow", npi=npi(6)),
    # A foot surgeon and a nurse who say they treat the hip; of the nurse it is what lists them.
    person("foot", "ash", specialties=FOOT),
    person("nurse", "ash", specialties=NURSE, works_with="Dr. Test"),
    person("right", "ash"),
]
CAPABILITIES = [
    {"person_id": who, "location_id": "", "condition_or_procedure": "labral-tear", "level": "treats"}
    for who in ("foot", "nurse", "right")
] + [{"person_id": "foot", "location_id": "", "condition_or_procedure": "hip-fracture", "level": "refers"}]
# By list: the subjects that were planted.
PLANTED: dict[str, set[str]] = {
    "over-180-days": {"place:ours:ivy", "role:person:ours:stale@place:ours:ash"},
    "never-checked": {"place:ours:jet", "role:person:ours:never@place:ours:ash"},
    "90-to-180-days": {"place:ours:hay"},
    "pins-in-doubt": {"place:ours:dun", "place:ours:elm", "place:ours:oak", "place:ours:oar"},
    "approximate": {"place:ours:bay", "place:ours:cob"},
    "no-phone": {"place:ours:gum"},
    "people-twice": {f"npi:{npi(1)} npi:{npi(2)}", f"npi:{npi(3)} npi:{npi(4)}"},
    "places-twice": {"place:ours:lap place:ours:low", "place:ours:mar place:ours:mor"},
    "unbacked": {"person:ours:foot"},
    "nobody": {"place:ours:kin"},
    "reports": set(),
    "confirmations": set(),
    "amendments-ending": set(),
}


@pytest.fixture
def ours(engine: Engine, tmp_path: Path) -> Engine:
    loader(engine, tmp_path)("ours", locations=PLACES, practitioners=PEOPLE, capabilities=CAPABILITIES)
    return engine


def found(engine: Engine, name: str, practice: str = "") -> list[Any]:
    with engine.connect() as connection:
        return work_list(look_at(connection, NOW), name, practice)


def subjects(engine: Engine, name: str) -> set[str]:
    return {one.subject for one in found(engine, name)}


def test_every_list_has_exactly_what_was_planted(ours: Engine) -> None:
    assert {*PLANTED, "not-reviewed"} == set(LISTS) == set(WORK_LISTS)
    assert {name: subjects(ours, name) for name in PLANTED} == PLANTED
    counts = board(ours, NOW).counts
    assert {name: counts[name] for name in PLANTED} == {name: len(of) for name, of in PLANTED.items()}
    # Nobody has signed anything: all conditions.
    assert len(found(ours, "not-reviewed")) == counts["not-reviewed"] > 30


def test_each_finding_says_what_is_wrong(ours: Engine) -> None:
    w = wording("en")
    with ours.connect() as connection:
        look = look_at(connection, NOW)
        said = {one.subject: sentence(one, look.catalogue, w) for name in PLANTED for one in work_list(look, name)}
    assert said["place:ours:elm"].startswith("The pin is 38 miles from the middle of 23220")
    assert "miles outside VA" in said["place:ours:dun"]
    assert "Zinnia Works" in said["place:ours:oak"]
    assert said["place:ours:lap place:ours:low"].endswith("the same street address. Their phone is the same.")
    assert "less than 150 meters apart." in said["place:ours:mar place:ours:mor"]
    assert "the same place" in said[f"npi:{npi(1)} npi:{npi(2)}"]
    assert "the same phone" in said[f"npi:{npi(3)} npi:{npi(4)}"]
    assert "Hip labral tear" in said["person:ours:foot"]
    assert said["place:ours:ivy"] == "Last checked June 2, 2026, 181 days ago."
    assert not any("{" in text for text in said.values())


def test_a_list_of_one_practice_alone(ours: Engine) -> None:
    assert {one.practice for one in found(ours, "nobody", "ours:birch-health")} == {"ours:birch-health"}
    assert found(ours, "nobody", "ours:alder-health") == []
    (birch,) = (one for one in board(ours, NOW).practices if one.name == "Birch Health")
    assert (birch.listings, birch.stale, birch.reports) == (1, 0, 0)


def test_reports_are_listed_by_age_until_they_are_answered(ours: Engine) -> None:
    for days, public_id in ((3, "place:ours:ash"), (9, f"npi:{npi(1)}"), (1, "place:ours:ash")):
        file_report(ours, public_id, [Mistake.PHONE], 1, TODAY - dt.timedelta(days=days))
    first, second = found(ours, "reports")
    assert (first.subject, first.name, first.age_days) == (f"npi:{npi(1)}", "Ada Wren", 9)
    assert (second.subject, second.params["reports"], second.age_days) == ("place:ours:ash", 2, 3)
    assert (board(ours, NOW).oldest_report_days, board(ours, NOW).kinds_of_reports) == (9, {"phone": 3})
    mark_done(ours, "place:ours:ash", "tests", NOW, "called them")
    assert subjects(ours, "reports") == {f"npi:{npi(1)}"}


def test_what_practices_said_is_listed(ours: Engine) -> None:
    number, token = make_link(ours, "place:ours:ash", "tests", NOW)
    use_link(ours, token, [], NOW, all_right=True)
    (one,) = found(ours, "confirmations")
    assert (one.subject, one.name, one.code, one.params["link"]) == (
        "place:ours:ash",
        "Ash Clinic",
        "all_right",
        number,
    )


def test_amendments_that_end_soon_or_have_ended(ours: Engine) -> None:
    ends = {"soon": 13, "later": 16, "ended": -29, "long ago": -31}
    with ours.begin() as connection:
        for number, (key, days) in enumerate(ends.items()):
            connection.execute(
                insert(Amendment).values(
                    public_id=f"place:ours:{('ash', 'bay', 'hay', 'ivy')[number]}", field="phone", value=key,
                    imported_value="", made_by="tests", made_at=NOW, ends_at=NOW + dt.timedelta(days=days),
                )
            )  # fmt: skip
    assert [(one.subject, one.code) for one in found(ours, "amendments-ending")] == [
        ("place:ours:hay", "amendment_ended"), ("place:ours:ash", "amendment_ends"),
    ]  # fmt: skip


def test_verified_today_is_for_a_place_with_its_people_or_one_of_them(ours: Engine) -> None:
    assert verified_today(ours, ["role:person:ours:stale@place:ours:ash"], "tests", TODAY) == 1
    assert subjects(ours, "over-180-days") == {"place:ours:ivy"}
    assert verified_today(ours, ["place:ours:ash", "place:ours:ivy"], "tests", TODAY) > 8
    assert subjects(ours, "over-180-days") == set()
    assert subjects(ours, "never-checked") == {"place:ours:jet"}
    with pytest.raises(DeskRefused) as refused:
        verified_today(ours, ["place:ours:none"], "tests", TODAY)
    assert refused.value.code == "listing_unlisted"


def test_amended_facts_are_what_counts(ours: Engine) -> None:
    amend(ours, "place:ours:gum", {"phone": "804-555-0999"}, "tests")
    assert subjects(ours, "no-phone") == set()
    amend(ours, "place:ours:elm", {"latitude": 37.55, "longitude": -77.47}, "tests")
    assert "place:ours:elm" not in subjects(ours, "pins-in-doubt")
    amend(ours, "place:ours:oar", {"hidden": True}, "tests")
    assert subjects(ours, "pins-in-doubt") == {"place:ours:dun"}


def test_what_is_fine_stays_away_until_its_facts_change(ours: Engine, tmp_path: Path) -> None:
    set_aside(ours, "pins-in-doubt", "place:ours:elm", "a far  wing", "tests", NOW)
    assert subjects(ours, "pins-in-doubt") == PLANTED["pins-in-doubt"] - {"place:ours:elm"}
    assert board(ours, NOW).counts["pins-in-doubt"] == 3
    with ours.connect() as connection:
        (aside,) = all_set_aside(connection, "pins-in-doubt")
    assert (aside.reason, aside.made_by) == ("a far wing", "tests")
    # Days pass, and another version says the same: it stays away. Another pin brings it back.
    load = loader(ours, tmp_path)
    other = [one | {"hours": "Mon-Fri 8-5"} for one in PLACES]
    load("ours", locations=other, practitioners=PEOPLE, capabilities=CAPABILITIES)
    assert "place:ours:elm" not in subjects(ours, "pins-in-doubt")
    moved = [one | {"latitude": 37.01} if one["location_id"] == "elm" else one for one in PLACES]
    load("ours", locations=moved, practitioners=PEOPLE, capabilities=CAPABILITIES)
    assert "place:ours:elm" in subjects(ours, "pins-in-doubt")
    set_aside(ours, "pins-in-doubt", "place:ours:elm", "still", "tests", NOW)
    bring_back(ours, "pins-in-doubt", "place:ours:elm", "tests", NOW)
    assert "place:ours:elm" in subjects(ours, "pins-in-doubt")


@pytest.mark.parametrize(
    ("name", "subject", "reason", "code"),
    [
        ("pins-in-doubt", "place:ours:ash", "x", "finding_unknown"),
        ("pins-in-doubt", "place:ours:elm", "  ", "reason_missing"),
        ("nothing", "place:ours:elm", "x", "list_unknown"),
        ("not-reviewed", "labral-tear", "x", "finding_answered"),
    ],
)
def test_what_cannot_be_set_aside(ours: Engine, name: str, subject: str, reason: str, code: str) -> None:
    with pytest.raises(DeskRefused) as refused:
        set_aside(ours, name, subject, reason, "tests", NOW)
    assert refused.value.code == code


def test_one_number_of_two_people(ours: Engine, tmp_path: Path) -> None:
    other = person("x", "their", given_name="Zoe", family_name="Stork", npi=npi(5))
    loader(ours, tmp_path)("theirs", locations=[place("their", latitude=37.9)], practitioners=[other], priority=-5)
    added = [one for one in found(ours, "people-twice") if one.code == "npi_of_two"]
    assert [(one.subject, one.params["names"]) for one in added] == [
        (f"npi:{npi(5)}", ["Cy Crow (ours)", "Zoe Stork (theirs)"])
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("100 North Main Street", "100 N. Main St.", True),
        ("100 N Main St Suite 200", "100 North Main Street, 2nd Floor", True),
        ("100 Main St #4", "100 Main Street", True),
        ("100 Main Street", "101 Main Street", False),
        ("100 Main Street", "100 Main Avenue", False),
    ],
)
def test_streets_are_compared_as_mail_is_addressed(one: str, other: str, alike: bool) -> None:
    assert (street(one) == street(other)) is alike
