"""The catalogue: shipped rows come and go by version, a hospital's own stay in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from finder.db.base import Capability
from finder.db.catalogue import (
    Catalogue,
    CatalogueRow,
    Origin,
    content_hash,
    shipped_differs,
    shipped_entries,
    write_shipped,
)
from finder.db.directory import TargetKind
from finder.db.reference import DATA
from tests.formats.readability import grade, inflesz
from tests.sample_files import whole_database

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
Entry = tuple[str, str, dict[str, Any]]
# Who goes by the word of each profile: the specialty that its conditions must be the usual work of.
PROFILED = {
    "hip-and-knee-replacement": "207XS0114X",
    "hip-preservation": "207XX0005X",
    "childrens": "207XP3100X",
    "fracture": "207XX0801X",
    "non-surgical-sports": "207QS0010X",
    "therapy": "225100000X",
    "revision-and-infection": "207XS0114X",
}


def shipped() -> list[Entry]:
    return shipped_entries(DATA / "catalogue.json")


def with_changed(kind: str, key: str, **fields: Any) -> list[Entry]:
    """Return the shipped entries with one of them changed."""
    return [(k, name, body | fields if (k, name) == (kind, key) else body) for k, name, body in shipped()]


def write(engine: Engine, entries: list[Entry]) -> int:
    with engine.begin() as connection:
        return write_shipped(connection, entries, NOW)


def differs(engine: Engine, entries: list[Entry]) -> bool:
    with engine.connect() as connection:
        return shipped_differs(connection, entries)


def read(engine: Engine) -> Catalogue:
    with engine.connect() as connection:
        return Catalogue.read(connection)


def versions(engine: Engine, kind: str, key: str) -> list[tuple[Origin, int, bool]]:
    """Return (origin, version, in force) of an entry's rows."""
    row = CatalogueRow
    with engine.connect() as connection:
        found = connection.execute(select(row).where(row.kind == kind, row.key == key).order_by(row.id))
        return [(one.origin, one.version, one.superseded_at is None) for one in found]


def add_hospital_row(engine: Engine, kind: str, key: str, body: dict[str, Any], position: int = 0) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(CatalogueRow).values(
                kind=kind, key=key, origin=Origin.HOSPITAL, version=1, position=position, body=body,
                content_hash=content_hash(body), written_at=NOW,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries[:-1],
        lambda entries: [*entries, ("words", "new", {"a": 1})],
        lambda entries: [entries[1], entries[0], *entries[2:]],
        lambda entries: [(*entries[0][:2], {**entries[0][2], "new": 1}), *entries[1:]],
    ],
    ids=["gone", "new", "moved", "changed"],
)
def test_whether_anything_differs_is_told_without_writing(engine: Engine, change: Any) -> None:
    before = whole_database(engine)
    assert not differs(engine, shipped())
    assert differs(engine, change(shipped()))
    assert whole_database(engine) == before
    assert write(engine, change(shipped())) > 0
    assert not differs(engine, change(shipped()))


def test_all_that_is_shipped_loads(engine: Engine) -> None:
    entries = read(engine).entries
    assert {kind: len(entries[kind]) for kind in ("condition", "procedure", "red_flag")} == {
        "condition": 40, "procedure": 37, "red_flag": 18,
    }  # fmt: skip
    for kind, key, body in shipped():
        assert entries[kind][key] == body, (kind, key)
    in_file = [key for kind, key, _ in shipped() if kind == "condition"]
    assert list(read(engine).conditions) == in_file
    for condition in read(engine).conditions.values():
        assert condition.name("en")
        assert condition.name("es")
        for rules in condition.variants:
            assert rules.primary | rules.secondary <= set(read(engine).specialties), condition.id
        assert condition.defining | condition.also_used <= set(entries["procedure"]), condition.id


def test_the_shipped_profiles_are_whole_and_plain(engine: Engine) -> None:
    profiles = read(engine).profiles
    assert list(profiles) == list(PROFILED)
    words: list[str] = []
    for key, profile in profiles.items():
        body = profile.body
        assert (profile.faults, body["id"]) == ((), key)
        assert sum(len(targets) for targets in body["lines"].values()) == len(profile.lines) > 0
        words += {key, body["name_en"].lower(), body["name_es"].lower(), *body["synonyms_en"], *body["synonyms_es"]}
        assert grade(body["meaning_en"]) <= 8, key
        assert inflesz(body["meaning_es"]) >= 55, key
    assert len(words) == len(set(words))


def test_a_profile_claims_no_more_than_its_word(engine: Engine) -> None:
    """What is performed is a procedure; what is treated is the usual work of that specialty, or follows from it.

    A main focus, and what someone does not do, is for a row of its own to say.
    """
    catalogue = read(engine)
    for key, profile in catalogue.profiles.items():
        performed = {target for _kind, target, level in profile.lines if level is Capability.PERFORMS}
        for kind, target, level in profile.lines:
            if kind is TargetKind.PROCEDURE:
                assert level is Capability.PERFORMS, (key, target)
                continue
            assert level is Capability.TREATS, (key, target)
            condition = catalogue.conditions[target]
            assert PROFILED[key] in condition.rules().primary or performed & condition.defining, (key, target)
    for key in set(PROFILED) - {"childrens"}:
        for _kind, target, _level in catalogue.profiles[key].lines:
            assert not catalogue.entries["procedure"].get(target, {}).get("children_only"), (key, target)
    for rare in ("pelvic-osteotomy", "femoral-osteotomy", "acetabular-fracture-treatment", "tumor-surgery-hip"):
        assert not [key for key, one in catalogue.profiles.items() if rare in [line[1] for line in one.lines]], rare


