"""Opening hours in words, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from finder.db.hours import days_open
from finder.formats import hours
from finder.formats.wording import wording
from finder.search.opening import Opening, _zone, at_clock

EN, ES = wording("en"), wording("es")
WORK = "Mon-Fri 8:00-17:00"


def at(text: str, day: str) -> Opening:
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=_zone("23220"))
    found = at_clock(days_open(text), "23220", moment)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "day", "english", "spanish"),
    [
        (WORK, "2026-11-19 12:00", "Open until 5 PM.", "Abierto hasta las 5 p. m."),
        ("Thu 8:00-13:00", "2026-11-19 12:00", "Open until 1 PM.", "Abierto hasta la 1 p. m."),
        ("Thu 8:00-12:00", "2026-11-19 11:00", "Open until noon.", "Abierto hasta el mediodía."),
        ("Thu 8:00-24:00", "2026-11-19 12:00", "Open until midnight.", "Abierto hasta la medianoche."),
        ("Thu 8:00-16:30", "2026-11-19 12:00", "Open until 4:30 PM.", "Abierto hasta las 4:30 p. m."),
        ("Mon-Sun 0:00-24:00", "2026-11-19 12:00", "Open day and night.", "Abierto de día y de noche."),
        ("Thu, Fri 0:00-24:00", "2026-11-19 12:00", "Open until Saturday at midnight.", "Abierto hasta el sábado a la medianoche."),
        (WORK, "2026-11-19 07:00", "Closed now. Opens today at 8 AM.", "Cerrado ahora. Abre hoy a las 8 a. m."),
        (WORK, "2026-11-19 17:00", "Closed now. Opens tomorrow at 8 AM.", "Cerrado ahora. Abre mañana a las 8 a. m."),
        ("Mon-Fri 8:00-17:00; Sat, Sun closed", "2026-11-20 18:00", "Closed now. Opens Monday at 8 AM.", "Cerrado ahora. Abre el lunes a las 8 a. m."),
        ("Mon 12:00-17:00; Tue-Sun closed", "2026-11-20 18:00", "Closed now. Opens Monday at noon.", "Cerrado ahora. Abre el lunes al mediodía."),
        (WORK, "2026-11-20 18:00", "Closed now. The next hours that we know of begin Monday at 8 AM.", "Cerrado ahora. El próximo horario que conocemos empieza el lunes a las 8 a. m."),
        (WORK, "2026-11-21 10:00", "Hours today: call to ask. The next hours that we know of begin Monday at 8 AM.", "Horario de hoy: llame para preguntar. El próximo horario que conocemos empieza el lunes a las 8 a. m."),
        ("Mon-Sun closed", "2026-11-20 18:00", "Closed now.", "Cerrado ahora."),
        # On a holiday nobody is told that a door is open.
        (WORK, "2026-11-26 12:00", "Usually open until 5 PM.", "Por lo general, abierto hasta las 5 p. m."),
        ("Mon-Sun 0:00-24:00", "2026-11-26 12:00", "Usually open day and night.", "Por lo general, abierto de día y de noche."),
    ],
)  # fmt: skip
def test_what_the_clock_says(text: str, day: str, english: str, spanish: str) -> None:
    found = at(text, day)
    assert hours.now(found, EN) == english
    assert hours.now(found, ES) == spanish


def test_holidays_and_the_day_before() -> None:
    assert hours.holiday(at(WORK, "2026-11-26 12:00"), EN).startswith("Today is a public holiday.")
    assert hours.holiday(at(WORK, "2026-11-25 12:00"), EN).startswith("Tomorrow is a public holiday.")
    assert "feriado" in hours.holiday(at(WORK, "2026-11-25 12:00"), ES)
    assert hours.holiday(at(WORK, "2026-11-24 12:00"), EN) == ""


def test_the_week_as_a_table() -> None:
    days = days_open("Mon-Thu 8:00-12:00, 13:00-17:00; Fri 0:00-24:00; Sun closed")
    assert days is not None
    rows = hours.table(days, at(WORK, "2026-11-19 12:00"), EN)
    assert [(row.day, row.text, row.value) for row in rows[3:]] == [
        ("Thursday", "8 AM to noon and 1 PM to 5 PM", "yes"), ("Friday", "Open day and night", "yes"),
        ("Saturday", "Call to ask", "not_stated"), ("Sunday", "Closed", "no"),
    ]  # fmt: skip
    assert [row.is_today for row in rows] == [False, False, False, True, False, False, False]
    assert hours.table(days, None, ES)[0].day == "Lunes"
    assert not any(row.is_today for row in hours.table(days, None, ES))


def test_the_week_in_a_line() -> None:
    for text, said in (
        ("Mon-Fri 8:00-17:00; Sat 9:00-12:00; Sun closed", "Monday to Friday: 8 AM to 5 PM; Saturday: 9 AM to noon"),
        ("Mon, Wed 8:00-17:00", "Monday and Wednesday: 8 AM to 5 PM"),
        ("Mon-Sun 0:00-24:00", "Open day and night"),
        ("Fri 18:00-2:00", "Friday: 6 PM to 2 AM"),
    ):
        days = days_open(text)
        assert days is not None
        assert hours.in_words(days, EN) == said
    evenings = days_open("Mon-Fri 8:00-17:00")
    assert evenings is not None
    assert hours.in_words(evenings, ES) == "Lunes a viernes: 8 a. m. a 5 p. m."


def test_days_by_their_names() -> None:
    assert hours.weekdays("Mon, Wed-Fri", EN) == "Monday, Wednesday, Thursday, and Friday"
    assert hours.weekdays("Mon, Tue", ES) == "lunes y martes"
    assert hours.weekdays("1st Tuesday", ES) == "1st Tuesday"
