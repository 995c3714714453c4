"""People and places are found by what is typed of their names, on both databases alike."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.db.names import NameKind
from finder.search import names
from finder.search.index import Index, Unit
from finder.search.name_spelling import SHORTEST, begins_nearly, head, slips_in_head
from finder.search.name_words import LONGEST_TEXT, joined, normalised, readings, tokens_of
from finder.search.names import NamesFound, rows_named
from tests.conftest import Databases, load_index, open_engine
from tests.search.small_directory import NOWHERE, Load, loader, person, place

PERSON, PLACE = NameKind.PERSON, NameKind.PLACE
PEOPLE = {
    "fern": ("Mary", "Ann", "Fern"), "brien": ("Liam", "", "O'Brien"), "garcia": ("José", "", "García"),
    "smith": ("John", "Donald", "Smith"), "jones": ("Joan", "", "Smith-Jones"), "cruz": ("Ana", "", "De La Cruz"),
    "luca": ("Rosa", "", "DeLuca"), "do": ("Lan", "", "Do"), "petrov": ("Иван", "", "Петров"),
    "orsted": ("Søren", "", "Ørsted"), "yamada": ("太郎", "", "山田"), "zz": ("Zoë", "", "Zzyzx"),
    "mc": ("Hugh", "", "McAllister"), "strasse": ("Uwe", "", "Großmann"),
}  # fmt: skip
PLACES = {
    "quillmoor": "Quillmoor Hospital", "marys": "St. Mary's Orthopaedic Centre", "south": "Health South",
    "percent": "100% Hip_Care \\ Spine", "hill": "The Zzyzx Hill Clinic", "sinai": "Mount Sinai",
}  # fmt: skip


@dataclasses.dataclass
class Town:
    """A directory in force, asked by name."""

    engine: Engine
    index: Index

    def ask(self, text: str, unit: Unit = "people") -> NamesFound:
        with self.engine.connect() as connection:
            return rows_named(connection, self.index, text, unit)

    def keys(self, found: NamesFound, unit: Unit = "people") -> list[str]:
        """Return the file's ids of those found, in alphabetical order; numbers ascend and none comes twice."""
        assert list(found.numbers) == sorted(set(found.numbers))
        column, table = ("role_row", PractitionerRole) if unit == "people" else ("place_row", Location)
        key = PractitionerRole.practitioner_key if unit == "people" else Location.key
        ids = [int(row) for row in self.index.snapshot.columns[column][found.numbers]]
        with self.engine.connect() as connection:
            return sorted(connection.scalars(select(key).where(table.id.in_(ids))))

    def people(self, text: str) -> list[str]:
        return self.keys(self.ask(text))

    def places(self, text: str) -> list[str]:
        return self.keys(self.ask(text, "places"), "places")


