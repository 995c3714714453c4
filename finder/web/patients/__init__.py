"""The patients' pages: the form, the results, a person, a place. Each module brings its own views."""

from finder.web.patients import cards, listings, results, urgent
from finder.web.patients.page import blueprint

__all__ = ["blueprint", "cards", "listings", "results", "urgent"]
