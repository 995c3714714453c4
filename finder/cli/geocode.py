"""The command that looks up positions of places: geocode."""

from __future__ import annotations

import json
import re

import click

from finder import __version__
from finder.cli.context import actor, database, say, settings
from finder.db.geocodes import GeocodeOutcome
from finder.desk.geocoder import KINDS, Service, asking
from finder.desk.geocoding import Run, Stand, drop, look_up, stand
from finder.errors import SettingError

_SHOWN = 20
# Their rule for everybody: at most one question a second.
_PUBLIC_NOMINATIM = "nominatim.openstreetmap.org"
_WHY = {
    "no_house": "the answer is a street or town, not the house", "other_house": "the answer is another house",
    "outside_country": "the point is not in the United States", "outside_state": "the point is outside of the state",
    "far_from_zip": "the point is more than 25 miles from the ZIP code",
}  # fmt: skip


@click.command("geocode")
@click.option("--limit", type=click.IntRange(1), help="How many addresses to ask for at most.")
@click.option("--again", is_flag=True, help="Ask anew for those that were asked for and not found, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what is known; ask nothing.")
@click.option("--drop", "dropped", metavar="LISTING", help="Take off the position that was looked up for a place, for good.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what is known of each place as JSON.")
def geocode(limit: int | None, again: bool, dry_run: bool, dropped: str | None, as_json: bool) -> None:
    """Look up where places are that no file gives a position of, by their address.

    FINDER_GEOCODER names the kind of geocoder and FINDER_GEOCODER_URL where it is; nothing is asked of anyone unless
    both are set. Each address is asked for once, found or not, and each answer is kept at once: stop with Ctrl-C, and
    the next run goes on. What is found comes into force in one edition at the end, and counts as long as the place has
    this address and no file or staff gives a pin. Points that something speaks against are listed, and not used.
    """
    with database() as engine:
        if dropped:
            say(f"Edition {drop(engine, dropped, actor())}: {dropped} is measured from its ZIP code again.")
            return
        run = None
        if not dry_run:
            service = _service()
            run = look_up(
                engine, asking(service), service.told, actor(), limit=limit, again=again,
                tell=lambda done, total: click.echo(f"  {done:,} of {total:,} addresses", err=True),
            )  # fmt: skip
        with engine.connect() as connection:
            now = stand(connection)
    if as_json:
        say(json.dumps(_as_json(now), ensure_ascii=False, indent=2))
    else:
        _tell(now, run)
    if run and run.stopped:
        raise run.stopped


def _service() -> Service:
    """Return the geocoder that the settings name. Raises SettingError where they name none, or not enough."""
    given = settings()
    if not given.geocoder:
        raise SettingError("setting_malformed", name="FINDER_GEOCODER", value="unset", expected=f"one of {', '.join(KINDS)}")  # fmt: skip
    if not given.geocoder_url:
        raise SettingError("setting_malformed", name="FINDER_GEOCODER_URL", value="unset", expected="the https address of the geocoder")  # fmt: skip
    own = re.match(r"http://|https://(?:localhost|127\.|\[::1\])", given.geocoder_url)
    if not given.geocoder_contact and not own:
        raise SettingError("setting_malformed", name="FINDER_GEOCODER_CONTACT", value="unset", expected="an e-mail address or page at which the geocoder's operator can reach you")  # fmt: skip
    if _PUBLIC_NOMINATIM in given.geocoder_url and given.geocoder_seconds < 1:
        raise SettingError("setting_malformed", name="FINDER_GEOCODER_SECONDS", value=str(given.geocoder_seconds), expected="1 or more for this geocoder")  # fmt: skip
    agent = f"specialist-finder/{__version__} ({given.geocoder_contact or 'own server'})"
    return Service(
        given.geocoder, given.geocoder_url, agent, given.geocoder_key, given.geocoder_seconds, given.geocoder_proxy
    )


def _tell(now: Stand, run: Run | None) -> None:
    if run:
        told = {outcome: run.outcomes.get(outcome, 0) for outcome in GeocodeOutcome}
        say(
            f"Asked for {run.asked:,} addresses: {told[GeocodeOutcome.FOUND]:,} found, "
            f"{told[GeocodeOutcome.DOUBTFUL]:,} doubtful, {told[GeocodeOutcome.MISSED]:,} not found; "
            f"{run.away:,} without an answer, which are asked for again next time."
        )
        say(f"In force since edition {run.edition}." if run.edition else "Nothing new for patients, so no new edition.")
    say("Places without a position of their own:")
    say(f"  looked up: {len(now.listings(GeocodeOutcome.FOUND)):,}")
    _list("not asked for yet", [(one, "") for one in now.listings(None)])
    _list("doubtful, not used", _doubtful(now))
    _list("not found", [(one, "") for one in now.listings(GeocodeOutcome.MISSED)])
    _list("taken off", [(one, "") for one in now.listings(GeocodeOutcome.DROPPED)])
    _list("without a house number, so never asked for", [(one, "") for one in now.without_house])


def _doubtful(now: Stand) -> list[tuple[str, str]]:
    return [
        (listing, f"{_WHY[answer.doubt]}: {answer.latitude}, {answer.longitude}")
        for address, answer in now.addresses
        if answer and answer.outcome is GeocodeOutcome.DOUBTFUL
        for listing in address.listings
    ]


def _list(what: str, found: list[tuple[str, str]]) -> None:
    say(f"  {what}: {len(found):,}")
    for listing, why in found[:_SHOWN]:
        say(f"    {listing}{f'  {why}' if why else ''}")
    if len(found) > _SHOWN:
        say(f"    and {len(found) - _SHOWN:,} more: --json lists all")


def _as_json(now: Stand) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = [
        {
            "listing": listing, "outcome": answer.outcome.value if answer else "not_asked",
            "match": answer.match if answer else "", "doubt": answer.doubt if answer else "",
            "latitude": answer.latitude if answer else None, "longitude": answer.longitude if answer else None,
        }
        for address, answer in now.addresses
        for listing in address.listings
    ]  # fmt: skip
    return listed + [{"listing": one, "outcome": "without_house"} for one in now.without_house]


COMMANDS = (geocode,)
