"""The colours of a web site: a form, and what they come to before they are kept."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from finder.desk import sites as desk
from finder.desk.accounts import Deed
from finder.desk.sites import SiteWish
from finder.errors import DeskRefused, SettingError
from finder.site import colours_of, figures, read_look, theme_of
from finder.site.keys import tables
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.admin.sites import found_site
from finder.web.context import directory
from finder.web.look_sheet import look_sheet
from finder.web.static_files import page_sheet


@blueprint.route("/sites/<key>/look", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.MANAGE)
def look(key: str) -> ResponseReturnValue:
    """Show a site's colours, try others without keeping them, or keep them."""
    one = found_site(key)
    if request.method == "GET":
        return _page(one, dict(one["theme"] or {}))
    typed = {name: request.form.get(name, "").strip()[:300] for name in tables()["colours"]}
    typed = {name: text for name, text in typed.items() if text}
    if request.form.get("do") != "keep":
        return _page(one, typed)
    try:
        found = read_look(typed)
        theme_of("The look", found)
    except SettingError as refusal:
        return _page(one, typed, told(refusal)), 400
    texts = {name: str(value) for name, value in found.items()}
    wish = SiteWish(look=texts) if texts else SiteWish(clear=("look",))
    desk.change_site(directory().engine, key, wish, me().name)
    return back("admin.look", "The look is kept. Patients see it at once.", key=key)


@blueprint.get("/sites/look/<signed>.css")
@needs(Deed.SEE)
def look_css(signed: str) -> Response:
    """Return the sheet of a preview, of colours that a page of ours has read and signed. Raises look_expired."""
    try:
        told_look: Any = _signer().loads(signed)
        found = colours_of(told_look)
    except (BadSignature, ValueError, TypeError, AttributeError):
        raise DeskRefused("look_expired") from None
    return Response(look_sheet(page_sheet(), found), mimetype="text/css")


def _page(one: dict[str, Any], typed: dict[str, str], refusal: str = "") -> str:
    seen: list[Any] = []
    sheet = ""
    try:
        found = read_look(typed)
        seen = figures(found)
        texts = {name: str(value) for name, value in found.items()}
        sheet = url_for("admin.look_css", signed=_signer().dumps(texts))
        if not refusal:
            theme_of("The look", found)
    except SettingError as refused:
        refusal = refusal or told(refused)
    return page("look", one=one, typed=typed, keys=tables()["colours"], figures=seen, sheet=sheet, refusal=refusal)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="look")
