"""The door of the desk: every page says what it needs an account for, and nobody else comes in.

A page that says nothing is refused, so that one cannot be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup

from finder.db.staff import StaffRole
from finder.desk.accounts import MAY, Account, Deed
from finder.errors import DeskRefused, FinderError
from finder.formats.wording import wording
from finder.web.admin.session import LONGEST
from finder.web.context import site
from finder.web.posting import is_ours

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
csrf = CSRFProtect()
# In a session: when it began.
SINCE = "since"
# By how much the clocks of two web hosts may differ.
_SKEW = dt.timedelta(minutes=5)
View = TypeVar("View", bound=Callable[..., Any])
# How many bytes may be sent, where that is more than forms have; a function where the settings say it.
Largest = int | Callable[[], int] | None
# What each view needs an account for, to be seen and to be sent a form, and how many bytes it takes.
NEEDS: dict[Any, tuple[Deed | None, Deed | None, Largest]] = {}

ROLES = {
    StaffRole.VIEWER: "viewer",
    StaffRole.EDITOR: "editor",
    StaffRole.CLINICAL_REVIEWER: "clinical reviewer",
    StaffRole.ADMINISTRATOR: "administrator",
}
# The ways in the page's head, each with its endpoint; one that an account may not use is not shown.
WAYS = (
    ("Start", "admin.start"),
    ("Import", "admin.imports"),
    ("Directory", "admin.listings"),
    ("Quality", "admin.quality"),
    ("History", "admin.history"),
    ("Clinical", "admin.clinical"),
    ("Coverage", "admin.coverage"),
    ("Phone", "admin.phone"),
    ("Web sites", "admin.sites"),
    ("Log", "admin.log"),
    ("Accounts", "admin.staff"),
)
# Pages of a way that do not stand beneath its own address.
_ALSO = {
    "admin.listings": ("removals",),
    "admin.quality": ("confirmation", "same-place"),
    "admin.history": ("versions", "publications", "golden", "choices"),
    "admin.phone": ("note",),
}


def needs(deed: Deed | None, *, sends: Deed | None = None, largest_bytes: Largest = None) -> Callable[[View], View]:
    """Say what a view needs an account for (None: nothing), and what for when a form is sent to it.

    `largest_bytes` is how much may be sent to it, where that is more than forms have.
    """

    def said(view: View) -> View:
        NEEDS[view] = deed, sends or deed, largest_bytes
        return view

    return said


def page(name: str, /, **values: Any) -> str:
    """Return a page of the desk made of its template, beneath `admin/`."""
    return render_template(
        f"admin/{name}.html", w=wording("en"), site=site(), me=me_or_none(), roles=ROLES, ways=_ways(), **values
    )


def me() -> Account:
    """Return who is signed in."""
    account: Account = current_user.account
    return account


def me_or_none() -> Account | None:
    """Return who is signed in, None where nobody is."""
    return current_user.account if current_user.is_authenticated else None


def told(refusal: FinderError) -> str:
    """Return the sentence of a refusal."""
    return wording("en").error(refusal)


def back(endpoint: str, said: str = "", **values: Any) -> Response:
    """Go on to a page by GET, after a form was taken; the page says so in a sentence."""
    if said:
        session["said"] = said
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]


@blueprint.app_template_global("said")
def said() -> str:
    """Return what the form before has done, once."""
    return str(session.pop("said", ""))


@blueprint.app_template_global("token")
def token() -> Markup:
    """Return the hidden field that every form of this session carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


@blueprint.before_request
def guard() -> Response | None:
    """Let a request in: signed in, allowed to, and, where it changes something, sent from a page of ours."""
    # A view that says nothing is a mistake of ours, and fails.
    sees, sends, largest = NEEDS[current_app.view_functions[request.endpoint or ""]]
    deed = sees if request.method in ("GET", "HEAD") else sends
    account = me_or_none()
    if account and not _began_lately():
        session.clear()
        account = None
    if deed is not None and account is None:
        # A form that was sent too late is not sent again by itself.
        onward = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("admin.sign_in", next=onward), 303)  # type: ignore[return-value]
    if deed is not None and account is not None and not account.may(deed):
        raise DeskRefused(
            "deed_refused", role=ROLES[account.role], roles=[ROLES[one] for one in StaffRole if one in MAY[deed]]
        )
    if request.method not in ("GET", "HEAD"):
        if largest is not None:
            request.max_content_length = largest() if callable(largest) else largest
        if not is_ours():
            raise DeskRefused("form_expired")
        try:
            csrf.protect()
        except CSRFError:
            raise DeskRefused("form_expired") from None
    return None


@blueprint.app_template_global("may")
def may(deed: str) -> bool:
    """Return whether who is signed in may do this, for pages that leave out what would be refused."""
    account = me_or_none()
    return account is not None and account.may(Deed(deed))


def begin_session() -> None:
    """Begin a session of its own, with nothing of what was there before."""
    session.clear()
    session.permanent = True
    session[SINCE] = dt.datetime.now(dt.UTC).isoformat()


def _began_lately() -> bool:
    try:
        since = dt.datetime.fromisoformat(session.get(SINCE, ""))
    except ValueError:
        return False
    # One that began in the future is of before the clock was set back, and would last until then.
    return -_SKEW < dt.datetime.now(dt.UTC) - since < LONGEST


def _ways() -> list[tuple[str, str, bool]]:
    account = me_or_none()
    if account is None:
        return []
    views, here = current_app.view_functions, (request.url_rule.rule if request.url_rule else "")
    found = []
    for label, endpoint in WAYS:
        deed = NEEDS[views[endpoint]][0] if endpoint in views else None
        if deed is None or not account.may(deed):
            continue
        address = url_for(endpoint)
        begins = [f"{address}/", *(f"/admin/{one}" for one in _ALSO.get(endpoint, ()))]
        found.append(
            (label, address, here == address or (endpoint != "admin.start" and here.startswith(tuple(begins))))
        )
    return found
