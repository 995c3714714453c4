"""The cookies of the desk: strict, of /admin/ alone, ended by the server.

The session's cookie is signed and names an account and its epoch; signing out raises the epoch, which ends every copy.
Another cookie tells a device that was signed in from before, so that strangers' tries do not lock its owner out.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin
from itsdangerous import BadSignature, URLSafeSerializer

from finder.config import Settings
from finder.desk.accounts import Account, account_by_id
from finder.web.context import directory

AT = "/admin/"
# After so long without a page the session ends, and after so long in any case: one day at the telephone.
IDLE, LONGEST = dt.timedelta(hours=2), dt.timedelta(hours=12)
_DEVICE, _DEVICE_KEPT = "finder_device", dt.timedelta(days=180)


class Member(UserMixin):
    """An account as flask-login has it; its id names the epoch, so that a session ends with it."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """Return what the session keeps."""
        return f"{self.account.id}.{self.account.session_epoch}"


class DeskSession(SecureCookieSessionInterface):
    """Sessions for /admin/ alone: no other request reads or writes one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request, one that nothing can be put into where it is not for the desk."""
        return super().open_session(app, request) if request.path.startswith(AT) else NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Put the session into its cookie."""
        if not self.is_null_session(session):
            super().save_session(app, session, response)

    def get_cookie_name(self, _app: Flask) -> str:
        """Return the cookie's name, which over TLS a browser takes from TLS alone."""
        return f"{'__Secure-' if request.is_secure else ''}finder_desk"

    def get_cookie_secure(self, _app: Flask) -> bool:
        """Return whether the cookie goes over TLS alone."""
        return request.is_secure


def install(app: Flask, settings: Settings) -> None:
    """Give the app its key and its sessions."""
    app.secret_key = settings.secret_key or _kept_key(settings.home / "keys" / "secret")
    app.session_interface = DeskSession()
    app.config.update(
        SESSION_COOKIE_PATH=AT, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=IDLE, WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=int(LONGEST.total_seconds()),
        # Our pages send no referrer; that a form is ours is seen by Sec-Fetch-Site and Origin.
        WTF_CSRF_SSL_STRICT=False,
    )  # fmt: skip
    # No page asks the library who signed in; for patients' pages to look would take longer than to find a card.
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)
    manager.session_protection = None
    manager.user_loader(_member)


def device(name: str) -> str:
    """Return what tells the device of this request apart where the account was signed in from it, else ""."""
    try:
        told: Any = _signer().loads(request.cookies.get(_DEVICE, ""))
    except BadSignature:
        return ""
    return str(told[1]) if isinstance(told, list) and len(told) == 2 and told[0] == name else ""


def remember_device(response: Response, name: str) -> None:
    """Tell the device that the account was signed in from it."""
    response.set_cookie(
        _DEVICE, _signer().dumps([name, device(name) or secrets.token_hex(16)]), max_age=_DEVICE_KEPT,
        path=AT, secure=request.is_secure, httponly=True, samesite="Strict",
    )  # fmt: skip


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="device")


def _member(kept: str) -> Member | None:
    number, _, epoch = kept.partition(".")
    with directory().engine.connect() as connection:
        found = account_by_id(connection, int(number))
    return Member(found) if found and str(found.session_epoch) == epoch else None


def _kept_key(file: Path) -> str:
    """Return the key that a file keeps, made where there is none; of workers that start at once one makes it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        made = file.with_name(f"{file.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48), encoding="ascii")
        # Never over one that another worker made in between.
        with suppress(FileExistsError):
            os.link(made, file)
        made.unlink()
    return file.read_text(encoding="ascii").strip()
