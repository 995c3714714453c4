"""Who treats what, in cases that a clinician can read and correct: decision 5, and the rules of the catalogue."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from finder.db.base import Capability
from finder.db.catalogue import Catalogue, shipped_entries
from finder.db.conditions import Condition
from finder.db.directory import TargetKind
from finder.db.reference import DATA
from finder.search.declared import said_by
from finder.search.treats import Declared, Profile, Standing, judge, place_standing, standing

# What a person is, in words; NUCC codes in the order of their listing.
ORTHOPAEDIC = "207X00000X"
SPORTS_SURGEON = "207XX0005X"
TRAUMA_SURGEON = "207XX0801X"
JOINT_SURGEON = "207XS0114X"
CHILDRENS_SURGEON = "207XP3100X"
SPORTS_DOCTOR = "207QS0010X"
FAMILY_DOCTOR = "207Q00000X"
PEDIATRICIAN = "208000000X"
RHEUMATOLOGIST = "207RR0500X"
THERAPIST = "225100000X"
CHILDRENS_THERAPIST = "2251P0200X"
ASSISTANT = "363A00000X"
DERMATOLOGIST = "207N00000X"

# id | what the person is | what the person says (target=level) | condition | rung | it rests on | its target
ROLES = """
says main focus            | DERMATOLOGIST  | labral-tear=main_focus                      | labral-tear | DECLARED | CONDITION | labral-tear
says performs              | DERMATOLOGIST  | labral-tear=performs                        | labral-tear | DECLARED | CONDITION | labral-tear
says treats                | THERAPIST      | labral-tear=treats                          | labral-tear | DECLARED | CONDITION | labral-tear
declared beats specialty   | SPORTS_SURGEON | labral-tear=treats                          | labral-tear | DECLARED | CONDITION | labral-tear
says it of another         | SPORTS_SURGEON | hip-dysplasia=main_focus                    | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
defining work performed    | DERMATOLOGIST  | hip-arthroscopy-fai-labrum=performs         | labral-tear | DECLARED | PROCEDURE | hip-arthroscopy-fai-labrum
defining work main focus   | DERMATOLOGIST  | hip-arthroscopy-fai-labrum=main_focus       | labral-tear | DECLARED | PROCEDURE | hip-arthroscopy-fai-labrum
defining work of another   | DERMATOLOGIST  | total-hip-replacement=performs              | labral-tear | -        |           |
defining work referred     | SPORTS_SURGEON | hip-arthroscopy-fai-labrum=refers           | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
defining work "treats"     | FAMILY_DOCTOR  | hip-arthroscopy-fai-labrum=treats           | labral-tear | -        |           |
defining work not done     | SPORTS_SURGEON | hip-arthroscopy-fai-labrum=does_not         | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
condition before procedure | SPORTS_SURGEON | hip-arthroscopy-fai-labrum=performs labral-tear=main_focus | labral-tear | DECLARED | CONDITION | labral-tear
also used lifts no one     | DERMATOLOGIST  | joint-injection=performs                    | labral-tear | MAY_HELP | PROCEDURE | joint-injection
also used, main focus      | THERAPIST      | physical-therapy=main_focus                 | labral-tear | MAY_HELP | PROCEDURE | physical-therapy
also used and usual        | SPORTS_SURGEON | joint-injection=performs                    | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
also used and defining     | THERAPIST      | joint-injection=performs hip-arthroscopy-fai-labrum=performs | labral-tear | DECLARED | PROCEDURE | hip-arthroscopy-fai-labrum
therapy defines rehab      | THERAPIST      | physical-therapy=performs                   | hip-rehab   | DECLARED | PROCEDURE | physical-therapy
usual by specialty         | SPORTS_SURGEON |                                             | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
usual by second specialty  | DERMATOLOGIST ORTHOPAEDIC |                                  | labral-tear | USUAL    | SPECIALTY | ORTHOPAEDIC
usual before secondary     | JOINT_SURGEON ORTHOPAEDIC |                                  | labral-tear | USUAL    | SPECIALTY | ORTHOPAEDIC
may help by specialty      | JOINT_SURGEON  |                                             | labral-tear | MAY_HELP | SPECIALTY | JOINT_SURGEON
therapist may help         | THERAPIST      |                                             | labral-tear | MAY_HELP | SPECIALTY | THERAPIST
not of the hip             | DERMATOLOGIST  |                                             | labral-tear | -        |           |
no specialty at all        |                |                                             | labral-tear | -        |           |
refers, else unlisted      | FAMILY_DOCTOR  | labral-tear=refers                          | labral-tear | MAY_HELP | REFERS    | labral-tear
own word "refers" counts   | SPORTS_SURGEON | labral-tear=refers                          | labral-tear | MAY_HELP | REFERS    | labral-tear
does not, though usual     | SPORTS_SURGEON | labral-tear=does_not                        | labral-tear | -        |           |
does not, though performs  | SPORTS_SURGEON | hip-arthroscopy-fai-labrum=performs labral-tear=does_not | labral-tear | - |     |
does not do another        | SPORTS_SURGEON | hip-dysplasia=does_not                      | labral-tear | USUAL    | SPECIALTY | SPORTS_SURGEON
rheumatism                 | RHEUMATOLOGIST |                                             | inflammatory-arthritis | USUAL | SPECIALTY | RHEUMATOLOGIST
worn joint                 | JOINT_SURGEON  |                                             | hip-osteoarthritis | USUAL | SPECIALTY | JOINT_SURGEON
socket fracture, trauma    | TRAUMA_SURGEON |                                             | acetabular-fracture | USUAL | SPECIALTY | TRAUMA_SURGEON
socket fracture, general   | ORTHOPAEDIC    |                                             | acetabular-fracture | MAY_HELP | SPECIALTY | ORTHOPAEDIC
"""

# id | what the person is | what they say | works with a doctor | condition | rung
ADVANCED = """
declared, with a doctor      | ASSISTANT | labral-tear=treats                  | yes | labral-tear | DECLARED
declared, no doctor named    | ASSISTANT | labral-tear=treats                  | no  | labral-tear | -
defining work, with a doctor | ASSISTANT | hip-arthroscopy-fai-labrum=performs | yes | labral-tear | DECLARED
defining work, no doctor     | ASSISTANT | hip-arthroscopy-fai-labrum=performs | no  | labral-tear | -
only refers                  | ASSISTANT | labral-tear=refers                  | yes | labral-tear | -
only also-used work          | ASSISTANT | joint-injection=performs            | yes | labral-tear | -
nothing said                 | ASSISTANT |                                     | yes | labral-tear | -
a listed code besides        | ASSISTANT SPORTS_SURGEON |                      | yes | labral-tear | -
does not                     | ASSISTANT | labral-tear=does_not                | yes | labral-tear | -
a doctor needs no doctor     | SPORTS_SURGEON | labral-tear=treats             | no  | labral-tear | DECLARED
"""

# id | what the person is | what they say | ages seen | condition | rung
CHILDREN = """
children's surgeon, ages not stated   | CHILDRENS_SURGEON |                     |       | ddh-infant | USUAL
children's therapist, not stated      | CHILDRENS_THERAPIST |                   |       | ddh-infant | MAY_HELP
pediatrician, not stated              | PEDIATRICIAN      |                     |       | child-limp | USUAL
general orthopaedic, not stated       | ORTHOPAEDIC       |                     |       | ddh-infant | CALL_FIRST
general orthopaedic, from birth       | ORTHOPAEDIC       |                     | 0-    | ddh-infant | MAY_HELP
general orthopaedic, up to 18         | ORTHOPAEDIC       |                     | -18   | ddh-infant | MAY_HELP
general orthopaedic, from 5           | ORTHOPAEDIC       |                     | 5-    | ddh-infant | MAY_HELP
general orthopaedic, from 6           | ORTHOPAEDIC       |                     | 6-    | ddh-infant | -
general orthopaedic, from 15          | ORTHOPAEDIC       |                     | 15-   | perthes    | MAY_HELP
general orthopaedic, from 16          | ORTHOPAEDIC       |                     | 16-   | ddh-infant | -
general orthopaedic, 18 to 65         | ORTHOPAEDIC       |                     | 18-65 | ddh-infant | -
children's surgeon, from 16           | CHILDRENS_SURGEON |                     | 16-   | ddh-infant | -
says it, ages not stated              | ORTHOPAEDIC       | ddh-infant=treats   |       | ddh-infant | CALL_FIRST
says it, ages stated                  | ORTHOPAEDIC       | ddh-infant=treats   | 0-18  | ddh-infant | DECLARED
harness, ages not stated              | ORTHOPAEDIC       | ddh-harness=performs |      | ddh-infant | CALL_FIRST
harness, children's surgeon           | CHILDRENS_SURGEON | ddh-harness=performs |      | ddh-infant | DECLARED
replacement surgeon is left out       | JOINT_SURGEON     | ddh-infant=treats   | 0-18  | ddh-infant | -
... though of a second specialty      | ORTHOPAEDIC JOINT_SURGEON |             | 0-18  | ddh-infant | -
... but not a children's surgeon too  | CHILDRENS_SURGEON JOINT_SURGEON |       |       | ddh-infant | USUAL
does not                              | CHILDRENS_SURGEON | ddh-infant=does_not | 0-18  | ddh-infant | -
of nothing like it                    | DERMATOLOGIST     |                     | 0-18  | ddh-infant | -
adults' row: ages play no part        | ORTHOPAEDIC       |                     | 18-   | labral-tear | USUAL
adults' row: not stated               | ORTHOPAEDIC       |                     |       | labral-tear | USUAL
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    entries: dict[str, dict[str, object]] = {}
    for kind, key, body in shipped_entries(DATA / "catalogue.json"):
        entries.setdefault(kind, {})[key] = body
    return Catalogue(entries)