@pytest.fixture(scope="module")
def town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A directory of some people, each at one of the places."""
    engine = open_engine(databases.fresh(demo=False))
    keys = list(PLACES)
    loader(engine, Path(tmp_path_factory.mktemp("town")))(
        locations=[place(key, name=name) for key, name in PLACES.items()],
        practitioners=[
            person(key, keys[number % len(keys)], given_name=given, middle_name=middle, family_name=family)
            for number, (key, (given, middle, family)) in enumerate(PEOPLE.items())
        ],
    )
    yield Town(engine, load_index(engine))
    engine.dispose()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("o'brien", "brien"), ("O\u2019BRIEN", "brien"), ("obrien", "brien"), ("o brien", "brien"), ("Liam O`B", "brien"),
        ("Garcia", "garcia"), ("garc\u00eda jose", "garcia"), ("garci\u0301a", "garcia"), ("GARCÍA", "garcia"),
        ("smith jo", "jones smith"), ("jo smi", "jones smith"), ("smith john", "smith"), ("Smith, John", "smith"),
        ("smith-jones", "jones"), ("smithjones", "jones"), ("jones", "jones"),
        ("Dr. Mary Fern MD", "fern"), ("dr mary fern, m.d., faaos", "fern"), ("Fern Mary Ann PA-C", "fern"),
        ("mary fern jr", "fern"), ("Prof. Fern, Ph.D.", "fern"), ("fern", "fern"),
        ("de la cruz", "cruz"), ("delacruz", "cruz"), ("dela cruz", "cruz"), ("la cruz", "cruz"), ("cruz ana", "cruz"),
        ("de luca", "luca"), ("deluca", "luca"), ("luca", ""), ("mc allister", "mc"), ("macallister", "mc"),
        ("Lan Do", "do"), ("do", "do smith"), ("Dr. Do", "do smith"), ("john smith do", "smith"),
        ("joan smith do", "jones"), ("Joan Smith, D.O.", "jones"), ("Joan Smith DO", "jones"),
        ("петров", "petrov"), ("ИВАН пет", "petrov"), ("山田", "yamada"), ("太", "yamada"),
        ("orsted", "orsted"), ("ørst", "orsted"), ("grossmann", "strasse"), ("GROẞMANN", "strasse"),
        ("zoe z", "zz"), ("mary garcia", ""), ("z%", "zz"), ("_", ""), ("%", ""), ("\\", ""), ("' OR 1=1 --", ""),
        ("f\u00adern", "fern"), ("\x00fern\ud800", "fern"), ("", ""), ("  ", ""), ("...", ""),
    ],
)  # fmt: skip
def test_a_person_is_found_by_what_is_typed(town: Town, text: str, found: str) -> None:
    assert town.people(text) == found.split()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Quillmoor hosp", "quillmoor"), ("hospital quill", "quillmoor"), ("QUILLMOOR-HOSPITAL", "quillmoor"),
        ("saint marys", "marys"), ("St Mary\u2019s orthopedic center", "marys"), ("orthopaedic", "marys"),
        ("health south", "south"), ("healthsouth", "south"), ("mt sinai", "sinai"), ("mount sin", "sinai"),
        ("zzyzx hill", "hill"), ("the zzyzx", "hill"), ("hill & clinic", "hill"),
        ("100%", "percent"), ("hip_care", "percent"), ("\\ spine", "percent"), ("h%l", ""), ("hi__", "hill percent"),
    ],
)  # fmt: skip
def test_a_place_is_found_by_what_is_typed(town: Town, text: str, found: str) -> None:
    assert town.places(text) == sorted(found.split())


def test_every_beginning_of_every_word_finds_its_own_and_no_others(town: Town) -> None:
    names_of = {PERSON: PEOPLE, PLACE: {key: (name,) for key, name in PLACES.items()}}
    for kind, unit in ((PERSON, "people"), (PLACE, "places")):
        words = {key: {token for part in parts for token in tokens_of(part)} for key, parts in names_of[kind].items()}
        starts = {token[:length] for own in words.values() for token in own for length in range(1, len(token) + 1)}
        for start in sorted(starts):
            if readings(start, kind)[0] != (start,):
                continue
            found = town.ask(start, unit)
            expected = sorted(key for key, own in words.items() if any(token.startswith(start) for token in own))
            assert (town.keys(found, unit), found.exact, found.matched) == (expected, True, kind), start


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("garxia", "garcia"), ("xarcia", "garcia"), ("agrcia", "garcia"), ("gracia", "garcia"), ("arcia", "garcia"),
        ("ggarcia", "garcia"), ("gaarcia", "garcia"), ("garcja jose", "garcia"), ("garcix", "garcia"),
        ("smiht john", "smith"), ("quilmoor hosp", "brien fern quillmoor strasse yamada"), ("петрав", "petrov"),
        ("smtih", "jones smith"), ("fren", ""), ("garxja", ""), ("xxarcia", ""), ("garcia jxse", ""),
    ],
)  # fmt: skip
def test_a_slip_of_one_letter_in_a_longer_word_is_forgiven(town: Town, text: str, found: str) -> None:
    answer = town.ask(text)
    if "hosp" in text:
        assert (answer.exact, answer.matched) == (False, PLACE)
        assert town.places(text) == ["quillmoor"]
    else:
        assert town.keys(answer) == found.split()
        assert answer.exact == (not found)


def test_near_names_are_shown_only_where_there_is_no_exact_one(town: Town) -> None:
    assert town.ask("smith").exact
    assert town.people("smithj") == ["jones"]
    assert not town.ask("smithk").exact
    assert town.people("smithk") == ["jones", "smith"]


def test_a_place_s_name_finds_its_people_and_a_person_s_name_the_places(town: Town) -> None:
    at_quillmoor = [key for number, key in enumerate(PEOPLE) if number % len(PLACES) == 0]
    found = town.ask("quillmoor hospital")
    assert (town.keys(found), found.exact, found.matched) == (sorted(at_quillmoor), True, PLACE)
    found = town.ask("dr. fern", "places")
    assert (town.keys(found, "places"), found.exact, found.matched) == (["quillmoor"], True, PERSON)
    # A name of both is the name of what was asked for.
    assert (town.people("zzyzx"), town.places("zzyzx")) == (["zz"], ["hill"])


def test_more_than_can_be_shown_are_none_and_said_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_ROWS", 2)
    found = town.ask("smith")
    assert (len(found.numbers), found.too_many) == (2, False)
    monkeypatch.setattr(names, "MOST_ROWS", 1)
    found = town.ask("smith")
    assert (len(found.numbers), found.too_many, found.exact) == (0, True, True)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "smith " * 20_000, "\ufdfa" * 5000, "é" * 9999, "smith jo " + "%" * 9999, "\U0010ffff", "\U0010fffe a",
     " ".join(chr(97 + n) * 7 for n in range(26)), "-" * 9999 + "smith", "İ" * 300, "\u0345" * 20],
    ids=repr,
)  # fmt: skip
def test_any_text_is_an_answer(town: Town, text: str) -> None:
    for unit in ("people", "places"):
        found = town.ask(text, unit)
        assert found.whole
        assert len(found.numbers) <= len(PEOPLE)


def test_a_text_is_read_to_its_limit(town: Town) -> None:
    assert town.people(" " * (LONGEST_TEXT - 5) + "smith jo") == ["jones", "smith"]


def test_only_what_is_in_force_and_shown_is_found(engine: Engine, load: Load) -> None:
    def found(text: str, unit: Unit = "people") -> list[str]:
        asked = Town(engine, load_index(engine))
        return asked.keys(asked.ask(text, unit), unit)

    load(locations=[place("a", name="Oldname")], practitioners=[person("p", "a", family_name="Oldperson")])
    before = Town(engine, load_index(engine))
    rows = [place("a", name="Newname"), place("b", name="Farname", **NOWHERE)]
    npi = {"npi": "1234567893"}
    load(
        locations=rows,
        practitioners=[
            person("p", "a", family_name="Newperson", **npi), person("q", "b", family_name="Farperson"),
        ],
    )  # fmt: skip
    assert (found("oldperson"), found("newperson"), found("newname", "places")) == ([], ["p"], ["a"])
    assert (found("oldname", "places"), found("farname", "places"), found("farperson")) == ([], [], [])
    # Whoever still answers from the edition before finds its names.
    assert (before.people("oldperson"), before.people("newperson")) == (["p"], [])
    # Someone who comes whole from a higher source is not found under the name in a lower one.
    load("register", -1, locations=[place("r")], practitioners=[person("x", "r", family_name="Registered", **npi)])
    assert (found("registered"), found("newperson")) == ([], ["p"])


def test_two_roles_and_two_sources_are_found_together(engine: Engine, load: Load) -> None:
    load(locations=[place("a"), place("b")], practitioners=[person("p", "a", family_name="Fern"), person("p", "b", family_name="Fern")])  # fmt: skip
    load("other", locations=[place("c")], practitioners=[person("q", "c", family_name="Fernley")])
    asked = Town(engine, load_index(engine))
    assert len(asked.ask("fern").numbers) == 3
    with engine.connect() as connection:
        assert connection.scalars(select(Practitioner.key).where(Practitioner.family_name == "Fern")).all() == ["p"]


ANY_TEXT = st.text(st.characters(), max_size=40)


@given(ANY_TEXT)
@example("\u0149\u0345\u1e9e\u01c5\ufb01\u0130\u0131\ufb03\u0390\ufeff\u200d\ufe0f\u20e3")
@example("papaeded paedpaed")
@example("\ud800\x00'\u0301")
def test_what_is_normal_stays_so(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert once == " ".join(once.split())
    assert not set(once) & set("%_\\'\x00")
    once.encode()


@given(st.text("aáàâäãåæçéèêëíìîïñóòôöõøœßúùûüýÿłđ '-.αάдй", max_size=20))
def test_case_and_the_way_of_writing_accents_do_not_matter(text: str) -> None:
    assert normalised(text.upper()) == normalised(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalised(unicodedata.normalize(form, text)) == normalised(text)


@given(ANY_TEXT)
def test_words_of_any_text_are_whole_and_few(text: str) -> None:
    for token in tokens_of(text):
        assert token == normalised(token)
        assert 0 < len(token) <= 60
    for kind in NameKind:
        for reading in readings(text, kind):
            assert reading
            assert all(reading)
            assert joined(reading)[0] == reading


# Few letters, so that many words are near each other.
FEW = "abc"


@given(st.text(FEW, min_size=SHORTEST, max_size=7), st.text(FEW, max_size=9))
def test_slips_are_those_one_can_spell_out(word: str, token: str) -> None:
    slips = {word}
    for at in range(len(word)):
        before, after = word[:at], word[at + 1 :]
        slips |= {before + letter + word[at:] for letter in FEW}
        if after:
            slips |= {before + letter + after for letter in FEW} | {before + after}
            slips.add(before + word[at + 1] + word[at] + word[at + 2 :])
    assert begins_nearly(token, word) == token.startswith(tuple(slips))
    # Whatever is near is looked for in one of the two ways.
    if begins_nearly(token, word):
        assert token.startswith((head(word), *slips_in_head(word)))
