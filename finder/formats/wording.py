"""Codes and facts into sentences, English and Spanish, the same for page, API, command line and report."""

from __future__ import annotations

import datetime as dt
import enum
import gettext
import io
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from finder.db.base import Capability, Stated
from finder.db.catalogue import Catalogue
from finder.db.directory import PositionKind
from finder.db.reports import Mistake
from finder.errors import FinderError
from finder.formats import origins
from finder.formats.sentences import OF_PEOPLE, SENTENCES, USUAL_NAME
from finder.geo import METRES_PER_MILE
from finder.search.origin import Origin
from finder.search.plan_groups import PlanGroup
from finder.search.results import LocationView, Match
from finder.search.treats import Basis, Refusal, Rung, Standing

LANGUAGES = ("en", "es")
_LOCALE = Path(__file__).parent / "locale"
_ROAD_FROM_MILES = 25
_OLD_AFTER_DAYS = 180
_IN_WORDS = ("expected", "found", "state")  # parameters of codes whose values are words of ours, not of the asker
_SOUNDS_LIKE_I = re.compile(r"h?[ií](?![aeo])", re.IGNORECASE)
_LEVEL_SENTENCES = {
    Capability.MAIN_FOCUS: "A main focus of their work: {what}.",
    Capability.PERFORMS: "Treats this: {what}.",
    Capability.TREATS: "Treats this: {what}.",
    Capability.REFERS: "Sends people with this to someone else: {what}.",
    Capability.DOES_NOT: "Does not treat this: {what}.",
}
_PROCEDURE_SENTENCES = {
    Capability.MAIN_FOCUS: "A main focus of their work: {what}.",
    Capability.PERFORMS: "Does this work: {what}.",
    Capability.TREATS: "Works with this: {what}.",
    Capability.REFERS: "Sends people to someone else for this: {what}.",
    Capability.DOES_NOT: "Does not do this: {what}.",
}
FACTS: Mapping[str, tuple[str, str, str]] = {
    "accepting_new_patients": ("Taking new patients", "Not taking new patients now", "New patients: call to ask"),
    "referral_needed": ("You need a referral", "No referral needed", "Referral: call to ask"),
    "telehealth": ("Visits by video", "No visits by video", "Visits by video: call to ask"),
    "board_certified": ("Board certified", "Not board certified", "Board certified: call to ask"),
    "step_free": ("Step-free way in", "Steps at the way in", "Step-free way in: call to ask"),
    "lift": ("Has an elevator", "No elevator", "Elevator: call to ask"),
    "adjustable_exam_table": ("Exam table that lowers", "No exam table that lowers", "Exam table that lowers: call to ask"),
    "accessible_parking": ("Parking or drop-off close by", "No parking or drop-off close by", "Parking: call to ask"),
    "interpreter": ("Interpreter", "No interpreter", "Interpreter: call to ask"),
    "emergency": ("Emergency room", "No emergency room", "Emergency room: call to ask"),
    "walk_in_xray": ("Walk-in clinic with X-ray", "No walk-in clinic with X-ray", "Walk-in clinic with X-ray: call to ask"),
    "imaging": ("Pictures (X-ray, MRI)", "No pictures (X-ray, MRI)", "Pictures (X-ray, MRI): call to ask"),
    "infant_ultrasound": ("Ultrasound of babies' hips", "No ultrasound of babies' hips", "Ultrasound of babies' hips: call to ask"),
    "therapy": ("Physical therapy", "No physical therapy", "Physical therapy: call to ask"),
}  # fmt: skip
# What can be asked for beside a list; telehealth is asked for in a state.
CHOICES: Mapping[tuple[str, str], str] = {
    ("new_patients", "yes"): "Taking new patients", ("step_free", "yes"): "Step-free way in",
    ("referral", "no"): "No referral needed", ("interpreter", "yes"): "Interpreter",
    ("walk_in", "yes"): "Walk-in clinic with X-ray", ("gender", "woman"): "A woman", ("gender", "man"): "A man",
    ("telehealth", "yes"): "Visits by video",
}  # fmt: skip
# Languages that CLDR names in English only.
LANGUAGE_NAMES: Mapping[str, str] = {"ase": "American Sign Language"}
KINDS: Mapping[str, str] = {
    "clinic": "Clinic", "hospital": "Hospital", "critical_access": "Small rural hospital",
    "rural_emergency": "Rural emergency hospital", "childrens": "Children's hospital",
    "special_hospital": "Special hospital", "rehabilitation": "Rehabilitation hospital",
    "long_term": "Long-term care hospital", "psychiatric": "Psychiatric hospital", "veterans": "Veterans hospital",
    "military": "Military hospital", "therapy": "Therapy practice", "surgery_center": "Surgery center",
    "not_stated": "Place",
}  # fmt: skip
DIRECTIONS: Mapping[str, str] = {
    "north": "north", "north_east": "north-east", "east": "east", "south_east": "south-east", "south": "south",
    "south_west": "south-west", "west": "west", "north_west": "north-west",
}  # fmt: skip
PLAN_GROUPS: Mapping[PlanGroup, str] = {
    PlanGroup.MEDICARE: "Medicare", PlanGroup.MEDICAID: "Medicaid and state plans", PlanGroup.TRICARE: "TRICARE",
    PlanGroup.VETERANS: "Veterans (VA)", PlanGroup.WORKERS: "Injury at work", PlanGroup.SELF_PAY: "Paying yourself",
    PlanGroup.OTHER: "Other plans",
}  # fmt: skip
MISTAKES: Mapping[Mistake, str] = {
    Mistake.PHONE: "The phone number is wrong", Mistake.ADDRESS: "The address is wrong",
    Mistake.HOURS: "The hours are wrong", Mistake.NAME: "The name is wrong",
    Mistake.NOT_HERE: "This person no longer works here", Mistake.NOT_TREATED: "They do not treat this problem",
    Mistake.NO_NEW_PATIENTS: "They are not taking new patients", Mistake.PLAN: "My insurance plan is not taken",
    Mistake.CLOSED: "This place has closed", Mistake.OTHER: "Something else",
}  # fmt: skip
NUMBERS: Mapping[int, str] = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
}  # fmt: skip
REFUSALS: Mapping[Refusal, str] = {
    Refusal.SAYS_NOT: "Not listed: they say that they do not treat it.",
    Refusal.NOTHING_FITS: "Not listed: neither what they say nor their specialties fit this problem.",
    Refusal.ASSISTANT_NOT_DECLARED: "Not listed: assistants and nurse practitioners only where they say they treat it.",
    Refusal.ASSISTANT_WITHOUT_DOCTOR: "Not listed: an assistant or nurse practitioner without a named doctor.",
    Refusal.NOT_FOR_CHILDREN: "Not listed: their specialty is never listed for a child with this.",
    Refusal.OTHER_AGES: "Not listed: the ages they state leave this patient out.",
}
RUNGS: Mapping[Rung, str] = {
    Rung.DECLARED: "Declared: they say so.",
    Rung.USUAL: "Usual: their specialty usually treats it.",
    Rung.MAY_HELP: "May help.",
    Rung.CALL_FIRST: "Call first: ages not stated.",
}