def cases(table: str) -> list[object]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def codes(who: str) -> tuple[str, ...]:
    return tuple(globals()[name] for name in who.split())


def declared(catalogue: Catalogue, says: str) -> tuple[Declared, ...]:
    made = []
    for one in says.split():
        target, level = one.split("=")
        condition = target in catalogue.conditions
        assert condition or target in catalogue.entries["procedure"]
        kind = TargetKind.CONDITION if condition else TargetKind.PROCEDURE
        made.append(Declared(kind, target, Capability(level)))
    return tuple(made)


def profile(catalogue: Catalogue, who: str, says: str) -> Profile:
    return Profile(codes(who), catalogue.group_of(codes(who)), declared(catalogue, says))


def rung(found: Standing | None) -> str:
    return found.rung.name if found else "-"


@pytest.mark.parametrize(("who", "says", "condition", "expected", "basis", "target"), cases(ROLES))
def test_role(
    catalogue: Catalogue, who: str, says: str, condition: str, expected: str, basis: str, target: str
) -> None:
    found = standing(catalogue.conditions[condition], profile(catalogue, who, says))
    assert rung(found) == expected
    if found:
        assert (found.basis.name, found.target) == (basis, globals().get(target, target))
        assert (found.declared is not None) == (basis != "SPECIALTY")
        assert found.declared is None or found.declared.target == found.target


