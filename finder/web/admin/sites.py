"""The web sites that may show the finder: what they say, how they look, and what goes into their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from finder.db.sites import embed_sites
from finder.desk import sites as desk
from finder.desk.accounts import Deed
from finder.desk.organizations import list_organizations
from finder.desk.sites import CLEARED, OWN, SiteWish
from finder.errors import DeskRefused, DirectoryRefused, FinderError, ListingMissing
from finder.search.query import STAGES
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory

# What a form calls an option of the command, for refusals.
_LABELS = {
    "--name": "The name", "--origin": "An origin", "--origins": "The list of origins", "--phone": "The phone",
    "--back": "The way back",
}  # fmt: skip
_FIELDS = ("name", "origins", "organization", "own", "phone", "condition", "stage", "back")
# Which field of a site a field of the form is.
_KEPT = {"name": "name", "origins": "origins", **{name: field for name, field in CLEARED.items() if name != "look"}}


@blueprint.get("/sites")
@needs(Deed.SEE)
def sites() -> str:
    """List the web sites."""
    with directory().engine.connect() as connection:
        found = list(embed_sites(connection).values())
    return page("sites", found=found)


@blueprint.route("/sites/new", methods=["GET", "POST"])
@needs(Deed.MANAGE)
def new_site() -> ResponseReturnValue:
    """Ask what a new site says, and add it."""
    if request.method == "GET":
        return _form({}, dict.fromkeys(_FIELDS, ""))
    try:
        said = desk.add_site(directory().engine, _wish({}), me().name)
    except DirectoryRefused as refusal:
        return _form({}, _typed(), refusal), 400
    return back("admin.site", "The site may show the finder now. Next: what to put into its pages.", key=said.key)


@blueprint.route("/sites/<key>", methods=["GET", "POST"])
@needs(Deed.SEE, sends=Deed.MANAGE)
def site(key: str) -> ResponseReturnValue:
    """Show what a site says; change it, switch it off or on, or take it off for good."""
    one = found_site(key)
    if request.method == "GET":
        return _form(one, _as_typed(one))
    do, engine, actor = request.form.get("do", ""), directory().engine, me().name
    try:
        if do == "remove":
            if " ".join(request.form.get("named", "").split()) != one["name"]:
                raise DeskRefused("site_not_confirmed", name=one["name"])
            desk.remove_site(engine, key, actor)
            return back("admin.sites", f"{one['name']} is taken off.")
        if do in ("on", "off"):
            desk.change_site(engine, key, SiteWish(enabled=do == "on"), actor)
            return back("admin.site", f"{one['name']} is switched {do}.", key=key)
        desk.change_site(engine, key, _wish(one), actor)
    except (DirectoryRefused, DeskRefused) as refusal:
        return _form(one, _typed() if do == "keep" else _as_typed(one), refusal), 400
    return back("admin.site", "Kept. Patients see it at once.", key=key)


def found_site(key: str) -> dict[str, Any]:
    """Return a site by its key. Raises ListingMissing (site_unknown)."""
    with directory().engine.connect() as connection:
        known = embed_sites(connection)
    if key not in known:
        raise ListingMissing("site_unknown", value=key[:40])
    return known[key]


def _form(one: Mapping[str, Any], typed: Mapping[str, str], refusal: FinderError | None = None) -> str:
    with directory().engine.connect() as connection:
        organizations = list_organizations(connection)
    conditions = directory().index.catalogue.conditions
    return page(
        "site", one=one, typed=typed, refusal=_told(refusal) if refusal else "", organizations=organizations,
        conditions=conditions, own=OWN, stages=STAGES,
    )  # fmt: skip


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _FIELDS}


def _as_typed(one: Mapping[str, Any]) -> dict[str, str]:
    told = {name: one[field] or "" for name, field in _KEPT.items()}
    return told | {"origins": "\n".join(one["origins"])}


def _wish(before: Mapping[str, Any]) -> SiteWish:
    """Return what the form wishes: what is filled is set, and what was emptied cleared."""
    typed = _typed()
    origins = typed.pop("origins").split()
    given: dict[str, Any] = {name: text for name, text in typed.items() if text or name == "name"}
    cleared = [name for name in typed if name in CLEARED and before and not typed[name] and before[CLEARED[name]]]
    # An empty list of origins is refused as an origin that cannot be read.
    return SiteWish(**given, origins=origins or [""], clear=cleared)


def _told(refusal: FinderError) -> str:
    if refusal.code == "option_malformed":
        named = _LABELS.get(refusal.params["name"], refusal.params["name"])
        value = refusal.params["value"] or "empty"
        refusal = DirectoryRefused("option_malformed", **{**refusal.params, "name": named, "value": value})
    return told(refusal)
