"""The question: every public parameter in one table, and how a question is read from it.

The API's model, the form, the command line's options and `finder/docs/parameters.md` all come from PARAMETERS.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finder.errors import QuestionError
from finder.search.facts import FACTS, Fact
from finder.search.filters import Unit

RADII = (10, 25, 50, 100)
ANY_RADIUS = "any"
USUAL_RADIUS = 50.0
MAX_LIMIT = 50
MAX_OFFSET = 150
LANGUAGE = r"[a-z]{2,3}"
WHO = ("me", "child", "other")
STAGES = ("now", "treated")
GROUPS = ("surgeon", "non_surgical_doctor", "therapist", "advanced_practice")
_LONGEST, LONGEST_WORDS = 200, 500


@dataclass(frozen=True)
class Parameter:
    """One public parameter. `expected` completes the sentence "must be ..."; `choices` where they are few.

    `shape` is what JSON Schema can say of a value beyond that.
    """

    name: str
    read: Callable[[str], Any]
    default: Any
    expected: str
    meaning: str
    example: str
    choices: tuple[str, ...] = ()
    longest: int = _LONGEST
    shape: Mapping[str, Any] = field(default_factory=dict)


def _zip_text(text: str) -> str:
    return text


def _point(text: str) -> str:
    """Return "latitude,longitude" as given; more than two decimals would say more of where somebody is than we need."""
    found = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]{1,2})?), ?(-?[0-9]{1,3}(?:\.[0-9]{1,2})?)", text)
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise ValueError(text)
    return f"{found[1]},{found[2]}"


def _key(text: str) -> str | None:
    if text and not re.fullmatch(r"[a-z0-9-]{1,80}", text):
        raise ValueError(text)
    return text or None


def _radius(text: str) -> float | None:
    if text == ANY_RADIUS:
        return None
    if text not in {str(miles) for miles in RADII}:
        raise ValueError(text)
    return float(text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # Programs that have but one kind of number write 10 as 10.0, and JSON Schema calls that an integer too.
        found = re.fullmatch(r"([0-9]{1,4})(\.0)?", text)
        if not found or not low <= int(found[1]) <= high:
            raise ValueError(text)
        return int(found[1])

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _language(text: str) -> str:
    if not re.fullmatch(LANGUAGE, text):
        raise ValueError(text)
    return text


def _code(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Z]{10}", text.upper()):
        raise ValueError(text)
    return text.upper()


def _words(text: str) -> str:
    if not any(c.isalnum() for c in text) or not text.isprintable():
        raise ValueError(text)
    return text


def _own_words(text: str) -> str:
    """Return a patient's words: what cannot be shown is left out, and nothing is refused."""
    return " ".join("".join(c if c.isprintable() else " " * c.isspace() for c in text).split())


_YES = ("yes",)
_ID_SHAPE = {"pattern": "^[a-z0-9-]{1,80}$"}
_LANGUAGE_SHAPE = {"pattern": f"^{LANGUAGE}$"}


