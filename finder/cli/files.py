"""Commands that hand files out: template, export."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from finder.cli.context import database
from finder.db.datasets import Dataset, DatasetState, Source
from finder.errors import DirectoryRefused
from finder.importers.exports import export_section
from finder.importers.templates import SECTIONS, template_csv


@click.command()
@click.option("--source", required=True, help="Name of the source.")
@click.option("--section", type=click.Choice(list(SECTIONS)), default="locations", show_default=True, help="Section to write.")  # fmt: skip
@click.option("--version", type=int, help="Version to export; the active one unless given.")
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="File to write; else the terminal.")  # fmt: skip
def export(source: str, section: str, version: int | None, output: Any) -> None:
    """Write a section of a source as CSV, in the columns of its template."""
    with database() as engine, engine.connect() as connection:
        wanted = Dataset.active if version is None else Dataset.version == version
        dataset_id = connection.scalar(
            select(Dataset.id)
            .join(Source, Source.id == Dataset.source_id)
            .where(Source.name == source, wanted, Dataset.state == DatasetState.READY)
        )
        if dataset_id is None:
            raise DirectoryRefused("dataset_unknown", source=source, version="" if version is None else version)
        export_section(connection, dataset_id, SECTIONS[section], output)


@click.command()
@click.argument("section", type=click.Choice(list(SECTIONS)))
def template(section: str) -> None:
    """Print the CSV template of a SECTION, with three example rows."""
    click.echo(template_csv(SECTIONS[section]), nl=False)


COMMANDS = (template, export)
