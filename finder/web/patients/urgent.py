"""What is urgent where there is no answer: a slip in the ZIP code, an outage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from finder.db.catalogue import Catalogue
from finder.desk.catalogue import is_signed
from finder.errors import StorageFailed
from finder.formats import heard
from finder.search import SearchResults
from finder.search.phrases import Notice, understand
from finder.search.query import LONGEST_WORDS
from finder.web.context import directory, given
from finder.web.patients.page import blueprint

blueprint.add_app_template_global(heard.beside_card, "beside_card")
blueprint.add_app_template_global(heard.message, "message_of")
blueprint.add_app_template_global(heard.line_of, "line_of")
blueprint.add_app_template_global(heard.why_card, "why_card")


@dataclass(frozen=True)
class Alarm:
    """What is urgent where there is no answer: the catalogue that says so, the card, its form, and all notices."""

    catalogue: Catalogue
    card: str | None
    card_form: str | None
    notices: tuple[Notice, ...]


@blueprint.app_template_global()
def alarm() -> Alarm | None:
    """Return what is urgent in the words of a question without an answer: a slip in the ZIP code, or an outage."""
    typed = given().get("q", "")[:LONGEST_WORDS].strip()
    if not typed:
        return None
    try:
        index = directory().index
        found = understand(index.lexicon, typed).notices
    except Exception:
        # Whatever has failed, the page that says so goes out.
        return None
    first = next((one for one in found if one.card), None)
    card, form = (first.card, first.card_form) if first else (None, None)
    return Alarm(index.catalogue, card, form, found) if found else None


def signed(connection: Connection, kind: str, key: str, language: str) -> bool:
    """Return whether clinicians have approved a row of the catalogue; no, where the database cannot be asked.

    What to do in an emergency is in memory, and must not wait for it.
    """
    try:
        return is_signed(connection, kind, key, language, dt.datetime.now(dt.UTC))
    except (SQLAlchemyError, StorageFailed):
        return False


def all_signed(connection: Connection, catalogue: Catalogue, results: SearchResults, language: str) -> bool:
    """Return whether clinicians have approved all that an answer says of what is urgent."""
    rows = [("card", results.card)] if results.card else []
    rows += [
        ("red_flag" if one.code in catalogue.entries["red_flag"] else "condition", one.code) for one in results.notices
    ]
    return all(signed(connection, kind, key, language) for kind, key in rows)
