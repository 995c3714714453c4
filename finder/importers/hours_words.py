"""Cut opening hours, in English or Spanish, into days, times and what joins them. What they mean is said elsewhere."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from finder.db.hours_clock import Time

WEEKDAYS, WEEKEND, EVERY_DAY = 0b0011111, 0b1100000, 0b1111111


class Day(NamedTuple):
    """One or several days as one word: bit 0 is Monday; `letter` is set where the word was a single letter."""

    days: int
    letter: str = ""


# A join is one of: "-" "to" "and" "," newline ";". The other words are "closed", "lunch" and "allday".
Word = Day | Time | str

_DAYS = {
    name: Day(1 << number)
    for number, names in enumerate((
        "monday mondays mon mons mo lunes lun lu",
        "tuesday tuesdays tue tues tu martes",
        "wednesday wednesdays wed weds we miercoles mier mie",
        "thursday thursdays thu thur thurs th jueves juev jue ju",
        "friday fridays fri fris fr viernes vier vie vi",
        "saturday saturdays sat sats sa sabado sabados sab",
        "sunday sundays sun suns su domingo domingos dom",
    ))
    for name in names.split()
}  # fmt: skip
_SPANISH = frozenset("lunes lun lu martes miercoles mier mie jueves juev jue ju viernes vier vie vi sabado sabados sab "
                     "domingo domingos dom".split())  # fmt: skip
# March, mother, a musical note and an English verb, unless another day of the cell is Spanish.
_ONLY_AMONG_SPANISH = {"mar": Day(2), "ma": Day(2), "mi": Day(4), "do": Day(64)}
_LETTERS = {letter: Day(1 << number, letter) for number, letter in enumerate("mtwrf")}
_SPANISH_LETTERS = {"l": Day(1, "l"), "x": Day(4, "x"), "j": Day(8, "j"), "v": Day(16, "v"), "s": Day(32, "s"), "d": Day(64, "d")}  # fmt: skip
_SETS = {
    "weekdays": Day(WEEKDAYS), "weekday": Day(WEEKDAYS), "weekends": Day(WEEKEND), "weekend": Day(WEEKEND),
    "daily": Day(EVERY_DAY), "everyday": Day(EVERY_DAY), "diario": Day(EVERY_DAY), "diariamente": Day(EVERY_DAY),
    "mtwtf": Day(WEEKDAYS), "mtwtfs": Day(WEEKDAYS | 32), "mtwtfss": Day(EVERY_DAY), "smtwtfs": Day(EVERY_DAY),
}  # fmt: skip
_RUN = re.compile("mon|tues?|wed|thurs|thu|fri|sat|sun|th|tu|sa|su|[mtwrf]")

_JOINS = {
    "-": "-", "to": "to", "thru": "to", "through": "to", "until": "to", "till": "to", "til": "to", "a": "to", "al": "to",
    "hasta": "to", "and": "and", "y": "and", "e": "and", "&": "and", "+": "and", "/": "and", ",": ",", "|": ",",
    "\n": "\n", ";": ";", "\u2022": "\n", "\u00b7": "\n",
}  # fmt: skip
_OTHERS = {
    "closed": "closed", "cerrado": "closed", "cerrada": "closed", "cerramos": "closed", "off": "closed",
    "lunch": "lunch", "almuerzo": "lunch", "allday": "allday",
}  # fmt: skip
# Words that change nothing wherever they stand, and words that change nothing before everything else.
_SILENT = frozenset("open from on the every each only for de del desde los las la el cada solo por para abierto abierta "
                    "abrimos ( ) :".split())  # fmt: skip
_HEADING = frozenset("our are is office clinic business opening operating regular hours hour of operation horario horarios "
                     "horas atencion apertura oficina consultorio clinica estamos".split())  # fmt: skip
_UNITS = frozenset("h hs hr hrs hour hours hora horas".split())

_PHRASES = tuple((re.compile(pattern), words) for pattern, words in (
    (r"\b24 ?[/x-] ?7(?: ?/ ?365)?\b", " allday daily "),
    (r"\b(?:always open|a?round the clock|day and night|dia y noche)\b", " allday "),
    (r"\b(?:7|seven|siete) (?:days|dias)(?:(?: (?:a|per|de la|a la|por) | ?/ ?)(?:week|semana))?\b", " daily "),
    (r"\bevery day(?: of the week)?\b|\ball week\b|\btodos los dias\b|\btoda la semana\b", " daily "),
    (r"\b(hours?|hrs|horas)(?: (?:a|per|each|al|del) | ?/ ?)(?:day|dia)\b", r"\1"),
    (r"\b24-(?=h)", "24 "),
    (r"\bentre semana\b", " weekdays "),
    (r"\bfin(?:es)? de semana\b", " weekends "),
    (r"\btodos (?=los )", ""),
    (r"\b12(?::00)? de la noche\b", " midnight "),
    (r"\b12 del (?:medio ?)?dia\b|\bmedio ?dia\b", " noon "),
    (r"\bmedia ?noche\b", " midnight "),
    (r"(?<!12)(?<!12:[0-9]{2}) de la (?:(manana)|(?:tarde|noche))\b", lambda m: " am" if m[1] else " pm"),
    (r"'s\b", "s"),
))  # fmt: skip
_WORD = re.compile(
    r"(?:(?P<hour>[0-9]{1,2})(?![0-9])(?:(?:[:.]|h(?=[0-9]))(?P<minute>[0-5][0-9])(?![0-9]))?(?::00(?![0-9:]))?"
    r"|(?P<compact>[0-9]{1,2}(?:00|15|30|45))(?![0-9:]))"
    # "8 a 17" is a range in Spanish, so that a bare letter counts only where it touches its number.
    r"(?: ?(?P<half>[ap])(?:m\b\.?|\.m\b\.?|\. ?m\.)|(?P<letter>[ap])(?![a-z0-9]))?"
    r"|(?P<word>[a-z]+)|(?P<sign>[-\n;,|/&+:().\u2022\u00b7])"
)
_PLAIN = str.maketrans({
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"), **dict.fromkeys("\u2018\u2019\u02bc`\u00b4", "'"),
    **dict(zip("\u00e1\u00e9\u00ed\u00f3\u00fa\u00fc\u00f1", "aeiouun", strict=True)), "\t": " ", "\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n",
})  # fmt: skip


def words(text: str) -> list[Word] | None:
    """Return the words of a text in order, or None where any of it is not understood."""
    spelt = unicodedata.normalize("NFKC", text.translate(_PLAIN)).casefold().translate(_PLAIN)
    spelt = re.sub(" +", " ", spelt)
    for pattern, plain in _PHRASES:
        spelt = pattern.sub(plain, spelt)
    found: list[Word] = []
    spanish, needs_spanish, at = False, False, 0
    while at < len(spelt):
        if spelt[at] == " ":
            at += 1
            continue
        match = _WORD.match(spelt, at)
        if match is None:
            return None
        at = match.end()
        name = match["word"] or match["sign"]
        if not name:
            found.append(_time(match))
            continue
        spanish |= name in _SPANISH
        needs_spanish |= name in _ONLY_AMONG_SPANISH
        if name == ".":
            # A full stop ends an abbreviated day, or a sentence.
            if found and not isinstance(found[-1], Day):
                found.append(";")
        elif name in ("noon", "midnight"):
            if not _said(found, name):
                return None
        elif name in _UNITS and found:
            if found[-1] == Time(24, 0) and (len(found) < 2 or found[-2] not in ("-", "to")):
                found[-1] = "allday"
        elif name in _SILENT or (not found and name in _HEADING):
            continue
        else:
            word = _known(name)
            if word is None:
                return None
            found.append(word)
    return found if spanish or not needs_spanish else None


def _known(name: str) -> Word | None:
    for names in (_DAYS, _LETTERS, _SETS, _ONLY_AMONG_SPANISH, _SPANISH_LETTERS):
        if name in names:
            return names[name]
    return _JOINS.get(name) or _OTHERS.get(name) or _run(name)


def _run(name: str) -> Day | None:
    """Return the days of "mwf" or "tuth"; None where they are not in order, or the run could be a range."""
    days = at = 0
    while at < len(name):
        match = _RUN.match(name, at)
        if match is None:
            return None
        day = (_DAYS.get(match[0]) or _LETTERS[match[0]]).days
        if days >= day:  # bits rise with the days
            return None
        days, at = days | day, match.end()
    return None if name == "mf" else Day(days)


def _time(match: re.Match[str]) -> Time:
    half = match["half"] or match["letter"] or ""
    if match["compact"]:
        hour, minute = match["compact"][:-2], match["compact"][-2:]
    else:
        hour, minute = match["hour"], match["minute"] or ""
    return Time(int(hour), int(minute or 0), half, len(hour) == 2 and bool(minute))


def _said(found: list[Word], name: str) -> bool:
    """Add noon or midnight, or add the word to the 12 before it; returns whether the two agree."""
    time = Time(12, 0, name)
    if not found or not isinstance(found[-1], Time):
        found.append(time)
        return True
    agrees = found[-1][:2] == (12, 0) and found[-1].half in ("", "p" if name == "noon" else "a")
    found[-1] = time
    return agrees