@pytest.mark.parametrize(("who", "says", "has_doctor", "condition", "expected"), cases(ADVANCED))
def test_physician_assistants_and_nurse_practitioners(
    catalogue: Catalogue, who: str, says: str, has_doctor: str, condition: str, expected: str
) -> None:
    person = replace(profile(catalogue, who, says), has_doctor=has_doctor == "yes")
    assert rung(standing(catalogue.conditions[condition], person)) == expected


@pytest.mark.parametrize(("who", "says", "ages", "condition", "expected"), cases(CHILDREN))
def test_children(catalogue: Catalogue, who: str, says: str, ages: str, condition: str, expected: str) -> None:
    youngest, oldest = (int(age) if age else None for age in (ages or "-").split("-"))
    person = replace(profile(catalogue, who, says), youngest_age=youngest, oldest_age=oldest)
    assert rung(standing(catalogue.conditions[condition], person)) == expected


# id | what the person is | what the person says | ages they state | condition | patient's age | rung, or why not
AGES = """
a grown-up, no ages stated        | JOINT_SURGEON     |                          | -     | hip-osteoarthritis | 70 | USUAL
a child with an adult's problem   | JOINT_SURGEON     |                          | -     | hip-osteoarthritis | 9  | NOTHING_FITS
a child, a children's surgeon     | CHILDRENS_SURGEON |                          | -     | hip-osteoarthritis | 9  | USUAL
a child, ages not stated          | ORTHOPAEDIC       | hip-osteoarthritis=treats | -    | hip-osteoarthritis | 9  | CALL_FIRST
a child, ages stated              | ORTHOPAEDIC       | hip-osteoarthritis=treats | 5-99 | hip-osteoarthritis | 9  | DECLARED
a child too young for them        | ORTHOPAEDIC       | hip-osteoarthritis=treats | 10-99| hip-osteoarthritis | 9  | OTHER_AGES
a grown-up too old for them       | CHILDRENS_SURGEON | perthes=main_focus       | 0-18  | perthes            | 19 | OTHER_AGES
on the last birthday              | CHILDRENS_SURGEON | perthes=main_focus       | 0-18  | perthes            | 18 | DECLARED
a teenager of sixteen             | ORTHOPAEDIC       | perthes=treats           | -     | perthes            | 16 | DECLARED
a child's problem grown up        | JOINT_SURGEON     |                          | -     | perthes            | 40 | USUAL
never a joint surgeon, infant     | JOINT_SURGEON     | ddh-infant=treats        | -     | ddh-infant         | 0  | NOT_FOR_CHILDREN
never one at 17 on a child's row  | JOINT_SURGEON     | scfe=treats              | -     | scfe               | 17 | NOT_FOR_CHILDREN
infant, ages not stated           | ORTHOPAEDIC       |                          | -     | ddh-infant         | 0  | CALL_FIRST
infant, children's doctor         | PEDIATRICIAN      |                          | -     | ddh-infant         | 0  | MAY_HELP
dysplasia at 30, children's, none | CHILDRENS_SURGEON |                          | -     | hip-dysplasia      | 30 | NOTHING_FITS
dysplasia at 30, children's, says | CHILDRENS_SURGEON |                          | 0-50  | hip-dysplasia      | 30 | USUAL
dysplasia at 60                   | JOINT_SURGEON     |                          | -     | hip-dysplasia      | 60 | USUAL
dysplasia, age not known          | JOINT_SURGEON     |                          | -     | hip-dysplasia      | -  | MAY_HELP
says does not                     | CHILDRENS_SURGEON | perthes=does_not         | -     | perthes            | 9  | SAYS_NOT
"""


