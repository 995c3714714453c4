"""Questions in, answers out: who treats this, nearest first, and why."""

from finder.search.answer import explain, listing, search
from finder.search.index import Index
from finder.search.query import PARAMETERS, SearchQuery
from finder.search.results import SearchResults

__all__ = ["PARAMETERS", "Index", "SearchQuery", "SearchResults", "explain", "listing", "search"]
