"""Read a list of weekdays out of words: which days are meant, and whether that is certain."""

from __future__ import annotations

from finder.importers.hours_words import Day, Word

_AFTER_TUESDAY = 0b0111100
# "Mon Wed" is a list. The dash of "Mon Fri" may have been lost.
_WIDEST_GAP = 2


def day_group(found: list[Word], at: int) -> tuple[int, int]:
    """Return the days of the list that begins at a word, bit 0 for Monday, and where it ends; no days if in doubt."""
    chains: list[list[Day]] = []
    joins: list[list[str]] = []
    spaced, join, end = True, "", at
    while at < len(found):
        word = found[at]
        at += 1
        if isinstance(word, Day):
            if join in ("-", "to"):
                chains[-1].append(word)
                joins[-1].append(join)
            else:
                chains.append([word])
                joins.append([])
                spaced = spaced and not join
            join, end = "", at
        elif word in (",", "and") and join not in ("-", "to"):
            join = ","
        elif word in ("-", "to") and not join and chains:
            join = str(word)
        else:
            break
    if any(len(chain) > 2 and "to" in joined for chain, joined in zip(chains, joins, strict=True)):
        return 0, end
    return _meant(chains, spaced), end


def _meant(chains: list[list[Day]], spaced: bool) -> int:
    """Return the days of several parts: one day, a first and last, or a list with dashes; 0 if in doubt."""
    words = [day for chain in chains for day in chain]
    if not words or not _letters_agree(words):
        return 0
    if spaced and len(chains) == 2 == len(words) and not any(map(_several, words)):
        gap = (_index(words[1]) - _index(words[0])) % 7
        if not 0 < gap <= _WIDEST_GAP:
            return 0
    mask = tuesdays = 0
    for chain in chains:
        numbers = []
        for place, day in enumerate(chain):
            number = _index(day)
            if day.letter == "t":
                # T is Tuesday, and a second T Thursday; after Wednesday, or at the end of a range, it may be either.
                tuesdays += 1
                ends_range = place == 1 and len(chain) == 2
                if tuesdays > 2 or ends_range or (tuesdays == 1 and mask & _AFTER_TUESDAY):
                    return 0
                number = 1 if tuesdays == 1 else 3
            numbers.append(number)
        part = _part(chain, numbers)
        if not part or mask & part:  # a day that is named twice is a slip somewhere
            return 0
        mask |= part
    return mask


def _part(chain: list[Day], numbers: list[int]) -> int:
    if any(map(_several, chain)):
        return chain[0].days if len(chain) == 1 else 0
    if len(numbers) == 2:
        return days_between(*numbers) if numbers[0] != numbers[1] else 0
    return sum(1 << number for number in numbers) if numbers == sorted(set(numbers)) else 0


def days_between(first: int, last: int) -> int:
    """Return the days from one to another, both of them included, over the end of the week where it comes to that."""
    return sum(1 << (first + step) % 7 for step in range((last - first) % 7 + 1))


def _letters_agree(words: list[Day]) -> bool:
    """Return whether single letters are of one language: M is Monday, martes or miércoles; S Saturday or Sunday."""
    letters = {day.letter for day in words if day.letter}
    spanish = letters & set("lxjvsd")
    return not spanish or (len(letters) > 1 and letters == spanish and bool(letters & set("lv")))


def _several(day: Day) -> bool:
    return bool(day.days & (day.days - 1))


def _index(day: Day) -> int:
    return day.days.bit_length() - 1
