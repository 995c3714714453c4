"""The command that says what a hospital's page needs before it can show the finder: doctor."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from finder.cli.context import say
from finder.desk.doctor import VARIANTS, Diagnosis, Finding, VariantReport, address_of_finder, examine
from finder.desk.doctor.pasted import MOST_SIGNS
from finder.desk.doctor.sentences import ABOUT, LABELS
from finder.errors import FileRefused

_EXAMPLE = "https://finder.example.org"
# A sign takes at most four bytes.
_MOST_BYTES = 4 * MOST_SIGNS + 4


def _address(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    try:
        return address_of_finder(given) if given else ""
    except ValueError:
        raise click.BadParameter(f"It must be an address such as {_EXAMPLE}.") from None


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option(
    "--finder",
    default=_EXAMPLE,
    show_default=True,
    callback=_address,
    metavar="ADDRESS",
    help="Where your finder answers.",
)
@click.option(
    "--page", default="", callback=_address, metavar="ADDRESS", help="Address of the page, where the text does not say."
)
@click.option("--variant", type=click.Choice(VARIANTS), help="Only this way to show the finder.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(file: Path, finder: str, page: str, variant: str | None, as_json: bool) -> None:
    """Say what a page needs before it can show the finder: which directives to add, which trackers to mind.

    FILE, or standard input, is what somebody pasted: a Content-Security-Policy, response headers (curl -sI), the HTML
    of a page, or headers and page (curl -si). Nothing is fetched and nothing is kept.

    Exit code 0: nothing must change for the variants that were asked about (all of them unless --variant names one).
    1: something must. 2: the file cannot be read, or nothing in it can. What only should change leaves it at 0.
    """
    found = examine(_read(file), finder, page=page, variants=(variant,) if variant else VARIANTS)
    if not found.what and not as_json:
        raise FileRefused("doctor_nothing_read", name=str(file))
    if as_json:
        say(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        _tell(found)
    sys.exit((0 if found.works else 1) if found.what else 2)


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES)
        else:
            with file.open("rb") as opened:
                content = opened.read(_MOST_BYTES)
    except (OSError, ValueError):
        raise FileRefused("file_missing", name=str(file)) from None
    # Curly quotes of Windows matter here: in a policy they are a mistake to be told.
    return content.decode("utf-8-sig", errors="replace")


def _tell(found: Diagnosis) -> None:
    say(f"Read: {found.what}. The finder is at {found.finder}.")
    for policy in found.policies:
        say(f"  policy {policy.number}: {policy.place}{'' if policy.enforced else ', which only reports'}")
    if found.what:
        say(f"Best here: {found.recommended}, since {found.because}.")
    _tell_findings(found.notes, "")
    for one in found.variants:
        _tell_variant(one, many=len(found.policies) > 1)


def _tell_variant(one: VariantReport, *, many: bool) -> None:
    lacking = "" if one.works else ": something must change"
    say(f"\n{one.variant} ({ABOUT[one.variant]}){lacking or ': nothing must change'}")
    for directive in one.directives:
        where = f" in policy {directive.policy}" if many else ""
        how = f"instead of {directive.replaces}" if directive.replaces else "as a new directive"
        say(f"  {'must' if directive.required else 'should'} change{where}, {directive.why}; write, {how}:")
        say(f"      {directive.written}")
    _tell_findings(one.findings, "  ")


def _tell_findings(findings: Iterable[Finding], indent: str) -> None:
    for one in findings:
        say(f"{indent}{LABELS[one.weight]}: {one.means}")
        if one.read:
            say(f"{indent}    read:  {one.read}")
        if one.write:
            say(f"{indent}    write: {one.write}")


COMMANDS = (doctor,)
