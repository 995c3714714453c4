"""Clinical review: what needs a signature, the sheet of a row, signing it and taking a signature back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from finder.db.catalogue import Catalogue
from finder.desk import sheet
from finder.desk.accounts import Deed
from finder.desk.catalogue import LANGUAGES, withdraw_sign_off
from finder.desk.review import (
    LONGEST,
    REVIEWED,
    YEAR,
    ReviewRow,
    State,
    changes,
    review_language,
    review_row,
    review_rows,
    shipped_body,
    sign_sheet,
)
from finder.errors import CatalogueRefused
from finder.formats import problems as told_of
from finder.formats.wording import Wording, wording
from finder.search import Index
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, host, reading, today

KINDS = {
    "card": "Emergency cards", "red_flag": "Red flags", "condition": "Conditions", "context_rule": "Context rules",
    "procedure": "Procedures", "profile": "Profiles",
}  # fmt: skip
SPOKEN = {"en": "English", "es": "Spanish"}
# What a list can be narrowed to, and which rows that keeps.
STATES = {
    "needed": "Needs a signature", "lapsed": "Lapsed", "partly": "One more has to sign", "never": "Never signed",
    "hold": "On hold", "signed": "Signed", "own": "The hospital's own", "beneath": "Shipped row changed beneath",
}  # fmt: skip


@blueprint.get("/clinical")
@needs(Deed.SEE)
def clinical() -> str:
    """List the rows of the catalogue, what needs a signature first."""
    asked = {name: request.args.get(name, "") for name in ("kind", "state", "language")}
    with directory().engine.connect() as connection:
        rows = review_rows(connection, _now())
    languages = (asked["language"],) if asked["language"] in LANGUAGES else LANGUAGES
    shown = [
        row
        for row in rows
        if asked["kind"] in ("", row.kind) and (asked["state"] not in STATES or _is(row, asked["state"], languages))
    ]
    reviews = [(row, row.reviews[one]) for row in rows for one in LANGUAGES]
    counts = {state: sum(one.state is state for _row, one in reviews) for state in State}
    return page(
        "clinical", rows=shown, languages=languages, spoken=SPOKEN, kinds=KINDS, states=STATES, asked=asked,
        counts=counts, states_of=State, all=len(reviews), beneath=[row for row in rows if row.beneath], tags=_TAGS,
    )  # fmt: skip


@blueprint.get("/clinical/<kind>/<key>/<language>")
@needs(Deed.SEE)
def clinical_row(kind: str, key: str, language: str) -> str:
    """Show the sheet of a row in one language."""
    return _sheet(kind, key, language)


@blueprint.post("/clinical/<kind>/<key>/<language>/sign")
@needs(Deed.SIGN)
def sign_row(kind: str, key: str, language: str) -> Response | tuple[str, int]:
    """Sign the sheet as it was shown."""
    form = request.form
    try:
        had = _signed_by(kind, key, language, me().name)
        sign_sheet(
            directory().engine, kind, key, language, me().name, until=_day(form.get("until", "")),
            seen=form.get("hash", ""), has_read=form.get("read") == "yes",
        )  # fmt: skip
    except CatalogueRefused as refusal:
        if refusal.code in ("catalogue_kind_unknown", "catalogue_row_unknown"):
            raise
        return _sheet(kind, key, language, told(refusal)), 400
    with reading() as (_index, connection):
        missing = review_row(connection, kind, key, _now()).reviews[language].missing
    said = "You had signed it already: your signature is renewed." if had else "You have signed it."
    one = missing == 1
    more = f" {missing} more {'person has' if one else 'people have'} to sign{', and not you' if one else ''}." if missing else ""  # fmt: skip
    return back(
        "admin.clinical_row", f"{said}{more or ' Patients see that within five minutes.'}", **_at(kind, key, language)
    )


def _signed_by(kind: str, key: str, language: str, reviewer: str) -> bool:
    """Return whether somebody's signature holds in a language. Raises CatalogueRefused as `review_row` does."""
    review_language(language)
    with reading() as (_index, connection):
        review = review_row(connection, kind, key, _now()).reviews[language]
    return any(one.reviewer == reviewer for one in review.signatures)


@blueprint.post("/clinical/<kind>/<key>/<language>/withdraw")
@needs(Deed.SIGN)
def withdraw_row(kind: str, key: str, language: str) -> Response | tuple[str, int]:
    """Take a signature back."""
    whose = request.form.get("reviewer", "") or me().name
    try:
        withdraw_sign_off(directory().engine, kind, key, language, whose, me().name)
    except CatalogueRefused as refusal:
        return _sheet(kind, key, review_language(language), told(refusal)), 400
    return back("admin.clinical_row", f"The signature of {whose} is taken back.", **_at(kind, key, language))


