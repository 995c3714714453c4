"""The patients' pages: form, results, people, places, hip problems, the finder itself. Each brings its views."""

from finder.web.patients import about, cards, listings, printing, problems, results, structured, urgent, wrong
from finder.web.patients.page import blueprint

__all__ = [
    "about", "blueprint", "cards", "listings", "printing", "problems", "results", "structured", "urgent", "wrong",
]  # fmt: skip