@pytest.mark.parametrize(("who", "says", "ages", "condition", "age", "expected"), cases(AGES))
def test_ages(catalogue: Catalogue, who: str, says: str, ages: str, condition: str, age: str, expected: str) -> None:
    young, old = ages.split("-") if ages != "-" else ("", "")
    one = replace(
        profile(catalogue, who, says), youngest_age=int(young) if young else None, oldest_age=int(old) if old else None
    )
    found = judge(catalogue.conditions[condition], one, None if age == "-" else int(age))
    assert (found.rung.name if isinstance(found, Standing) else found.name) == expected


@pytest.mark.parametrize(
    ("condition", "age", "expected"),
    [("hip-dysplasia", 3, "ddh-infant"), ("hip-dysplasia", 6, None), ("hip-dysplasia", None, None),
     ("snapping-hip", 2, "ddh-infant"), ("hamstring-tear", 15, "teen-hip-avulsion"), ("hamstring-tear", 18, None)],
)  # fmt: skip
def test_some_problems_are_another_at_some_ages(
    catalogue: Catalogue, condition: str, age: int | None, expected: str | None
) -> None:
    assert catalogue.conditions[condition].redirect(age) == expected


def test_order_of_what_is_said_plays_no_part(catalogue: Catalogue) -> None:
    """Rows of a file come in any order."""
    says = declared(catalogue, "joint-injection=performs labral-tear=refers hip-arthroscopy-fai-labrum=performs")
    for given in (says, says[::-1], (says[1], says[0], says[2])):
        found = standing(catalogue.conditions["labral-tear"], Profile((SPORTS_SURGEON,), "surgeon", given))
        assert found is not None
        assert found.basis.name == "REFERS"


