"""Commands about what organizations tell patients: organization list, show, set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from finder.cli.context import actor, database, say, words
from finder.desk.organizations import (
    CLEARED,
    OrganizationStanding,
    Wish,
    find_organization,
    list_organizations,
    say_of,
)

_NOTES = {
    "area_mended": "The area crossed itself or the 180th meridian and was mended; `show --json` prints it as it is kept.",
    "area_without_places": "None of its places lies inside the area. GeoJSON has the longitude first, then the latitude.",
    "hours_in_words": "The hours could not be read, so they are shown as they are. Write them like Mon-Fri 8:00-17:00.",
}


@click.group()
def organization() -> None:
    """What organizations tell patients: a phone line with its hours, whom they serve, where else to ask.

    An organization is called by its short name, as in `organization=`: its name in small letters with dashes. What it
    says survives every import and rollback.
    """


@organization.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the organizations of the directory, and what each says of itself."""
    with database() as engine, engine.connect() as connection:
        found = list_organizations(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    longest = max((len(one.key) for one in found), default=0)
    for one in found:
        told = [name for name, field in CLEARED.items() if one.said.get(field)]
        say(f"{one.key:{longest}}  {one.name}, {_places(one)}" + (f"; says: {', '.join(told)}" if told else ""))
    if not found:
        say("No organization yet: the column `organization` of the locations names them.")


@organization.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, the drawn area included.")
def show(name: str, as_json: bool) -> None:
    """Show what the organization NAME says of itself."""
    with database() as engine, engine.connect() as connection:
        found = find_organization(connection, name)
    if as_json:
        say(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        _tell(found)


@organization.command("set")
@click.argument("name")
@click.option("--phone", metavar="NUMBER", help="Line that patients are given where few are found, or out of its area.")
@click.option("--hours", metavar="HOURS", help="When that line is answered, like Mon-Fri 8:00-17:00.")
@click.option("--states", metavar="VA,NC", help="It serves patients of these states,")
@click.option(
    "--radius", type=click.FloatRange(1, 3000), metavar="MILES", help="within so many miles of a place of it,"
)
@click.option(
    "--area", type=click.Path(path_type=Path), metavar="FILE.geojson",
    help="and inside a drawn area: GeoJSON with polygons. Of states, radius and area any one will do.",
)  # fmt: skip
@click.option(
    "--link", "links", multiple=True, metavar="LABEL|ETIQUETA|https://...",
    help="Where to ask instead, outside of that; label in English and Spanish. Up to five, in place of all before.",
)  # fmt: skip
@click.option("--clear", multiple=True, type=click.Choice(list(CLEARED)), help="Take away what it says of this.")
def set_command(
    name: str, phone: str | None, hours: str | None, states: str | None, radius: float | None, area: Path | None,
    links: tuple[str, ...], clear: tuple[str, ...],
) -> None:  # fmt: skip
    """Let the organization NAME say something of itself; what is not named stays. Patients see it at once.

    Patients who ask for this organization alone from outside of the area that it serves are told so, are given its line
    and links, and still see its nearest people. Without an area nothing of the kind is said.
    """
    wish = Wish(phone, hours, states, radius, area, links, clear)
    if wish == Wish():
        raise click.UsageError("Say what to set, such as --phone 804-555-0100, or what to --clear.")
    with database() as engine:
        said = say_of(engine, name, wish, actor())
        with engine.connect() as connection:
            found = find_organization(connection, name) if _is_there(connection, name) else None
    if found:
        _tell(found)
    for note in said.notes:
        say(_NOTES[note])
    say(f"Edition {said.edition}.")


def _is_there(connection: Any, name: str) -> bool:
    return any(one.key == name for one in list_organizations(connection))


def _tell(one: OrganizationStanding) -> None:
    w, said = words(), one.said
    say(f"{one.name} ({one.key}), {_places(one)}")
    serves = [
        f"people of {', '.join(said['states'])}" if said.get("states") else "",
        f"up to {said['radius_miles']:g} miles from a place of it" if said.get("radius_miles") else "",
        f"a drawn area of {_corners(said['area'])} corners" if said.get("area") else "",
    ]
    say(f"  phone   {w.phone(said['phone']) if said.get('phone') else '-'}")
    say(f"  hours   {said.get('hours') or '-'}")
    say(f"  serves  {'; '.join(filter(None, serves)) or 'not stated: nobody is told that they live outside'}")
    for link in said.get("links", ()):
        say(f"  link    {link['label_en']} | {link['label_es']} | {link['url']}")


def _places(one: OrganizationStanding) -> str:
    if not one.places:
        return "not in the directory now"
    return "1 place" if one.places == 1 else f"{one.places} places"


def _corners(area: dict[str, Any]) -> int:
    return sum(len(ring) - 1 for polygon in area["coordinates"] for ring in polygon)


def _as_json(one: OrganizationStanding) -> dict[str, Any]:
    return {"organization": one.key, "name": one.name, "places": one.places, "says": one.said or None}


COMMANDS = (organization,)
