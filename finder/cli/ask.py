"""Commands that ask: search, ask, zip, explain."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import click

from finder.cli.context import database, host, load_index, say, words
from finder.cli.heard import ask_command, tell_of_alarms, tell_of_words
from finder.db.catalogue import Catalogue
from finder.errors import ListingMissing, QuestionError
from finder.formats import api_v1, notices
from finder.formats.asides import Asides, asides
from finder.formats.wording import Wording, wording
from finder.search import PARAMETERS, SearchQuery
from finder.search import explain as why
from finder.search import search as ask
from finder.search.origin import resolve_origin
from finder.search.query import MAX_OFFSET
from finder.search.results import Match, SearchResults
from finder.search.treats import Standing


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each public parameter; the ZIP code is its argument."""
    for one in reversed(PARAMETERS):
        if one.name == "zip":
            # With --near there is none; with neither, the refusal says what to type.
            command = click.argument("zip", default="")(command)
        else:
            option = f"--{one.name.replace('_', '-')}"
            command = click.option(option, one.name, default="", metavar=one.example, help=one.meaning)(command)
    return command


@click.command()
@_options
@click.option("--places", is_flag=True, help="List places instead of people.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")
def search(places: bool, as_json: bool, **given: str) -> None:
    """List who treats a condition nearest to ZIP.

    What is wrong is picked by id (--condition, --procedure) or said in the patient's own words (--q).
    """
    unit = "places" if places else "people"
    query = SearchQuery.parse({name: [value] for name, value in given.items()}, unit)  # type: ignore[arg-type]
    with database() as engine, engine.connect() as connection:
        index = load_index(engine)
        w = wording(query.lang) if query.lang else words()
        try:
            results = ask(index, connection, query, dt.datetime.now(dt.UTC).date(), host())
        except QuestionError:
            tell_of_alarms(index, query.q, w)
            raise
    if as_json:
        answer = json.loads(api_v1.search_results(results, index.catalogue, w))
        say(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _tell(results, index.catalogue, w)


def _tell(results: SearchResults, catalogue: Catalogue, w: Wording) -> None:
    for notice in api_v1.notices(results, catalogue, w):
        say(" ".join(part for part in (notice["heading"].upper(), notice["message"]) if part))
        say()
    if results.is_demo:
        say(w("This is a demo.") + " " + w("Every person and place here is invented. Do not call."))
    for match in results.emergency_departments:
        say(f"{w('Emergency room')}: {w.place_name(match.location)}, {match.location.city}. {w.distance(match)}. "
            f"{w.phone(match.location.phone)}")  # fmt: skip
    tell_of_words(results, catalogue, w)
    if results.refused:
        return
    say(w.origin(results.origin))
    beside = asides(results, w)
    if beside.outside_area:
        _tell_outside(results, beside, w)
    if results.widened and results.query.radius:
        say(w("We looked further for you."))
    for sentence in (beside.started_wide, beside.far, beside.own):
        if sentence:
            say(sentence)
    titles = {
        "usual": w("Specialists of the kind that usually treats this"),
        "may_help": w("May help"),
        "call_first": w("Ages not stated: call first"),
    }
    query = results.query
    for found in results.lists:
        on_a_later_page = found.begins > query.offset and found.total and not found.matches
        if (found.matches or on_a_later_page) and found.name in titles and found is not results.main:
            say(f"\n{titles[found.name]}")
        if on_a_later_page and found.begins <= MAX_OFFSET:
            say(w("{number} more: ask with {option}.", number=found.total, option=f"--offset {found.begins}"))
        if found.stated is not None and found.matches:
            say(
                "\n"
                + w(
                    "{stated} of them say all that you asked for. After them come {not_stated} who do not say: ask when you call.",
                    stated=found.stated,
                    not_stated=found.not_stated,
                )
            )
        for match in found.matches:
            _tell_match(match, results, catalogue, w)
    if results.by_video:
        say("\n" + w("By video, from home"))
        for match in results.by_video:
            _tell_match(match, results, catalogue, w)
    if results.query.name:
        _tell_of_name(results, w)
    elif not any(found.matches for found in results.lists):
        say(w("No one in this directory says they treat this, or is of the kind that usually does."))
    if results.line and beside.line:
        say(f"\n{beside.line} {_number(results.line.phone, results.line.hours, w)}")


def _tell_outside(results: SearchResults, beside: Asides, w: Wording) -> None:
    say(beside.outside_area)
    if results.outside_area and results.outside_area.organization.phone:
        _key, name, phone, hours, _links = results.outside_area.organization
        say(f"  {name}: {_number(phone, hours, w)}")
    for label, address in beside.links:
        say(f"  {label}: {address}")


def _number(phone: str, hours: str, w: Wording) -> str:
    return w.phone(phone) + (f", {hours}" if hours else "")


def _tell_of_name(results: SearchResults, w: Wording) -> None:
    name = results.query.name
    if results.name_too_many:
        say(w("Too many people and places are called {name}. Type more of the name.", name=name))
    elif results.name_nearly:
        say("\n" + w("Nobody here is called {name}. These names are nearly the same.", name=name))
    elif not results.main.matches:
        say(w("Nobody here is called {name}. Try a part of the name.", name=name))


def _tell_match(match: Match, results: SearchResults, catalogue: Catalogue, w: Wording) -> None:
    person, role = match.practitioner, match.role
    by_itself = w.place_name(match.location)
    name = by_itself if person is None else ", ".join(p for p in (person.name, person.credentials) if p)
    say(f"\n{match.rank:>3}. {name}")
    say(f"     {w.where(match)}")
    if match.standing:
        say("     " + " ".join(part for part in w.reason(catalogue, match.standing, match.location) if part))
    place = match.location
    where = f"{place.address}, {place.city}, {place.state} {place.zip_code}"
    say(f"     {by_itself}, {where}" if person else f"     {where}")
    for one in (person, role, place):
        if one and one.notice:
            say(f"     {notices.said(one.notice, w).text}")
    phone = (role.phone if role else "") or place.phone
    checked = w.checked(role.verified_on if role else place.verified_on, results.today)
    say("     " + ". ".join(part for part in (w.phone(phone), checked) if part))


@click.command("zip")
@click.argument("zip_code", metavar="ZIP")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def zip_command(zip_code: str, as_json: bool) -> None:
    """Say what is known of a ZIP code or town, and where it is measured from."""
    w = words()
    origin = resolve_origin(zip_code)
    if as_json:
        say(json.dumps(api_v1.origin(origin, w), ensure_ascii=False, indent=2))
        return
    say(w.origin(origin))
    for name, value in w.origin_facts(origin):
        say(f"  {name}: {value}")


@click.command()
@click.argument("person")
@click.argument("condition")
@click.option("--age", type=click.IntRange(0, 120), help="The patient's age in years.")
def explain(person: str, condition: str, age: int | None) -> None:
    """Say why PERSON is or is not listed for CONDITION: by person_id of the file or public id, such as npi:..."""
    today = dt.datetime.now(dt.UTC).date()
    with database() as engine, engine.connect() as connection:
        index = load_index(engine)
        # A staff member knows the id of the file, patients' addresses have the public one.
        own = [f"person:{source.name}:{person}" for source in index.snapshot.sources] if ":" not in person else [person]
        found = []
        for public_id in own:
            try:
                found = why(index, connection, public_id, condition, age, today)
                break
            except ListingMissing:
                if public_id == own[-1]:
                    raise
    w = words()
    for role, practitioner, judged in found:
        specialties = w.listed(w.entry(index.catalogue, "taxonomy", code) for code in practitioner.specialties)
        say(f"{practitioner.name} ({specialties}), {w.place_name(role.location)}")
        say(f"  {w.judged(judged)}")
        if isinstance(judged, Standing):
            say("  " + " ".join(part for part in w.reason(index.catalogue, judged, role.location) if part))


COMMANDS = (search, ask_command, zip_command, explain)
