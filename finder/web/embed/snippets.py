"""The page for a web team: what to put into their page, in four ways, to be seen live and copied."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, g, render_template, request
from markupsafe import Markup, escape

from finder.desk.wordpress import PLUGIN_FILE, plugin_zip
from finder.errors import ListingMissing
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search.query import STAGES
from finder.web.context import directory, private, reading, site
from finder.web.embed.blueprint import blueprint
from finder.web.embed.scripts import MAJOR, VERSION, integrity
from finder.web.embedding import HostSite

LOOKS = ("light", "auto")


@dataclass(frozen=True)
class Choice:
    """What a web team chose: ids of the catalogue, each "" where nothing was; language "" is the reader's own."""

    condition: str
    stage: str
    look: str
    language: str
    pinned: bool

    @property
    def asked(self) -> dict[str, str]:
        """The parameters that a page begins with."""
        given = {"condition": self.condition, "stage": self.stage, "lang": self.language}
        return {name: value for name, value in given.items() if value}


@blueprint.before_request
def in_english() -> None:
    """Speak English, as with all staff: so does the frame of these pages."""
    g.words = wording("en")


@blueprint.get("/snippets/<key>")
def snippets(key: str) -> str:
    """Show what to put into the pages of a site."""
    host = directory().sites.get(key)
    if host is None:
        raise ListingMissing("site_unknown", value=key[:40])
    with reading() as (index, _connection):
        choice = _chosen(host, index.catalogue.conditions)
        w = wording(choice.language or "en")
        phone = host.phone or site().phone
        inside = plain(host, choice, w, phone)
        return render_template(
            "embed/snippets.html", w=wording("en"), site=site(), index=index, host=host, choice=choice,
            link=str(inside),
            framed=page_address(host, choice, "frame-auto" if choice.look == "auto" else "frame"),
            iframe=frame_snippet(host, choice, w, phone), element=element_snippet(host, choice, inside),
            shortcode=shortcode(choice), origin=request.host_url.rstrip("/"), secure=request.is_secure,
            is_demo=index.is_demo, is_private=private(),
        )  # fmt: skip


@blueprint.get("/wordpress.zip")
def wordpress_plugin() -> Response:
    """Answer with the plugin."""
    return Response(
        plugin_zip(), mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{PLUGIN_FILE}"'},
    )  # fmt: skip


def page_address(host: HostSite, choice: Choice, face: str = "page", path: str = "") -> str:
    """Return the whole address of a page beneath a site's key."""
    query = f"?{urlencode(choice.asked)}" if choice.asked else ""
    return f"{_base()}/embed/{face}/{host.key}/{path}{query}"


def plain(host: HostSite, choice: Choice, w: Wording, phone: str) -> Markup:
    """Return what works in any page without scripts: when to call 911, a link, a form and the number to call."""
    hidden = "".join(
        # Nothing picked is said too: then a search is for whoever finds out why a hip hurts.
        f'\n  <input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in ({"condition": ""} | choice.asked).items()
    )
    return Markup(  # noqa: S704 - each part is escaped
        f"<p>{escape(w.standing_line())}</p>\n{_link(host, choice, w('Find a hip specialist near you'))}\n"
        f'<form action="{_base()}/embed/page/{host.key}/specialists" method="{"post" if private() else "get"}">{hidden}\n'
        f'  <label>{escape(w("Your ZIP code or town"))} <input name="zip" autocomplete="postal-code" maxlength="60" required></label>\n'
        f"  <button>{escape(w('Find specialists'))}</button>\n</form>{_call(w, phone)}"
    )


def _link(host: HostSite, choice: Choice, label: str) -> str:
    return f'<p><a href="{escape(page_address(host, choice))}">{escape(label)}</a></p>'


def _call(w: Wording, phone: str) -> str:
    return f'\n<p>{escape(w("Or call"))} <a href="tel:{phone}">{escape(w.phone(phone))}</a></p>' if phone else ""


def frame_snippet(host: HostSite, choice: Choice, w: Wording, phone: str) -> str:
    """Return the iframe, the script that makes it as high as what is in it, and what is there while we are away.

    Its width is an attribute, since many pages allow no style in one; where the script is stripped the iframe scrolls.
    """
    address = escape(page_address(host, choice, "frame-auto" if choice.look == "auto" else "frame"))
    title = escape(w("Find a hip specialist near you"))
    return (
        f'<iframe src="{address}" title="{title}" width="100%" height="760" frameborder="0"\n'
        f'  allow="geolocation" loading="lazy" referrerpolicy="strict-origin"></iframe>\n'
        f"{_link(host, choice, w('Open the finder on a page of its own'))}{_call(w, phone)}\n"
        f"{_script('frame-', choice.pinned)}"
    )


def element_snippet(host: HostSite, choice: Choice, shown: str) -> str:
    """Return the element with what is shown until its script has run, and the script."""
    told = {"site": host.key, "condition": choice.condition, "stage": choice.stage, "lang": choice.language}
    told |= {"scheme": "auto"} if choice.look == "auto" else {}
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in told.items() if value)
    inside = "".join(f"\n  {line}" for line in str(shown).splitlines())
    return f"<specialist-finder{attributes}>{inside}\n</specialist-finder>\n{_script('', choice.pinned)}"


def shortcode(choice: Choice) -> str:
    """Return the shortcode of the WordPress plugin."""
    told = {"condition": choice.condition, "stage": choice.stage, "lang": choice.language}
    attributes = "".join(f' {name}="{value}"' for name, value in told.items() if value)
    return f"[specialist_finder{attributes}]"


def _script(name: str, pinned: bool) -> str:
    if not pinned:
        return f'<script src="{_base()}/embed/{name}v{MAJOR}.js" async referrerpolicy="no-referrer"></script>'
    return (
        f'<script src="{_base()}/embed/{name}v{VERSION}.js" async referrerpolicy="no-referrer"\n'
        f'  crossorigin="anonymous" integrity="{integrity(name)}"></script>'
    )


def _base() -> str:
    return request.host_url.rstrip("/") + request.script_root


def _chosen(host: HostSite, conditions: object) -> Choice:
    asked = request.args
    known: dict[str, object] = conditions  # type: ignore[assignment]
    condition = asked.get("condition", host.condition)
    stage, look, language = asked.get("stage", host.stage), asked.get("look", ""), asked.get("language", "")
    return Choice(
        condition if condition in known else "", stage if stage in STAGES else "", look if look in LOOKS else LOOKS[0],
        language if language in LANGUAGES else "", asked.get("pinned") == "yes",
    )  # fmt: skip
