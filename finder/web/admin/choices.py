"""Choose between what staff wrote and what a new version's file says."""

from __future__ import annotations

from flask import Response, request

from finder.desk.accounts import Deed
from finder.desk.amendment_choices import CHOICES, choices_of, choose
from finder.desk.versions import find_version
from finder.errors import DeskRefused
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory


@blueprint.route("/choices/<source>/<int:version>", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.EDIT)
def amendment_choices(source: str, version: int) -> str | Response | tuple[str, int]:
    """Show the changes of staff that a version's file disagrees with; keep, take or write for each."""
    refusal = ""
    if request.method == "POST":
        chosen = {
            int(name[7:]): choice
            for name, choice in request.form.items()
            if name.startswith("choice.") and name[7:].isdecimal() and choice
        }
        values = {number: request.form.get(f"value.{number}", "") for number in chosen}
        try:
            done = choose(directory().engine, source, version, chosen, me().name, values)
            said = f"{done} chosen. Patients see it once version {version} is published."
            return back("admin.amendment_choices", said, source=source, version=version)
        except DeskRefused as refused:
            refusal = told(refused)
            if refused.problems:
                refusal += " " + " ".join(told(DeskRefused(one.code, **one.params)) for one in refused.problems)
    with directory().engine.connect() as connection:
        found = choices_of(connection, source, version)
        active = find_version(connection, source, version).active
    shown = page(
        "choices", found=found, source=source, version=version, active=active, refusal=refusal, choices=CHOICES,
        typed=request.form,
    )  # fmt: skip
    return (shown, 400) if refusal else shown