class Wording:
    """Sentences in one language. Call it with an English sentence to get that sentence in the language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._translations = _translations(language)
        self._locale = Locale(language, "US")
        # Said in nearly every line of an answer, always the same.
        self._about = lru_cache(maxsize=4096)(self._about_miles)
        self._towards = lru_cache(maxsize=4096)(self._to_the)
        self._in = lru_cache(maxsize=4096)(self._in_the_town)
        self.date = lru_cache(maxsize=4096)(self._date)

    def __call__(self, sentence: str, **params: Any) -> str:
        """Return the sentence with its parameters filled in."""
        translated = self._translations.gettext(sentence)
        return translated.format(**params) if params else translated

    def plural(self, one: str, many: str, number: int, **params: Any) -> str:
        """Return the form that a number asks for; `{number}` is filled in."""
        return self._translations.ngettext(one, many, number).format(number=number, **params)

    def error(self, error: FinderError) -> str:
        """Return the sentence of a refusal, and what to write instead where that is known."""
        return self.code(error.code, error.params)

    def code(self, code: str, params: Mapping[str, Any]) -> str:
        """Return the sentence of a code."""
        told = {name: self._shown(name, value) for name, value in params.items()}
        # A parameter may be empty, such as a version that was not named.
        sentence = self(SENTENCES[code], **(told or {"": ""})).replace("  ", " ")
        nearest = params.get("nearest")
        if nearest and "{nearest}" not in SENTENCES[code]:
            sentence += " " + self("Did you mean {nearest}?", nearest=nearest)
        return sentence

    def _shown(self, name: str, value: Any) -> Any:
        if name in _IN_WORDS and value:
            return self(value)
        if isinstance(value, list | tuple):
            return ", ".join(str(one) for one in value)
        return value

    def finder_name(self, name: str) -> str:
        """Return the finder's own name: in the reader's language where it has the one that it comes with."""
        return self(name) if name == USUAL_NAME else name

    def listed(self, words: Iterable[str]) -> str:
        """Return "a, b and c"."""
        told = [str(word) for word in words]
        text = format_list(told, locale=self._locale)
        # Before the sound of i, Spanish has "e" in place of "y", which CLDR leaves to the one who lists.
        if self.language == "es" and len(told) > 1 and _SOUNDS_LIKE_I.match(told[-1]):
            return f"{text.removesuffix(f' y {told[-1]}')} e {told[-1]}"
        return text

    def _date(self, day: dt.date) -> str:
        """Return a day as people write it."""
        return format_date(day, "long", locale=self._locale)

    def weekday(self, number: int) -> str:
        """Return the name of a weekday, Monday 0."""
        return str(get_day_names("wide", locale=self._locale)[number])

    def miles(self, distance_m: float) -> str:
        """Return a distance: tenths below one mile, whole miles from ten up (design, decision 7)."""
        miles = distance_m / METRES_PER_MILE
        if miles < 0.1:
            return self("Less than 0.1 mile")
        return self._about(f"{miles:.1f}".removesuffix(".0") if miles < 9.95 else f"{miles:,.0f}")

    def _about_miles(self, number: str) -> str:
        if number == "1":
            return self("About {number} mile", number=number)
        return self("About {number} miles", number=number)

    def distance(self, match: Match) -> str:
        """Return how far a match is, and what is rough about it."""
        return self.reach(match)[0]

    def reach(self, match: Match) -> tuple[str, str]:
        """Return how far a match is, and how far, in which direction and in which town; with what is rough about it."""
        far, rough, town = self._far(match), self._rough(match), match.location.city
        where = self._towards(far, match.direction) if match.direction else far
        return far + rough, (self._in(where, town) if town else where) + rough

    def where(self, match: Match) -> str:
        """Return how far and in which direction a match is, in which town, and what is rough about it."""
        return self.reach(match)[1]

    def direction(self, direction: str) -> str:
        """Return one of the eight directions in words, "" for none."""
        return self(DIRECTIONS[direction]) if direction else ""

    def in_words(self, number: int) -> str:
        """Return a number up to ten as a word, others in digits."""
        return self(NUMBERS[number]) if number in NUMBERS else f"{number:,}"

    def _to_the(self, distance: str, direction: str) -> str:
        return self("{distance}, to the {direction}", distance=distance, direction=self(DIRECTIONS[direction]))

    def _in_the_town(self, where: str, town: str) -> str:
        return self("{where}, in {town}", where=where, town=town)

    def _far(self, match: Match) -> str:
        if match.location.position_kind is PositionKind.ZIP and match.distance_m < 1:
            return self("In the same ZIP code")
        return self.miles(match.distance_m)

    def _rough(self, match: Match) -> str:
        if match.location.position_kind is PositionKind.ZIP:
            return self(", measured to the middle of its ZIP code") if match.distance_m >= 1 else ""
        return self("; by road it is longer") if match.distance_m > _ROAD_FROM_MILES * METRES_PER_MILE else ""

    def origin(self, origin: Origin) -> str:
        """Return from where and how distances are measured."""
        place = f"{origin.zip_code} ({origin.city}, {origin.state})" if origin.zip_code else origin.name
        told = {"place": place, "zip": origin.zip_code, "near": origin.near, "town": f"{origin.city}, {origin.state}"}
        return " ".join(self(sentence, **told) for sentence in origins.sentences(origin))

    def origin_facts(self, origin: Origin) -> list[tuple[str, str]]:
        """Return all that is known of an origin as (name, value), for who wants to look."""
        point = f"{origin.latitude:.4f}, {origin.longitude:.4f}"
        facts = (
            (self("What it is"), self(origins.KINDS[origin.kind]) if origin.kind else self("Town")),
            (self("Place"), f"{origin.city}, {origin.state}"),
            (self("County"), origin.county),
            (self("Time zone"), origin.time_zone),
            (self("Point"), point),
            (self("Measured from"), self(origins.EXACTNESS[origin.exactness])),
            (self("Source"), self(origins.source_of(origin.source)) if origin.source else ""),
        )
        return [(name, value) for name, value in facts if value]

    def phone(self, number: str) -> str:
        """Return a stored number as people read it."""
        dialled, _, extension = number.partition(";ext=")
        if dialled.startswith("+1") and len(dialled) == 12:
            dialled = f"({dialled[2:5]}) {dialled[5:8]}-{dialled[8:]}"
        return f"{dialled} ext. {extension}" if extension else dialled

    def language_name(self, code: str) -> str:
        """Return a language's name, in English where CLDR and we have none in ours, or its code."""
        known = self._locale.languages.get(code)
        return str(known or self(LANGUAGE_NAMES.get(code) or Locale("en").languages.get(code) or code))

    def fact(self, name: str, value: Stated) -> str:
        """Return a three-state fact in words; what was not stated is something to ask."""
        yes, no, ask = FACTS[name]
        return self({Stated.YES: yes, Stated.NO: no, Stated.NOT_STATED: ask}[value])

    def choice(self, name: str, value: str) -> str:
        """Return a fact that can be asked for, such as ("new_patients", "yes"), as a choice."""
        if name == "language":
            return self("Speaks {languages}", languages=self.language_name(value))
        return self(CHOICES.get((name, value)) or CHOICES[name, "yes"])

    def kind(self, place: LocationView) -> str:
        """Return what kind of place it is."""
        return self(KINDS[place.kind.value])

    def plan_group(self, group: PlanGroup) -> str:
        """Return what patients call a kind of insurance plan."""
        return self(PLAN_GROUPS[group])

    def mistake(self, kind: Mistake) -> str:
        """Return what can be wrong with a listing."""
        return self(MISTAKES[kind])

    def place_name(self, place: LocationView) -> str:
        """Return what a place is called; where nobody named it, its address or town stands beside it and not here."""
        nameless = place.name == place.address or (place.name == place.city and not place.address)
        return self("Practice in {city}", city=place.city) if nameless and place.city else place.name

    def checked(self, day: dt.date | None, today: dt.date) -> str:
        """Return when a listing was last checked."""
        if day is None:
            return self("Never checked. Call before you go.")
        if (today - day).days > _OLD_AFTER_DAYS:
            return self("Last checked {date}. May be out of date.", date=self.date(day))
        return self("Checked {date}", date=self.date(day))

    def ages(self, youngest: int | None, oldest: int | None) -> str:
        """Return the ages of patients that are seen."""
        if youngest is not None and oldest is not None:
            return self("Sees ages {youngest} to {oldest}", youngest=youngest, oldest=oldest)
        if youngest is not None:
            return self("Sees ages {youngest} and up", youngest=youngest)
        return self("Sees ages up to {oldest}", oldest=oldest) if oldest is not None else self("Ages: call to ask")

    def entry(self, catalogue: Catalogue, kind: str, key: str) -> str:
        """Return the name of a catalogue entry (condition, procedure, taxonomy, role_group)."""
        body = catalogue.entries[kind].get(key)
        if body is None:
            return key
        return str(body[f"plain_{self.language}"] if kind == "taxonomy" else body[f"name_{self.language}"])

    def card(self, catalogue: Catalogue, card: str, form: str | None) -> tuple[str, str]:
        """Return (heading, text) of an emergency card; its first sentence is the heading and is not said twice."""
        body = catalogue.entries["card"][card]
        heading = str(body[f"heading_{self.language}"])
        text = str(body.get(f"{form or 'plain'}_{self.language}") or body[f"plain_{self.language}"])
        return heading, text.removeprefix(f"{heading}. ")

    def card_line(self, catalogue: Catalogue, card: str, line: str) -> str:
        """Return another line of a card, such as now, treated or button."""
        return str(catalogue.entries["card"][card][f"{line}_{self.language}"])

    def standing_line(self) -> str:
        """Return the line that stands on every search and results page, since no matcher finds every emergency."""
        return self(
            "Call 911 if you can't stand or walk after a fall or crash, or the hip is out of its socket. "
            "Go to a hospital emergency room today if your hip hurts and you have a fever."
        )

    def says(self, catalogue: Catalogue, target_kind: enum.Enum, target: str, level: Capability) -> str:
        """Return one stated capability as a sentence."""
        sentences = _PROCEDURE_SENTENCES if target_kind.value == "procedure" else _LEVEL_SENTENCES
        return self(sentences[level], what=self.entry(catalogue, target_kind.value, target))

    def judged(self, found: Standing | Refusal) -> str:
        """Return the rung, or why someone is not listed."""
        return self(REFUSALS[found]) if isinstance(found, Refusal) else self(RUNGS[found.rung])

    def reason(self, catalogue: Catalogue, standing: Standing, place: LocationView) -> tuple[str, str]:
        """Return (why this one, what that rests on) for a match of a condition at a place."""
        if standing.basis is Basis.PEOPLE:
            why, ask = OF_PEOPLE[standing.rung]
            return self(why), self._ages_or(standing, self(ask) if ask else "")
        if standing.basis is Basis.KIND_OF_PLACE:
            return self("May help: {kind}.", kind=self.kind(place)), self("We do not know if they treat this. Ask when you call.")  # fmt: skip
        if standing.basis is Basis.SPECIALTY:
            specialty = self.entry(catalogue, "taxonomy", standing.target)
            if standing.rung is Rung.CALL_FIRST:
                return self("May help. Lists as: {specialty}.", specialty=specialty), self._ages_or(standing, "")
            if standing.rung is Rung.MAY_HELP:
                return self("May help. Lists as: {specialty}.", specialty=specialty), self("We do not know if they treat this. Ask when you call.")  # fmt: skip
            usual = self("Lists as: {specialty}. This kind of specialist usually treats it.", specialty=specialty)
            return usual, self._ages_or(standing, self("They have not said so themselves. Ask when you call."))
        told = standing.declared
        if told is None:
            return self("May help."), ""
        return self.says(catalogue, told.kind, told.target, told.level), self._ages_or(standing, self.told_by(place, told.approved_by, told.approved_on))  # fmt: skip

    def _ages_or(self, standing: Standing, otherwise: str) -> str:
        if standing.rung is Rung.CALL_FIRST:
            return self("Ages not stated. Call first and ask if they see children.")
        return otherwise

    def told_by(self, place: LocationView, approved_by: str, approved_on: dt.date | None) -> str:
        """Return who says something of a place or of someone there, and of when that is, where that is known."""
        return self.says_so(approved_by or place.organization or self.place_name(place), approved_on)

    def says_so(self, who: str, approved_on: dt.date | None) -> str:
        """Return that someone says so, and of when that is, where that is known."""
        if approved_on is None:
            return self("{who} says so.", who=who)
        return self("{who} says so, {date}.", who=who, date=self.date(approved_on))


@cache
def wording(language: str) -> Wording:
    """Return the wording of "en" or "es", made once."""
    return Wording(language)


def _translations(language: str) -> gettext.NullTranslations:
    source = _LOCALE / language / "LC_MESSAGES" / "finder.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