def _sheet(kind: str, key: str, language: str, refusal: str = "") -> str:
    review_language(language)
    with reading() as (index, connection):
        row = review_row(connection, kind, key, _now())
        shipped = shipped_body(connection, kind, key)
        zips = [one.strip()[:10] for one in request.args.getlist("zip") if one.strip()][:3]
        w, catalogue = wording(language), index.catalogue.with_entry(kind, key, dict(row.body))
        first = sheet.who_is_first(
            index, connection, kind, key, zips or sheet.usual_zips(index), today(), host(), language
        )
        return page(
            "clinical_row", refusal=refusal, row=row, language=language, spoken=SPOKEN, review=row.reviews[language],
            patients=patients_see(row, catalogue, w), pw=w, catalogue=catalogue, kinds=KINDS,
            words=sheet.words_that_lead(kind, row.body, catalogue, language),
            facts=sheet.facts(kind, key, catalogue, wording("en"), row.body).lines, first=first, names=_people(first, index),
            from_shipped=changes(shipped, row.body) if row.is_own and shipped else (),
            until=(dt.datetime.now(dt.UTC).date() + YEAR), last=dt.datetime.now(dt.UTC).date() + LONGEST,
            tag=_TAGS[row.reviews[language].state],
        )  # fmt: skip


def patients_see(row: ReviewRow, catalogue: Catalogue, w: Wording) -> dict[str, Any]:
    """Return what patients read of a row in a language: cards, heading, message, and lines by their labels."""
    body, language = row.body, w.language
    found: dict[str, Any] = {"cards": [], "heading": "", "message": "", "lines": [], "names": (), "kinds": ()}

    def card(urgency: Mapping[str, Any], because: str = "") -> None:
        if urgency["card"]:
            button = w.card_line(catalogue, "call-911", "button") if urgency["card"] == "call-911" else ""
            asks = [w.card_line(catalogue, "ask-now-or-treated", one) for one in ("plain", "now", "treated")]
            heading, text = w.card(catalogue, urgency["card"], urgency["card_form"])
            found["cards"].append((heading, text, because, button, asks if urgency["ask_now_or_treated"] else ()))

    if row.kind == "condition":
        condition = catalogue.conditions[row.key]
        card(condition.urgency)
        found["heading"] = told_of.how_soon(condition.urgency["level"], w)
        found["message"] = condition.urgency[f"message_{language}"]
        found["names"] = told_of.other_names(condition, w)
        found["kinds"] = told_of.who_treats(condition, catalogue, w)
        if body[f"what_to_ask_{language}"]:
            found["lines"].append(("What to ask when you call", body[f"what_to_ask_{language}"]))
    elif row.kind == "procedure":
        answers = catalogue.conditions.get(body["answers_to_condition"])
        if answers:
            card({**answers.urgency, "ask_now_or_treated": body["ask_now_or_treated"]})
            found["heading"] = told_of.how_soon(answers.urgency["level"], w)
            found["message"] = answers.urgency[f"message_{language}"]
    elif row.kind == "red_flag":
        card(body, body[f"message_{language}"])
        if not body["card"]:
            found["message"] = body[f"message_{language}"]
        if body.get("phone"):
            found["lines"].append(("Button", body[f"button_{language}"]))
    elif row.kind == "card":
        for form in ("hip", "plain"):
            text = body.get(f"{form}_{language}")
            if text:
                heading = str(body.get(f"heading_{language}") or text)
                rest = "" if heading == text else text.removeprefix(f"{heading}. ")
                found["cards"].append((heading, rest, "", body.get(f"button_{language}", ""), ()))
        for name, label in (("now", "Link: now"), ("treated", "Link: treated")):
            if body.get(f"{name}_{language}"):
                found["lines"].append((label, body[f"{name}_{language}"]))
    elif row.kind == "context_rule":
        if body.get(f"add_line_{language}"):
            found["lines"].append(("Line of the rule (the finder does not show it yet)", body[f"add_line_{language}"]))
    elif row.kind == "profile":
        found["message"] = body[f"meaning_{language}"]
    return found


def _people(first: list[sheet.First], index: Index) -> list[tuple[sheet.First, list[tuple[str, str, str]], str]]:
    """Return of each ZIP code who comes first, as (name, where, why), or why there is nobody."""
    w = wording("en")
    found: list[tuple[sheet.First, list[tuple[str, str, str]], str]] = []
    for one in first:
        if one.results is None:
            found.append((one, [], told(one.refusal) if one.refusal else ""))
            continue
        people = [
            (
                ", ".join(part for part in (match.practitioner.name, match.practitioner.credentials) if part)
                if match.practitioner
                else w.place_name(match.location),
                w.where(match),
                w.reason(index.catalogue, match.standing, match.location)[0] if match.standing else "",
            )
            for match in [match for each in one.results.lists for match in each.matches][:3]
        ]
        found.append((one, people, "" if people else "Nobody is listed from there."))
    return found


_TAGS = {
    State.SIGNED: ("good", "Signed"), State.PARTLY: ("mind", "One more has to sign"), State.LAPSED: ("bad", "Lapsed"),
    State.NEVER: ("mind", "Never signed"), State.HOLD: ("bad", "On hold"),
}  # fmt: skip


def _is(row: ReviewRow, wanted: str, languages: tuple[str, ...]) -> bool:
    reviews = [row.reviews[one] for one in languages]
    if wanted == "own":
        return row.is_own
    if wanted == "beneath":
        return bool(row.beneath)
    if wanted == "needed":
        return any(one.state not in (State.SIGNED, State.HOLD) for one in reviews)
    return any(one.state.value == wanted for one in reviews)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        last = _now().date() + LONGEST
        raise CatalogueRefused("sign_off_expiry", value=text[:20] or "no day", last=last.isoformat()) from None


def _at(kind: str, key: str, language: str) -> dict[str, str]:
    return {"kind": kind, "key": key, "language": language}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


__all__ = ["KINDS", "REVIEWED", "SPOKEN"]
