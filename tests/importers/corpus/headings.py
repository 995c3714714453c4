"""How columns are called: spellings, synonyms, unknown, missing, doubled, very many, and headers that are none."""

from __future__ import annotations

from tests.importers.corpus.entry import ADA, GOOD, HEADER, HIP_SURGEON, MAIN, NORTH, PEOPLE_HEADER, Entry, one

NAMES = ["Quillmoor Hospital", "Quillmoor North"]
MAPPED = "Ort,Bezeichnung,Land,PLZ,Stockwerk\nmain,Quillmoor Hospital,VA,23220,3\n"


def _good(name: str, what: str, content: str, **more: object) -> Entry:
    return Entry(name, what, one(content), **{"accepted": 2, "lands": {"name": NAMES}, **more})


def _headed(*headings: str) -> str:
    return ",".join(headings) + "\n" + MAIN + NORTH


ENTRIES = [
    _good("headings-shout", "headings in capitals", HEADER.upper() + MAIN + NORTH),
    _good(
        "headings-spaced",
        "spaces, dashes, stars and colons in headings",
        _headed(" Location-ID *", "NAME:", "State ", "zip  code", "Latitude", "LONGITUDE"),
    ),
    _good(
        "headings-two-lines",
        "headings of two lines",
        _headed('"Location\nID"', "Name", "State", '"ZIP\r\ncode"', "Lat", "Lon"),
    ),
    _good(
        "headings-synonyms",
        "what others call these columns",
        _headed("CCN", "Facility Name", "ST", "Postal Code", "lat", "lng"),
        everywhere=True,
    ),
    _good(
        "headings-any-order",
        "columns in another order",
        "longitude,zip_code,name,state,latitude,location_id\n-77.46,23220,Quillmoor Hospital,VA,37.55,main\n",
        accepted=1,
        lands={"name": NAMES[:1], "longitude": ["-77.46"]},
    ),
    _good(
        "column-unknown-near",
        "a heading with a slip of the pen, which is told with the nearest column",
        GOOD.replace("latitude", "lattitude"),
        problems={"column_unknown": [1], "position_half": [2, 3]},
        lands={"latitude": ["", ""]},
    ),
    _good(
        "column-unknown-far",
        "a heading that is like nothing we know",
        GOOD.replace("longitude", "longitude,moon phase").replace("77.46", "77.46,full").replace("77.52", "77.52,"),
        problems={"column_unknown": [1]},
    ),
    _good(
        "columns-unknown-many",
        "1,500 columns that nobody knows",
        GOOD.replace("\n", "," * 1500 + "\n").replace(
            "longitude" + "," * 1500, "longitude," + ",".join(f"q{n}" for n in range(1500))
        ),
        problems={"column_unknown": [1] * 1500},
    ),
    _good(
        "column-unknown-hostile",
        "an unknown heading with markup, an escape and a NUL in it",
        GOOD.replace("\n", ",full\n").replace("longitude,full", "longitude,<b>moon</b>\x1b[31m\0 phase"),
        problems={"column_unknown": [1]},
        everywhere=True,
    ),
    _good(
        "columns-left-out-on-request",
        "unknown columns, and a wish to leave them out",
        GOOD.replace("\n", ",full\n").replace("longitude,full", "longitude,moon phase"),
        wishes={"ignore_unknown_columns": True},
    ),
    _good(
        "columns-by-hand",
        "headings in another language, mapped by hand; one is to be left out",
        MAPPED,
        accepted=1,
        wishes={
            "mapping": {
                "Ort": "location_id",
                "bezeichnung": "name",
                "Land": "state",
                "PLZ": "zip_code",
                "stockwerk": "",
            }
        },
        lands={"name": NAMES[:1], "zip_code": ["23220"]},
    ),
    Entry(
        "mapping-to-no-column",
        "a mapping to a column that there is not",
        one(MAPPED),
        wishes={"mapping": {"PLZ": "zipp_code"}},
        refusal="mapping_column_unknown",
        told={"nearest": "zip_code"},
    ),
    Entry(
        "columns-missing",
        "a column that must be there is not",
        one("location_id,name,state\nmain,Main,VA\n"),
        refusal="columns_missing",
        told={"columns": ["zip_code"], "section": "locations"},
        everywhere=True,
    ),
    Entry(
        "columns-missing-among-people",
        "people without a specialty",
        one(PEOPLE_HEADER.replace(",specialties", "") + "ada,main,Ada,Fern\n"),
        refusal="columns_missing",
        told={"columns": ["specialties"], "section": "practitioners"},
    ),
    Entry(
        "columns-missing-among-capabilities",
        "capabilities that do not say of what",
        one("person_id,location_id,level\nada,main,treats\n"),
        refusal="columns_missing",
        told={"columns": ["condition_or_procedure or profile"], "section": "capabilities"},
    ),
    Entry(
        "column-twice",
        "a heading that is there twice",
        one(_headed("location_id", "name", "state", "zip_code", "latitude", "Latitude")),
        refusal="column_twice",
        told={"columns": ["latitude"]},
    ),
    Entry(
        "column-twice-by-synonym",
        "two headings that mean the same",
        one(_headed("id", "name", "state", "zip_code", "location_id", "x")),
        refusal="column_twice",
        told={"columns": ["location_id"]},
    ),
    Entry(
        "columns-of-one-list",
        "several columns of languages are one list",
        {
            "places.csv": GOOD,
            "people.csv": PEOPLE_HEADER.replace("\n", ",language,Language\n")
            + f"ada,main,Ada,Fern,{HIP_SURGEON},en,Spanish\n",
        },
        about="practitioners",
        accepted=1,
        lands={"languages": ["en; es"]},
    ),
    Entry(
        "20,000-columns",
        "20,000 columns, none of which is ours",
        one((",".join(f"c{n}" for n in range(20_000)) + "\n") + ("1," * 19_999 + "1\n") * 30),
        refusal="columns_too_many",
        told={"columns": "20,000"},
        giant=True,
    ),
    Entry(
        "20,000-columns-behind-ours",
        "20,000 columns behind good ones",
        one(HEADER.replace("\n", ",x" * 20_000 + "\n") + MAIN),
        refusal="columns_too_many",
        giant=True,
    ),
    _good(
        "header-twice",
        "two exports pasted together, each with its header",
        HEADER + MAIN + HEADER + NORTH,
        refused=1,
        problems={"state_unknown": [3], "zip_cell_malformed": [3], "number_malformed": [3, 3]},
    ),
    Entry(
        "header-only",
        "a header and nothing beneath",
        one(HEADER),
        source="another",
        refusal="file_without_rows",
        everywhere=True,
    ),
    Entry(
        "header-and-blank-rows",
        "a header and blank rows beneath",
        one(HEADER + ",,,,,\n" * 3000),
        source="another",
        refusal="file_without_rows",
    ),
    Entry(
        "no-header",
        "rows without a header",
        one(MAIN + NORTH),
        refusal="file_without_header",
        told={"first_row": "main, Quillmoor Hospital, VA, 23220, 37.55, -77.46"},
    ),
    Entry(
        "another-table",
        "a good table of something else",
        one("date,amount\n2026-01-01,12.50\n"),
        refusal="file_without_header",
    ),
    Entry(
        "a-letter",
        "a letter, not a table",
        one("Dear colleague,\n\nplease find our list attached.\n\nYours, J.\n"),
        refusal="file_without_header",
    ),
    Entry(
        "fits-two-sections",
        "a header that is of people and of capabilities alike",
        one(PEOPLE_HEADER.replace("\n", ",condition,level,approved_by\n") + ADA.replace("\n", ",y,treats,\n")),
        refusal="section_unclear",
        told={"sections": ["practitioners", "capabilities"]},
    ),
    Entry(
        "section-in-two-files",
        "two files of places",
        {"one.csv": HEADER + MAIN, "two.csv": HEADER + NORTH},
        refusal="section_twice",
        told={"section": "locations", "name": "two.csv"},
    ),
    Entry(
        "source-misnamed",
        "a source that is called as no source may be",
        one(GOOD),
        source="St. Mary's",
        refusal="source_name_malformed",
    ),
    Entry("source-of-the-demo", "the name of the demo", one(GOOD), source="demo", refusal="source_name_reserved"),
]
