"""A search as pages and answers ask it, with what came of it counted: a word of a list, and nothing of the question."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import g
from sqlalchemy import Connection

from finder.errors import QuestionError
from finder.search import Index, SearchQuery, SearchResults
from finder.search.answer import search as ask
from finder.search.organizations import Host


def search(
    index: Index, connection: Connection, query: SearchQuery, today: dt.date, host: Host, **wishes: Any
) -> SearchResults:
    """Search as `finder.search.search` does. Raises what it raises."""
    try:
        results = ask(index, connection, query, today, host, **wishes)
    except QuestionError as refusal:
        g.outcome = refusal.code
        raise
    g.outcome = outcome(results)
    return results


def outcome(results: SearchResults) -> str:
    """Return in a word what came of a search."""
    if results.refused:
        return "not_hip"
    if not any(one.matches for one in results.lists):
        return "nothing_found"
    if results.outside_area:
        return "outside_area"
    if results.started_wide:
        return "started_wide"
    return "widened" if results.widened else "answered"
