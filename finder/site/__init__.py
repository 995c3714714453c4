"""Whose finder it is: names, line, links, pictures and colours, as a hospital writes them in one TOML file."""

from finder.site.figures import Figure, figures, looks, read_look
from finder.site.identity import Link, Logo, Money, Site
from finder.site.reading import check_condition_pages, colours_of, read_colours, read_site
from finder.site.theme import Doubt, Theme, theme_of

__all__ = [
    "Doubt", "Figure", "Link", "Logo", "Money", "Site", "Theme", "check_condition_pages", "colours_of", "figures",
    "looks", "read_colours", "read_look", "read_site", "theme_of",
]  # fmt: skip
