"""The command `finder` and all beneath it."""

from __future__ import annotations

import click

from finder import __version__
from finder.cli import (
    amendments,
    ask,
    backups,
    checks,
    clinical,
    confirmations,
    coverage,
    data,
    doctor,
    files,
    geocode,
    golden,
    history,
    log,
    notes,
    organizations,
    quality,
    reference,
    removals,
    reports,
    same_place,
    settings,
    sites,
    sources,
    staff,
    system,
    versions,
)
from finder.cli.context import speak_as_to_patients


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="finder %(version)s")
@click.pass_context
def finder(context: click.Context) -> None:
    """Find a hip specialist: keep the directory, search it, serve it.

    Settings come from the environment; `finder/docs/settings.md` lists them. Where LANG says Spanish, the commands
    that answer as patients are answered (search, ask, zip, explain) are in Spanish; all that staff read is English.
    """
    speak_as_to_patients(context.invoked_subcommand in _FOR_PATIENTS)


_FOR_PATIENTS = {command.name for command in ask.COMMANDS}
for command in (
    *system.COMMANDS,
    *settings.COMMANDS,
    *backups.COMMANDS,
    *data.COMMANDS,
    *checks.COMMANDS,
    *versions.COMMANDS,
    *history.COMMANDS,
    *golden.COMMANDS,
    *files.COMMANDS,
    *amendments.COMMANDS,
    *sources.COMMANDS,
    *organizations.COMMANDS,
    *sites.COMMANDS,
    *staff.COMMANDS,
    *notes.COMMANDS,
    *log.COMMANDS,
    *reports.COMMANDS,
    *quality.COMMANDS,
    *confirmations.COMMANDS,
    *same_place.COMMANDS,
    *removals.COMMANDS,
    *clinical.COMMANDS,
    *coverage.COMMANDS,
    *geocode.COMMANDS,
    *reference.COMMANDS,
    *doctor.COMMANDS,
    *ask.COMMANDS,
):
    finder.add_command(command)
