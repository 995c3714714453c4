"""Try a phrase and see what patients get. What is typed is sent in a form, stands in no address and is kept nowhere."""

from __future__ import annotations

from flask import request

from finder.desk import sheet
from finder.desk.accounts import Deed
from finder.desk.phrase_trial import PhraseTrial, try_phrase
from finder.errors import QuestionError
from finder.formats.wording import wording
from finder.web.admin.clinical import SPOKEN
from finder.web.admin.door import blueprint, needs, page, told
from finder.web.context import host, reading, today


@blueprint.route("/clinical/try", methods=["GET", "POST"])
@needs(Deed.SEE)
def clinical_try() -> str | tuple[str, int]:
    """Ask for a phrase, and say what patients get for it and why."""
    form = {name: request.form.get(name, "") for name in ("phrase", "zip", "age", "language")}
    language = form["language"] if form["language"] in SPOKEN else "en"
    trial: PhraseTrial | None = None
    refusal = ""
    with reading() as (index, connection):
        if request.method == "GET":
            form["zip"] = sheet.usual_zips(index)[1]
        else:
            try:
                trial = try_phrase(
                    index, connection, form["phrase"], form["zip"], form["age"].strip(), wording(language), today(),
                    host(),
                )  # fmt: skip
            except QuestionError as error:
                refusal = told(error)
        made = page(
            "clinical_try", form=form, trial=trial, refusal=refusal, spoken=SPOKEN, language=language,
            pw=wording(language), catalogue=index.catalogue,
        )  # fmt: skip
    return (made, 400) if refusal else made
