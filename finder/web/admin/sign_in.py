"""Signing in and out, and one's own password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request, url_for
from flask_login import login_user, logout_user

from finder.desk import accounts
from finder.desk.accounts import LEAST_CHARACTERS, Deed
from finder.errors import DeskRefused
from finder.web.admin.door import back, begin_session, blueprint, me, me_or_none, needs, page, told
from finder.web.admin.session import Member, device, remember_device
from finder.web.context import directory


@blueprint.route("/sign-in", methods=["GET", "POST"])
@needs(None)
def sign_in() -> Response | str | tuple[str, int]:
    """Ask for name and password, and begin a session."""
    onward = _within(request.args.get("next", ""))
    if request.method == "GET":
        return redirect(onward, 303) if me_or_none() else page("sign_in", refusal="", name="")  # type: ignore[return-value]
    name = request.form.get("name", "").strip()
    try:
        account = accounts.sign_in(directory().engine, name, request.form.get("password", ""), device(name))
    except DeskRefused as refusal:
        status = 429 if refusal.code == "sign_in_wait" else 403
        reply = make_response(page("sign_in", refusal=told(refusal), name=name[:100]), status)
        if status == 429:
            reply.headers["Retry-After"] = str(refusal.params["seconds"])
        return reply
    begin_session()
    login_user(Member(account))
    reply = make_response(redirect(onward, 303))
    remember_device(reply, account.name)
    return reply


@blueprint.post("/sign-out")
@needs(Deed.SEE)
def sign_out() -> Response:
    """End every session of who is signed in."""
    accounts.sign_out(directory().engine, me(), me().name)
    logout_user()
    begin_session()
    return back("admin.sign_in", "You are signed out, on every device.")


@blueprint.route("/password", methods=["GET", "POST"])
@needs(Deed.SEE)
def password() -> Response | str | tuple[str, int]:
    """Let who is signed in choose another password."""
    if request.method == "GET":
        return page("password", refusal="", least=LEAST_CHARACTERS)
    engine, name = directory().engine, me().name
    try:
        accounts.sign_in(engine, name, request.form.get("password", ""), device(name))
        account = accounts.set_password(engine, name, request.form.get("another", ""), name)
    except DeskRefused as refusal:
        return page("password", refusal=told(refusal), least=LEAST_CHARACTERS), 400
    begin_session()
    login_user(Member(account))
    return back("admin.start", "You have another password. Other devices are signed out.")


def _within(wanted: str) -> str:
    """Return an address of the desk to go on to: the one that was wanted where it is one, else its start."""
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/admin/") and not parts.netloc and not parts.scheme and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else url_for("admin.start")
