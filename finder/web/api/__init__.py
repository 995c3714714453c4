"""API version 1: the same answers as the pages, as JSON and GeoJSON, described by OpenAPI. Modules bring its views."""

# In the order of the description.
from finder.web.api import searches  # isort: split

from finder.web.api import listings  # isort: split

from finder.web.api import catalogue  # isort: split

from finder.web.api import directory  # isort: split

from finder.web.api.answers import Problem
from finder.web.api.described import ABOUT, blueprint

__all__ = ["ABOUT", "Problem", "blueprint", "catalogue", "directory", "listings", "searches"]
