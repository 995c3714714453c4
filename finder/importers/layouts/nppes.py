"""NPPES, the register of all National Provider Identifiers, as CMS publishes it each month.

Of version 2 (since March 2026) the columns have other widths and a few other names; all are read by name.
Source: the readme and header file of "NPPES Data Dissemination".
"""

from __future__ import annotations

from finder.importers.layouts.layout import Cells, Field, Layout

_TAXONOMIES = tuple(f"taxonomy_{number}" for number in range(1, 16))
_AT = "Provider Business Practice Location Address"
_SEXES = {"M": "man", "F": "woman", "X": "other"}


def _leading(cell: Cells) -> int:
    """Return which of a person's specialties is their primary one; the first where none is said to be."""
    return next((n for n in range(len(_TAXONOMIES)) if cell(f"primary_{n + 1}") == "Y"), 0)


def _aside(cell: Cells) -> str:
    kind = cell("entity").removesuffix(".0")
    if not kind or (cell("deactivated_on") and not cell("reactivated_on")):
        return "deactivated"
    if kind != "1":
        return "organization"
    return "abroad" if cell("country") not in ("", "US") else ""


NPPES = Layout(
    "nppes",
    "NPPES (all National Provider Identifiers)",
    "roster",
    (
        ("NPI",),
        ("Entity Type Code",),
        ("Healthcare Provider Taxonomy Code_1",),
        ("Provider First Line Business Practice Location Address",),
    ),
    (
        Field("npi", ("NPI",)),
        Field("family_name", ("Provider Last Name (Legal Name)", "Provider Last Name")),
        Field("given_name", ("Provider First Name",)),
        Field("middle_name", ("Provider Middle Name",)),
        Field("suffix", ("Provider Name Suffix Text",)),
        Field("credentials", ("Provider Credential Text",)),
        Field("gender", ("Provider Sex Code", "Provider Gender Code"), lambda cell: _SEXES.get(cell, "")),
        Field("address", ("Provider First Line Business Practice Location Address",)),
        Field("address_2", ("Provider Second Line Business Practice Location Address",)),
        Field("city", (f"{_AT} City Name",)),
        Field("state", (f"{_AT} State Name",)),
        Field("zip_code", (f"{_AT} Postal Code",)),
        Field("phone", (f"{_AT} Telephone Number",)),
        Field("country", (f"{_AT} Country Code (If outside U.S.)",), inner=True),
        Field("entity", ("Entity Type Code",), inner=True),
        Field("deactivated_on", ("NPI Deactivation Date",), inner=True),
        Field("reactivated_on", ("NPI Reactivation Date",), inner=True),
        *(
            Field(name, (f"Healthcare Provider Taxonomy Code_{n}",), inner=True)
            for n, name in enumerate(_TAXONOMIES, 1)
        ),
        *(
            Field(f"primary_{n}", (f"Healthcare Provider Primary Taxonomy Switch_{n}",), inner=True)
            for n in range(1, 16)
        ),
    ),
    _aside,
    specialties=_TAXONOMIES,
    leads=_leading,
    has_codes=True,
)

_SECOND = "Provider Secondary Practice Location Address"
# Where else people practise: a file of its own, which says of them nothing but their number.
PLACES = Layout(
    "nppes-places",
    "NPPES practice locations",
    "roster",
    (("NPI",), (f"{_SECOND}- Address Line 1",), (f"{_SECOND} - Postal Code",)),
    (
        Field("npi", ("NPI",)),
        Field("address", (f"{_SECOND}- Address Line 1",)),
        Field("address_2", (f"{_SECOND}- Address Line 2",)),
        Field("city", (f"{_SECOND} - City Name",)),
        Field("state", (f"{_SECOND} - State Name",)),
        Field("zip_code", (f"{_SECOND} - Postal Code",)),
        Field("phone", (f"{_SECOND} - Telephone Number",)),
        Field("country", (f"{_SECOND} - Country Code (If outside U.S.)",), inner=True),
    ),
    lambda cell: "abroad" if cell("country") not in ("", "US") else "",
    beside=NPPES,
)
