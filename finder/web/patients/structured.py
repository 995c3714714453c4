"""What search engines read of a page about a person or a place, beside what people read."""

from __future__ import annotations

from flask import url_for
from markupsafe import Markup

from finder.formats import jsonld
from finder.formats.wording import Wording
from finder.search import Index
from finder.search.results import LocationListing, PractitionerListing
from finder.web.patients.page import blueprint


@blueprint.app_template_global()
def json_ld(found: PractitionerListing | LocationListing, index: Index, w: Wording) -> str:
    """Return the element that describes a listing; "" for the demo, whose people are nobody.

    It is data: no browser runs it, and our content policy, which allows no script, does not stop it.
    """
    if index.is_demo:
        return ""
    if isinstance(found, PractitionerListing):
        body = jsonld.person(found, index.catalogue, w, _address)
    else:
        body = jsonld.place(found, index.catalogue, w, _address)
    text = Markup(jsonld.for_script(body))  # noqa: S704 - made to stand in this element
    return Markup('<script type="application/ld+json">{}</script>').format(text)


def _address(public_id: str) -> str:
    endpoint = "patients.place" if public_id.startswith("place:") else "patients.specialist"
    return url_for(endpoint, public_id=public_id, _external=True)
