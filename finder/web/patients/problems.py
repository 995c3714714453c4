"""The pages about hip problems: all of them in plain groups, and each by itself."""

from __future__ import annotations

from flask import request

from finder.errors import ListingMissing
from finder.formats import problems as told
from finder.search.query import STAGES
from finder.web.context import reading, words
from finder.web.patients.page import blueprint, page
from finder.web.patients.urgent import signed

blueprint.add_app_template_global(told.how_soon, "how_soon")


@blueprint.get("/problems")
def problems() -> str:
    """Show all hip problems."""
    with reading() as (index, _connection):
        return page("problems", index=index, groups=told.groups(index.catalogue, words()))


@blueprint.get("/problem/<problem>")
def problem(problem: str) -> str:
    """Show one hip problem: how urgent it is, who treats it, what to ask."""
    with reading() as (index, connection):
        condition = index.catalogue.conditions.get(problem)
        if condition is None:
            raise ListingMissing("page_missing")
        stage = request.args.get("stage", "")
        return page(
            "problem", index=index, condition=condition, stage=stage if stage in STAGES else "",
            names=told.other_names(condition, words()), kinds=told.who_treats(condition, index.catalogue, words()),
            is_signed=signed(connection, "condition", condition.id, words().language),
        )  # fmt: skip
