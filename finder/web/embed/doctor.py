"""The embed doctor as a page: paste a policy, headers or a page's HTML, and read what to write instead."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from finder.desk.doctor import VARIANTS, address_of_finder, examine
from finder.desk.doctor.pasted import MOST_SIGNS
from finder.desk.doctor.sentences import ABOUT, LABELS
from finder.formats.wording import wording
from finder.web.context import site
from finder.web.embed.blueprint import blueprint
from finder.web.embed.scripts import VERSION, integrity

# Of a form, where most signs of a page take one byte and some take nine.
_MOST_BYTES = 4 * MOST_SIGNS
# The scripts of this version, for policies that go by hashes.
_PINNED = {
    "element": (f"v{VERSION}.js", integrity("")),
    "iframe": (f"frame-v{VERSION}.js", integrity("frame-")),
}


@blueprint.route("/doctor", methods=["GET", "POST"])
def doctor() -> tuple[str, int]:
    """Ask for what a web team has, and say what it needs. Nothing of it is kept, and nothing is fetched."""
    pasted, page, wrong = "", "", ""
    finder = _own_address()
    found, status = None, 200
    if request.method == "POST":
        request.max_content_length = request.max_form_memory_size = _MOST_BYTES
        try:
            pasted, page = request.form.get("pasted", ""), request.form.get("page", "")[:500].strip()
        except RequestEntityTooLarge:
            status, wrong = 413, "That is more than we can read at once. Paste the headers, or the head of the page."
        else:
            try:
                page = address_of_finder(page) if page else ""
            except ValueError:
                status, wrong = 400, f"{page} is no address. Write one like https://www.example.org, or leave it out."
            else:
                found = examine(pasted, finder, page=page, pinned=_PINNED, variants=VARIANTS)
    shown = render_template(
        "embed/doctor.html", w=wording("en"), site=site(), pasted=pasted[:MOST_SIGNS], page=page, wrong=wrong, found=found,
        labels=LABELS, about=ABOUT, finder=finder,
    )  # fmt: skip
    return shown, status


def _own_address() -> str:
    """Return where this finder answers; whoever asks it by no name that a page could load from gets an example."""
    try:
        return address_of_finder(f"{request.host_url.rstrip('/')}{request.script_root}")
    except ValueError:
        return "https://finder.example.org"