@pytest.mark.parametrize(
    ("everywhere", "here", "elsewhere", "at_here", "at_elsewhere"),
    [
        pytest.param("does_not", "treats", None, "DECLARED", "-", id="does not, but here does"),
        pytest.param("treats", "does_not", None, "-", "DECLARED", id="does, but not here"),
        pytest.param("treats", None, "does_not", "DECLARED", "-", id="does, but not elsewhere"),
        pytest.param(None, "treats", None, "DECLARED", "USUAL", id="said of one place only"),
        pytest.param("main_focus", "refers", None, "MAY_HELP", "DECLARED", id="refers from here"),
    ],
)
def test_a_place_of_work_beats_everywhere(
    catalogue: Catalogue, everywhere: str, here: str, elsewhere: str, at_here: str, at_elsewhere: str
) -> None:
    spoken = {
        (1, "dr", place): {"labral-tear": declared(catalogue, f"labral-tear={level}")[0]}
        for place, level in ((None, everywhere), ("here", here), ("elsewhere", elsewhere))
        if level
    }
    for place, expected in (("here", at_here), ("elsewhere", at_elsewhere)):
        person = Profile((SPORTS_SURGEON,), "surgeon", said_by(spoken, 1, "dr", place))
        assert rung(standing(catalogue.conditions["labral-tear"], person)) == expected


# id | what the place says | its people | its kind | condition | rung | it rests on
PLACES = """
its own word                        | hip-fracture=treats               | MAY_HELP          | 282N00000X | hip-fracture | DECLARED | CONDITION
its own defining work               | hip-fracture-fixation=performs    |                   |            | hip-fracture | DECLARED | PROCEDURE
its own "refers" beats its people   | hip-fracture=refers               | DECLARED          | 282N00000X | hip-fracture | MAY_HELP | REFERS
does not, whatever its people say   | hip-fracture=does_not             | DECLARED          | 282N00000X | hip-fracture | -        |
its people's best                   |                                   | MAY_HELP DECLARED USUAL | 282N00000X | hip-fracture | DECLARED | PEOPLE
its people's only                   |                                   | MAY_HELP          |            | hip-fracture | MAY_HELP | PEOPLE
also-used work takes nothing away   | physical-therapy=performs         | USUAL             |            | hip-fracture | USUAL    | PEOPLE
also-used work alone                | physical-therapy=performs         |                   |            | hip-fracture | MAY_HELP | PROCEDURE
people who must be asked first      |                                   | CALL_FIRST        |            | ddh-infant   | CALL_FIRST | PEOPLE
its kind, for follow-up             |                                   |                   | 282N00000X | hip-fracture | MAY_HELP | KIND_OF_PLACE
a kind that is not for it           |                                   |                   | 261QP2000X | hip-fracture | -        |
nothing known                       |                                   |                   |            | hip-fracture | -        |
"""


@pytest.mark.parametrize(("says", "people", "kind", "condition", "expected", "basis"), cases(PLACES))
def test_place(
    catalogue: Catalogue, says: str, people: str, kind: str, condition: str, expected: str, basis: str
) -> None:
    row = catalogue.conditions[condition]
    staff = [made(row, name) for name in people.split()]
    found = place_standing(row, declared(catalogue, says), staff, kind or None)
    assert rung(found) == expected
    assert (found.basis.name if found else "") == basis


def made(row: Condition, name: str) -> Standing:
    """Return the standing of a person who has this rung by the product's own rules."""
    says = (Declared(TargetKind.CONDITION, row.id, Capability.TREATS),) if name == "DECLARED" else ()
    people = {
        "DECLARED": Profile((CHILDRENS_SURGEON,), "surgeon", says),
        "USUAL": Profile((sorted(row.rules().primary)[0],), None),
        "MAY_HELP": Profile((sorted(row.rules().secondary)[0],), None),
        "CALL_FIRST": Profile((ORTHOPAEDIC,), "surgeon"),
    }
    found = standing(row, people[name])
    assert found is not None
    assert found.rung.name == name
    return found


def test_the_cases_are_of_the_catalogue_that_ships() -> None:
    """A code that no table of the shipped catalogue knows would make a case say nothing."""
    text = json.dumps([body for _kind, _key, body in shipped_entries(DATA / "catalogue.json")])
    known = {
        name: code
        for name, code in globals().items()
        if name.isupper() and isinstance(code, str) and code[:3].isdigit()
    }
    assert [name for name, code in known.items() if code not in text] == ["DERMATOLOGIST"]
