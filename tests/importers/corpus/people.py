"""What goes wrong with the facts of people: NPIs, dates, ages, specialties, languages and names."""

from __future__ import annotations

from tests.importers.corpus.entry import GOOD, HIP_SURGEON, Entry, Files, people, table

BY_NPI = "npi location_id given_name family_name specialties"


def _of_people(name: str, what: str, files: Files, **more: object) -> Entry:
    return Entry(name, what, files, about="practitioners", **more)


def _dates(*rows: str) -> Files:
    return people("verified_on", *rows)


ENTRIES = [
    _of_people(
        "npis",
        "NPIs with a wrong check digit, nine digits, letters, or spoilt by a spreadsheet: the person stays without",
        people(
            "npi",
            "1234567893",
            "1234567894",
            "123456789",
            "12345678930",
            "1.23457E+09",
            "1234567893.0",
            "ABCDEFGHIJ",
            "1234-567-893",
            "0000000000",
        ),
        accepted=8,
        refused=1,
        everywhere=True,
        problems={"npi_check_digit": [3, 10], "npi_malformed": [4, 5, 8, 9], "npi_rounded": [6], "key_repeated": [7]},
        lands={"npi": ["1234567893", *[""] * 7]},
    ),
    _of_people(
        "npi-is-the-id",
        "people without an id of the file's own are known by their NPI, and without either the row is refused",
        {
            "places.csv": GOOD,
            "people.csv": table(
                BY_NPI,
                ("1234567893", "main", "Ada", "Fern", HIP_SURGEON),
                ("1234567893.0", "north", "Ada", "Fern", HIP_SURGEON),
                ("", "main", "No", "One", HIP_SURGEON),
                ("1234567894", "main", "Bad", "Digit", HIP_SURGEON),
            ),
        },
        accepted=2,
        refused=2,
        problems={"required_empty": [4, 5], "npi_check_digit": [5]},
        lands={"npi": ["1234567893"] * 2, "person_id": ["", ""]},
    ),
    _of_people(
        "npi-of-two",
        "two people with one NPI",
        people("npi family_name", ("1234567893", "Fern"), ("1234567893", "Reed"), ("", "Moss")),
        accepted=2,
        refused=1,
        problems={"key_repeated": [3]},
        lands={"family_name": ["Fern", "Moss"]},
    ),
    _of_people(
        "dates",
        "dates in each spelling that means one day",
        _dates(
            "2026-11-22",
            "11/22/2026",
            "11-22-2026",
            "11.22.2026",
            "22 Nov 2026",
            "22-Nov-2026",
            "November 22, 2026",
            "Nov. 22nd 2026",
            "2026-11-22T00:00:00",
            "2026-11-22 00:00",
            "",
        ),
        accepted=11,
        lands={"verified_on": ["2026-11-22"] * 10 + [""]},
    ),
    _of_people(
        "dates-malformed",
        "days that there are not, years of two digits, and numbers of days",
        _dates(
            "2026-02-31",
            "31/12/2026",
            "11/22/26",
            "46348",
            "46348.0",
            "2026",
            "Nov 2026",
            "tomorrow",
            "22.11.2026",
            "0000-00-00",
            "2026-11-22T09:30:00",
        ),
        accepted=11,
        problems={"date_malformed": list(range(2, 13))},
        lands={"verified_on": [""] * 11},
    ),
    _of_people(
        "dates-that-decide",
        "a day that decides whether someone is shown refuses its row",
        people(
            "listed_from listed_until",
            ("2026-02-30", ""),
            ("", "46348"),
            ("2026-05-01", "2026-04-01"),
            ("2026-05-01", "2026-06-01"),
        ),
        accepted=1,
        refused=3,
        problems={"date_malformed": [2, 3], "dates_reversed": [4]},
        lands={"listed_until": ["2026-06-01"]},
    ),
    _of_people(
        "ages",
        "ages in usual spellings, and such as are none",
        people(
            "youngest_age",
            "14",
            "14+",
            "14.0",
            "14 years",
            "14 years and older",
            "0",
            "120",
            "121",
            "-1",
            "teens",
            "14-18",
            "6 months",
            "",
        ),
        accepted=13,
        problems={"age_malformed": [9, 10, 11, 12, 13]},
        lands={"youngest_age": ["14"] * 5 + ["0", "120"] + [""] * 6},
    ),
    _of_people(
        "ages-reversed",
        "the youngest age above the oldest: the row is refused, since nobody knows which is meant",
        people("youngest_age oldest_age", ("18", "14"), ("14", "18"), ("18", "18")),
        accepted=2,
        refused=1,
        problems={"ages_reversed": [2]},
        lands={"youngest_age": ["14", "18"]},
    ),
    _of_people(
        "specialties",
        "specialties by code, by name, several, and such as nobody knows",
        people(
            "specialties",
            HIP_SURGEON,
            "207xx0005x; 207X00000X",
            "Orthopedic Surgery",
            "Physical Therapist",
            "wizard",
            "Orthopedik Surgery",
            "207XX0005",
            "",
        ),
        accepted=4,
        refused=4,
        problems={"specialty_unknown": [6, 7, 8], "required_empty": [9]},
        lands={"specialties": [HIP_SURGEON, f"{HIP_SURGEON}; 207X00000X", "207X00000X", "225100000X"]},
    ),
    _of_people(
        "languages",
        "languages by code and name, in English and Spanish, and such as are none",
        people(
            "languages", "en; es", "English, Spanish", "español y inglés", "Klingonish", "Mandarin / Cantonese", "xx"
        ),
        accepted=6,
        problems={"language_unknown": [5, 7]},
        lands={"languages": ["en; es", "en; es", "es; en", "", "zh; yue", ""]},
    ),
    _of_people(
        "genders",
        "genders in usual words and in others",
        people("gender", "F", "male", "woman", "other", "U", "", "Dr.", "2"),
        accepted=8,
        problems={"choice_unknown": [8, 9]},
        lands={"gender": ["woman", "man", "woman", "other", "", "", "", ""]},
    ),
    _of_people(
        "people-who-shout",
        "names of people in capitals, with what belongs to them",
        people(
            "given_name family_name suffix",
            ("SHAUN", "MCDONALD", "JR"),
            ("MARY-ANN", "O'BRIEN", ""),
            ("JOSE", "DE LA CRUZ", "III"),
            ("D", "NG", ""),
        ),
        accepted=4,
        problems={"capitals_mended": [2, 2, 2, 3, 3, 4, 4, 5]},
        lands={
            "family_name": ["McDonald", "O'Brien", "De La Cruz", "Ng"],
            "given_name": ["Shaun", "Mary-Ann", "Jose", "D"],
            "suffix": ["Jr", "", "III", ""],
        },
    ),
    _of_people(
        "days",
        "days at a place in usual spellings",
        people("days", "Mon, Wed", "M/W/F", "Monday and Wednesday", "every other Tuesday", "Weekdays"),
        accepted=5,
        problems={"hours_mended": [3, 4, 6]},
        lands={"days": ["Mon, Wed", "Mon, Wed, Fri", "Mon, Wed", "every other Tuesday", "Mon-Fri"]},
    ),
    _of_people(
        "states-of-video-visits",
        "states of video visits, one of which is none: the whole cell is left out",
        people("telehealth_states", "VA; NC", "Virginia, North Carolina", "VA; Atlantis", "VA NC"),
        accepted=4,
        problems={"state_unknown": [4, 5]},
        lands={"telehealth_states": ["VA; NC", "VA; NC", "", ""]},
    ),
    _of_people(
        "remove-garbled",
        "a mark of removal that says neither yes nor no: what is meant decides all, so the row is refused",
        people("remove", "perhaps", "no", ""),
        accepted=2,
        refused=1,
        problems={"stated_malformed": [2]},
        lands={"person_id": ["h3", "h4"]},
    ),
]
