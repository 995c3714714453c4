"""People who asked not to be listed: who they are, and the forms to leave somebody out or let them come back."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from finder.desk.accounts import Deed
from finder.desk.removals import LONGEST_REASON, Done, add_removal, withdraw_removal
from finder.desk.removals import removals as all_removals
from finder.errors import DeskRefused
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, host


@blueprint.get("/removals")
@needs(Deed.EDIT)
def removals() -> str:
    """List the requests that hold, and ask for another one."""
    return _shown({"npi": request.args.get("npi", "")[:20], "reason": ""})


@blueprint.post("/removals")
@needs(Deed.EDIT)
def removal_add() -> ResponseReturnValue:
    """Leave somebody out of all that patients see."""
    typed = {name: request.form.get(name, "") for name in ("npi", "reason")}
    try:
        done = add_removal(directory().engine, typed["npi"], typed["reason"], me().name, host())
    except DeskRefused as refusal:
        return _shown(typed, told(refusal)), 400
    was = f"Rows of {', '.join(done.sources)} stay as they came." if done.sources else "Nobody was listed by it."
    return back("admin.removals", _with_warnings(f"{done.npi} is not listed any longer. {was}", done))


@blueprint.post("/removals/withdraw")
@needs(Deed.EDIT)
def removal_withdraw() -> ResponseReturnValue:
    """Let somebody be listed again."""
    typed = {"npi": "", "reason": ""}
    try:
        done = withdraw_removal(directory().engine, request.form.get("npi", ""), me().name, host())
    except DeskRefused as refusal:
        return _shown(typed, told(refusal)), 400
    said = "is listed again" if done.sources else "will be listed as soon as a source brings them"
    return back("admin.removals", _with_warnings(f"{done.npi} {said}.", done))


def _with_warnings(said: str, done: Done) -> str:
    if not done.failing:
        return said
    return f"{said} Mind: searches that must hold do not any longer: {'; '.join(done.failing)}"


def _shown(typed: dict[str, str], refusal: str = "") -> str:
    with directory().engine.connect() as connection:
        found = all_removals(connection)
    return page("removals", found=found, typed=typed, refusal=refusal, longest=LONGEST_REASON)
