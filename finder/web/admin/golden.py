"""Golden searches: the list, how each stands in what patients see, one more, one less."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from finder.db.golden import Expects
from finder.desk.accounts import Deed
from finder.desk.golden import LEFT_OUT, add_golden, cards, golden_searches, remove_golden
from finder.errors import DeskRefused, QuestionError
from finder.formats.golden import asked, came, expected
from finder.formats.golden import told as golden_told
from finder.search.golden import Golden, outcomes
from finder.search.query import PARAMETERS
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, host, reading, today

# What stands in fields of its own; the other parameters are filters.
_OWN = ("zip", "condition", "procedure", "q", "age", "near", "who", "stage")


@blueprint.route("/golden", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.EDIT)
def golden() -> Response | str | tuple[str, int]:
    """Show the golden searches as they stand in what patients see now, or keep another one."""
    if request.method == "GET":
        return _page("", {})
    given = request.form.to_dict()
    try:
        made = add_golden(directory().engine, _wish(given), me().name)
    except (DeskRefused, QuestionError) as refusal:
        return _page(told(refusal), given), 400
    return back("admin.golden", f"Kept as number {made.id}: {golden_told(made)}.")


@blueprint.post("/golden/<int:number>/remove")
@needs(Deed.EDIT)
def golden_remove(number: int) -> Response:
    """Forget a golden search of staff."""
    remove_golden(directory().engine, number, me().name)
    return back("admin.golden", f"Search {number} is removed. It stops no publication any more.")


def _page(refusal: str, given: dict[str, str]) -> str:
    with reading() as (index, connection):
        searches = golden_searches(connection)
        found = outcomes(index, connection, searches, today(), host())
        catalogue = index.catalogue
        problems = {
            kind: {key: body["name_en"] for key, body in catalogue.entries[kind].items()}
            for kind in ("condition", "procedure")
        }
    filters = [one for one in PARAMETERS if one.name not in (*_OWN, *LEFT_OUT)]
    return page(
        "golden", found=found, asked=asked, expected=expected, came=came, problems=problems, cards=cards(catalogue),
        filters=filters, refusal=refusal, given=given, expects=Expects,
    )  # fmt: skip


def _wish(given: dict[str, str]) -> Golden:
    known = {one.value: one for one in Expects}
    kind = known.get(given.get("expects", ""))
    if kind is None:
        raise DeskRefused("golden_malformed", name="expects", value=given.get("expects", "")[:40], expected="one of the kinds in the list")  # fmt: skip
    question = {one.name: given.get(one.name, "").strip() for one in PARAMETERS if one.name not in LEFT_OUT}
    number = given.get("number", "").strip()
    unit: Any = given.get("unit", "people")
    return Golden(
        None, {name: value for name, value in question.items() if value}, unit, kind,
        given.get("card" if kind is Expects.CARD else "what", ""),
        int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else 0, given.get("because", ""),
    )  # fmt: skip
