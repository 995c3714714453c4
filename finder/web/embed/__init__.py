"""The finder inside a hospital's own pages: what may show it, how it is drawn there, and what its web team needs."""

from flask import Flask

from finder.web.embed import admission, doctor, scripts, snippets
from finder.web.embed.blueprint import blueprint

__all__ = ["blueprint", "doctor", "install", "scripts", "snippets"]


def install(app: Flask) -> None:
    """Have the app admit and dress what is asked for beneath a site's key."""
    admission.install(app)