def _whole_shape(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("zip", _zip_text, "", "a US ZIP code or a town", "ZIP code that distances are measured from, or a town with its state; ZIP+4 is understood. Needed unless `near` is given, and goes before it.", "23220"),
    Parameter("near", _point, "", "latitude and longitude with two decimals at most, such as 37.55,-77.46", "Where the patient is, to about a mile: a point to measure from in place of a ZIP code. It is not kept.", "37.55,-77.46", shape={"pattern": r"^-?[0-9]{1,2}(\.[0-9]{1,2})?, ?-?[0-9]{1,3}(\.[0-9]{1,2})?$"}),
    Parameter("condition", _key, None, "the id of a condition", "Condition to be treated, by its id in the catalogue. Without it everyone is listed.", "labral-tear", shape=_ID_SHAPE),
    Parameter("procedure", _key, None, "the id of a procedure", "Procedure to be done, by its id in the catalogue. Those who say they do it come first; it goes before `condition`.", "total-hip-replacement", shape=_ID_SHAPE),
    Parameter("q", _own_words, "", f"text of up to {LONGEST_WORDS} characters", "What is wrong, in the patient's own words, English or Spanish. It decides what is searched for where no condition, procedure or name is given; what sounds urgent in it is always said first. It is not kept.", "my hip pinches when I squat", longest=LONGEST_WORDS),
    Parameter("age", _whole(0, 120), None, "a whole number from 0 to 120", "The patient's age in years. Under 16, people who do not see children are left out.", "7", shape=_whole_shape(0, 120)),
    Parameter("who", _one_of("", *WHO), "", "me, child or other", "Who it is for. For a child the age is needed: who sees children depends on it.", "child", WHO),
    Parameter("group", _one_of("first", "all", *GROUPS), "first", "first, all or a role group", "People to list: `first` is the groups that the condition opens with. Places ignore it.", "surgeon", ("first", "all", *GROUPS)),
    Parameter("radius", _radius, USUAL_RADIUS, "10, 25, 50, 100 or any", "Miles to look within. Where fewer than three are found, the search widens and says so. Left out, rare work is looked for at any distance.", "50", (*(str(miles) for miles in RADII), ANY_RADIUS)),
    Parameter("sort", _one_of("", "distance"), "", "distance", "`distance` lists everyone who treats it by bare distance, whatever they state.", "distance", ("distance",)),
    Parameter("specialty", _code, None, "a specialty code of ten letters and digits", "Only people with this specialty.", "207XS0114X", shape={"pattern": "^[0-9A-Za-z]{10}$"}),
    Parameter("new_patients", _one_of("", *_YES), "", "yes", "People who say they take new patients, then those who do not say.", "yes", _YES),
    Parameter("referral", _one_of("", "no"), "", "no", "People who say that no referral is needed, then those who do not say.", "no", ("no",)),
    Parameter("telehealth", _one_of("", *_YES), "", "yes", "People who say they see patients of your state by video or phone, then those who do not say.", "yes", _YES),
    Parameter("gender", _one_of("", "woman", "man"), "", "woman or man", "People of this gender, then those who do not say.", "woman", ("woman", "man")),
    Parameter("language", _language, None, "a language code such as es", "People who say they speak this language, then those who name none.", "es", shape=_LANGUAGE_SHAPE),
    Parameter("phone_language", _language, None, "a language code such as es", "Places that say someone answers the phone in this language, then those that do not say.", "es", shape=_LANGUAGE_SHAPE),
    Parameter("interpreter", _one_of("", *_YES), "", "yes", "Places that say they have interpreters, then those that do not say.", "yes", _YES),
    Parameter("step_free", _one_of("", *_YES), "", "yes", "Places that say they can be reached without steps, then those that do not say.", "yes", _YES),
    Parameter("walk_in", _one_of("", *_YES), "", "yes", "Places that say one can walk in and be X-rayed, then those that do not say.", "yes", _YES),
    Parameter("plan", _words, None, "an insurance plan, as the directory writes it", "Places whose organization says it takes this plan, then those that do not say.", "Medicare"),
    Parameter("organization", _key, None, "the short name of an organization, such as alder-health", "Only people and places of this organization, by its name in small letters with dashes.", "larkspindle-health", shape=_ID_SHAPE),
    Parameter("name", _words, None, "a name, or its beginning", "Only people or places with this name.", "Amberwhistle"),
    Parameter("stage", _one_of("", *STAGES), "", "now or treated", "For an emergency: whether it is happening now or was already treated.", "treated", STAGES),
    Parameter("lang", _one_of("", "en", "es"), "", "en or es", "Language of the sentences; without it the browser's or terminal's decides.", "es", ("en", "es")),
    Parameter("limit", _whole(1, MAX_LIMIT), 10, f"a whole number from 1 to {MAX_LIMIT}", "How many to list in all. Pages go through the lists one after the other.", "10", shape=_whole_shape(1, MAX_LIMIT)),
    Parameter("offset", _whole(0, MAX_OFFSET), 0, f"a whole number from 0 to {MAX_OFFSET}", "How many to pass over first, for further pages; a list says where it begins.", "0", shape=_whole_shape(0, MAX_OFFSET)),
)  # fmt: skip


@dataclass(frozen=True)
class SearchQuery:
    """One question. `zip` is as typed, `near` the patient's own point; `radius` is in miles, None for any.

    Where nobody chose it (`radius_given`), rare work is looked for at any distance.
    """

    zip: str
    near: str = ""
    condition: str | None = None
    procedure: str | None = None
    age: int | None = None
    who: str = ""
    group: str = "first"
    radius: float | None = USUAL_RADIUS
    sort: str = ""
    specialty: str | None = None
    new_patients: str = ""
    referral: str = ""
    telehealth: str = ""
    gender: str = ""
    language: str | None = None
    phone_language: str | None = None
    interpreter: str = ""
    step_free: str = ""
    walk_in: str = ""
    plan: str | None = None
    organization: str | None = None
    name: str | None = None
    q: str = ""
    stage: str = ""
    lang: str = ""
    limit: int = 10
    offset: int = 0
    unit: Unit = "people"
    radius_given: bool = True

    @property
    def q_decides(self) -> bool:
        """True where the patient's own words alone say what is searched for."""
        return bool(self.q) and not (self.condition or self.procedure or self.name)

    def facts(self, state: str) -> tuple[Fact, ...]:
        """Return the three-state facts that are asked for; telehealth in a state."""
        chosen = [(name, getattr(self, name)) for name in FACTS if name != "telehealth" and getattr(self, name, None)]
        return tuple(chosen + [("telehealth", state)] * bool(self.telehealth))

    @classmethod
    def parse(cls, given: Mapping[str, Sequence[str]], unit: Unit) -> SearchQuery:
        """Read a question from parameters as they came, each with all its values.

        Raises QuestionError naming the first parameter that is unknown, repeated, too long or cannot be read. An
        empty value is as good as none.
        """
        values = values_of(given, PARAMETERS)
        return cls(**{"zip": ""} | values, unit=unit, radius_given="radius" in values)


def values_of(given: Mapping[str, Sequence[str]], parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Read the values of some parameters, those that were given. Raises QuestionError as SearchQuery.parse does."""
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for name, texts in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise QuestionError("parameter_unknown", name=_shown(name), nearest=near[0] if near else "")
        if len(texts) > 1:
            raise QuestionError("parameter_repeated", name=name)
        given_text = texts[0] if texts else ""
        if len(given_text) > known[name].longest:
            raise QuestionError("parameter_too_long", name=name, longest=known[name].longest)
        text = given_text.strip()
        if not text:
            continue
        try:
            values[name] = known[name].read(text)
        except ValueError:
            raise QuestionError(
                "parameter_malformed", name=name, value=_shown(text), expected=known[name].expected
            ) from None
    return values


def _shown(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:40]
