"""The patients' pages: the form, the results, their print, a person, a place. Each module brings its own views."""

from finder.web.patients import cards, listings, printing, results, urgent, wrong
from finder.web.patients.page import blueprint

__all__ = ["blueprint", "cards", "listings", "printing", "results", "urgent", "wrong"]
