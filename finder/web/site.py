"""What browsers and search engines ask for beside pages: the hospital's colours and logo, robots.txt, the sitemap."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, request, url_for
from markupsafe import escape

from finder.errors import DirectoryNotReady, ListingMissing, SettingError
from finder.formats.wording import LANGUAGES
from finder.logs import log
from finder.site import Site, check_condition_pages
from finder.web.context import Directory, directory, site

blueprint = Blueprint("site", __name__)

# Pages that are the same for everybody; the pages of people and places are found through links.
_PAGES = ("home", "problems", "how_we_order", "about_the_data", "privacy", "accessibility")
# Answers to questions: each is another page, and none is of use to whoever did not ask.
_NOT_FOR_ROBOTS = ("/specialists", "/places", "/api/", "/embed/", "/admin/", "/confirm/")


def warn(of: Site, shown: Directory) -> None:
    """Log what of a site can be better: colours that not everybody can read, pages of problems that are not known.

    The latter does not end a worker, since a problem may leave the catalogue while it runs.
    """
    for one in of.theme.doubts if of.theme else ():
        log.warning("site_colour", file=of.file, key=one.key, other=one.other, ratio=round(one.ratio, 1))
    with suppress(DirectoryNotReady):
        try:
            check_condition_pages(of, shown.index.catalogue.conditions)
        except SettingError as wrong:
            log.warning("site_page_unknown", file=of.file, key=wrong.params["key"])


@blueprint.get("/theme.css")
def theme() -> Response:
    """Return the hospital's colours, corners and fonts."""
    found = site().theme
    if found is None:
        raise ListingMissing("page_missing")
    reply = Response(found.css, mimetype="text/css")
    reply.set_etag(found.fingerprint)
    reply.make_conditional(request)
    return reply


@blueprint.get("/logo")
def logo() -> Response:
    """Return the hospital's logo."""
    found = site().logo
    if found is None:
        raise ListingMissing("page_missing")
    reply = Response(found.content, mimetype=found.mimetype)
    reply.add_etag()
    reply.make_conditional(request)
    return reply


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots what to leave alone: all of it while what is shown is invented."""
    if _is_invented():
        lines = ["User-agent: *", "Disallow: /"]
    else:
        barred = [f"Disallow: {request.script_root}{path}" for path in _NOT_FOR_ROBOTS]
        lines = ["User-agent: *", *barred, f"Sitemap: {url_for('site.sitemap', _external=True)}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages for search engines, each in both languages."""
    if _is_invented():
        raise ListingMissing("page_missing")
    pages: list[tuple[str, dict[str, str]]] = [(f"patients.{name}", {}) for name in _PAGES]
    pages += [("patients.problem", {"problem": key}) for key in directory().index.catalogue.conditions]
    told = "\n".join(_entry(endpoint, parts, language) for endpoint, parts in pages for language in LANGUAGES)
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{told}\n</urlset>\n',
        mimetype="application/xml",
    )


def _entry(endpoint: str, parts: dict[str, str], language: str) -> str:
    addresses = {one: escape(url_for(endpoint, lang=one, _external=True, **parts)) for one in LANGUAGES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{one}" href="{address}"/>' for one, address in addresses.items()
    )
    return f"<url><loc>{addresses[language]}</loc>{others}</url>"


def _is_invented() -> bool:
    """Return whether there is nothing but the demo, or nothing at all."""
    try:
        return directory().index.is_demo
    except DirectoryNotReady:
        return True