def test_a_profile_keeps_to_what_the_catalogue_has(engine: Engine) -> None:
    whole = read(engine)
    lines = {"treats": ["labral-tear", "hip-pain", "no-such"], "performs": ["hip-pain"], "hopes": ["perthes"]}
    body = dict(whole.entries["profile"]["therapy"]) | {"lines": lines}
    profile = whole.with_entry("profile", "ours", body).profiles["ours"]
    assert [line[1:] for line in profile.lines] == [
        ("hip-pain", Capability.PERFORMS),
        ("labral-tear", Capability.TREATS),
    ]
    assert profile.faults == ("hopes: perthes", "treats: hip-pain", "treats: no-such")
    gone = whole.with_entry("condition", "hip-rehab", None).profiles["therapy"]
    assert [line[1] for line in gone.lines] == ["physical-therapy"]


def test_writing_the_same_again_changes_nothing(engine: Engine) -> None:
    before = whole_database(engine)
    assert write(engine, shipped()) == 0
    assert whole_database(engine) == before


def test_a_changed_entry_becomes_a_new_version(engine: Engine) -> None:
    assert write(engine, with_changed("condition", "labral-tear", name_en="Torn rim")) == 1
    assert versions(engine, "condition", "labral-tear") == [(Origin.SHIPPED, 1, False), (Origin.SHIPPED, 2, True)]
    assert read(engine).conditions["labral-tear"].name("en") == "Torn rim"
    assert list(read(engine).conditions) == [key for kind, key, _ in shipped() if kind == "condition"]


def test_an_entry_that_is_gone_is_retired_and_may_come_back(engine: Engine) -> None:
    fewer = [entry for entry in shipped() if entry[:2] != ("condition", "labral-tear")]
    assert write(engine, fewer) > 0
    assert "labral-tear" not in read(engine).conditions
    assert versions(engine, "condition", "labral-tear") == [(Origin.SHIPPED, 1, False)]
    assert write(engine, shipped()) > 0
    assert versions(engine, "condition", "labral-tear") == [(Origin.SHIPPED, 1, False), (Origin.SHIPPED, 2, True)]
    assert "labral-tear" in read(engine).conditions


def test_a_new_order_of_the_file_is_the_order_in_force(engine: Engine) -> None:
    entries = shipped()
    assert write(engine, entries[::-1]) > 0
    assert list(read(engine).conditions) == [key for kind, key, _ in entries[::-1] if kind == "condition"]
    # An order is no content: what was signed stays signed.
    assert versions(engine, "condition", "labral-tear") == [(Origin.SHIPPED, 1, True)]


@pytest.mark.parametrize("position", [0, 10_000])
def test_a_hospital_row_wins_and_survives_every_load(engine: Engine, position: int) -> None:
    own = dict(read(engine).entries["condition"]["labral-tear"]) | {"name_en": "Our name"}
    add_hospital_row(engine, "condition", "labral-tear", own, position)
    assert read(engine).conditions["labral-tear"].name("en") == "Our name"
    write(engine, with_changed("condition", "labral-tear", name_en="Shipped anew"))
    assert read(engine).conditions["labral-tear"].name("en") == "Our name"
    write(engine, [entry for entry in shipped() if entry[:2] != ("condition", "labral-tear")])
    assert read(engine).conditions["labral-tear"].name("en") == "Our name"
    assert versions(engine, "condition", "labral-tear")[1] == (Origin.HOSPITAL, 1, True)


def test_an_entry_of_a_hospital_alone_is_in_force(engine: Engine) -> None:
    own = dict(read(engine).entries["condition"]["labral-tear"]) | {"id": "our-own"}
    add_hospital_row(engine, "condition", "our-own", own)
    write(engine, shipped())
    assert "our-own" in read(engine).conditions
    assert len(read(engine).conditions) == 41


def test_a_hash_is_of_content_not_of_order() -> None:
    assert content_hash({"a": 1, "b": {"c": 2, "d": 3}}) == content_hash({"b": {"d": 3, "c": 2}, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": "1"})


def test_the_leading_specialty_names_the_group(engine: Engine) -> None:
    catalogue = read(engine)
    surgeon = catalogue.role_groups["surgeon"]["taxonomies"][0]
    therapist = catalogue.role_groups["therapist"]["taxonomies"][0]
    assert catalogue.group_of((surgeon, therapist)) == "surgeon"
    assert catalogue.group_of((therapist, surgeon)) == "therapist"
    assert catalogue.group_of(("no-such-code", surgeon)) == "surgeon"
    assert catalogue.group_of(()) is None
