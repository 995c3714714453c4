"""Commands about the web sites that show the finder inside their pages: site list, show, add, set, remove."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from finder.cli.context import actor, database, say, words
from finder.db.sites import embed_sites
from finder.desk.sites import CLEARED, OWN, SiteWish, add_site, change_site, find_site, remove_site
from finder.errors import SettingError
from finder.search.query import STAGES
from finder.site import read_colours, theme_of

_ORIGIN = "Where its pages are, like https://www.example.org. Give it once for each: only pages from there may show the finder."  # fmt: skip


def _wishes(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of what a site says."""
    for option in reversed(
        (
            click.option("--organization", metavar="NAME", help="The organization whose site it is, by its short name."),
            click.option("--own", type=click.Choice(OWN), help="How that organization is listed: like all others, first, or alone. Patients are told."),
            click.option("--phone", metavar="NUMBER", help="Line that its patients are given. Else the finder's."),
            click.option("--look", type=click.Path(path_type=Path), metavar="FILE.toml", help="Colours, corners and fonts: a file with a table [colours], as in the docs of FINDER_SITE."),
            click.option("--condition", metavar="ID", help="Hip problem that its forms begin with."),
            click.option("--stage", type=click.Choice(STAGES), help="For an emergency: whether its pages are about one that happens now or was treated."),
            click.option("--back", metavar="https://...", help="Where the way back from the finder's own pages leads. Else to the first origin."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def site() -> None:
    """The web sites that may show the finder inside their pages.

    Each has a public key, which stands in the address of all that it shows. What to put into a page is at
    /embed/snippets/KEY. What a site says belongs to the edition, so that patients see it at once.
    """


@site.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the sites: key, name, origins."""
    with database() as engine, engine.connect() as connection:
        found = list(embed_sites(connection).values())
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    longest = max((len(one["public_key"]) for one in found), default=0)
    for one in found:
        off = "" if one["enabled"] else "  (switched off)"
        say(f"{one['public_key']:{longest}}  {one['name']}  {' '.join(one['origins'])}{off}")
    if not found:
        say("No site yet. Add one: finder site add NAME --origin https://www.example.org")


@site.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(key: str, as_json: bool) -> None:
    """Show all of one site, by its KEY or name."""
    with database() as engine, engine.connect() as connection:
        found = find_site(connection, key)
    if as_json:
        say(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        _tell(found)


@site.command()
@click.argument("name")
@click.option("--origin", "origins", multiple=True, required=True, metavar="https://...", help=_ORIGIN)
@_wishes
def add(name: str, origins: tuple[str, ...], **given: Any) -> None:
    """Let the web site NAME show the finder, and print the key that its pages use."""
    wish = SiteWish(name, origins, **{**given, "look": _look(given["look"])})
    with database() as engine:
        said = add_site(engine, wish, actor())
        with engine.connect() as connection:
            _tell(find_site(connection, said.key))
    say(f"Edition {said.edition}. What to put into its pages: /embed/snippets/{said.key}")


@site.command("set")
@click.argument("key")
@click.option("--name", help="Another name.")
@click.option(
    "--origin", "origins", multiple=True, metavar="https://...", help=f"{_ORIGIN} They take the place of all before."
)
@click.option(
    "--add-origin", "more_origins", multiple=True, metavar="https://...", help="One more origin, beside those before."
)
@_wishes
@click.option("--on/--off", "enabled", default=None, help="Switch it on, or off: then nothing is shown in its pages.")
@click.option("--clear", multiple=True, type=click.Choice(list(CLEARED)), help="Take away what it says of this.")
def set_command(key: str, **given: Any) -> None:
    """Say something else of the site KEY; what is not named stays. Patients see it at once."""
    wish = SiteWish(**{**given, "look": _look(given["look"])})
    if wish == SiteWish():
        raise click.UsageError("Say what to set, such as --origin https://www.example.org, or what to --clear.")
    with database() as engine:
        said = change_site(engine, key, wish, actor())
        with engine.connect() as connection:
            _tell(find_site(connection, said.key))
    say(f"Edition {said.edition}.")


@site.command()
@click.argument("key")
def remove(key: str) -> None:
    """Take the site KEY off for good. Pages that still show it say that nobody has this key; `set --off` keeps it."""
    with database() as engine:
        said = remove_site(engine, key, actor())
    say(f"{said.key} is taken off. Edition {said.edition}.")


def _look(file: Path | None) -> dict[str, str] | None:
    """Return the colours of a file as they are kept. Raises SettingError where they cannot be used."""
    if file is None:
        return None
    colours = read_colours(file)
    if not colours:
        raise SettingError("site_key_lacking", name=str(file), key="[colours]", columns=["brand"])
    theme_of(str(file), colours)
    return {key: str(value) for key, value in colours.items()}


def _tell(one: dict[str, Any]) -> None:
    colours = ", ".join(f"{key} {value}" for key, value in (one["theme"] or {}).items())
    say(f"{one['name']} ({one['public_key']}){'' if one['enabled'] else ', switched off'}")
    for label, told in (
        ("origins", " ".join(one["origins"])),
        ("organization", one["organization_key"]),
        ("own", one["own"]),
        ("phone", words().phone(one["phone"]) if one["phone"] else None),
        ("look", colours),
        ("condition", one["default_condition"]),
        ("stage", one["default_stage"]),
        ("back", one["back_url"]),
    ):
        say(f"  {label:12}  {told or '-'}")


def _as_json(one: dict[str, Any]) -> dict[str, Any]:
    return {"key": one["public_key"], **{name: value for name, value in one.items() if name != "public_key"}}


COMMANDS = (site,)
