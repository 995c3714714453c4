"""Accounts of staff: who there is, a new one, and all that can be done to one."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from finder.db.staff import StaffRole
from finder.desk import accounts as desk
from finder.desk.accounts import LEAST_CHARACTERS, Account, Deed
from finder.errors import DeskRefused
from finder.web.admin.door import ROLES, back, blueprint, me, needs, page, told
from finder.web.context import directory

# What each role may do, as the form says.
MAY_DO = {
    StaffRole.VIEWER: "sees all, and answers callers",
    StaffRole.EDITOR: "imports, publishes, amends, writes notes",
    StaffRole.CLINICAL_REVIEWER: "signs clinical text",
    StaffRole.ADMINISTRATOR: "all of it, and accounts, web sites and the log",
}


@blueprint.route("/staff", methods=["GET", "POST"])
@needs(Deed.MANAGE)
def staff() -> ResponseReturnValue:
    """List the accounts, and make one."""
    refusal, name, role = "", request.form.get("name", "").strip(), request.form.get("role", "viewer")
    if request.method == "POST":
        try:
            made = desk.add_staff(directory().engine, name, _role(role), _password(), me().name)
        except DeskRefused as refused:
            refusal = told(refused)
        else:
            return back("admin.staff", f"{made.name} can sign in now, as {ROLES[made.role]}.")
    with directory().engine.connect() as connection:
        found = desk.accounts(connection)
    shown = page(
        "staff", found=found, refusal=refusal, name=name[:100], role=role, may_do=MAY_DO, least=LEAST_CHARACTERS
    )
    return (shown, 400) if refusal else shown


@blueprint.route("/staff/<name>", methods=["GET", "POST"])
@needs(Deed.MANAGE)
def account(name: str) -> ResponseReturnValue:
    """Show one account, and change it."""
    one = _account(name)
    if request.method == "GET":
        return page("account", one=one, refusal="", may_do=MAY_DO, least=LEAST_CHARACTERS)
    try:
        done = _change(one, request.form.get("do", ""))
    except DeskRefused as refused:
        return page("account", one=_account(name), refusal=told(refused), may_do=MAY_DO, least=LEAST_CHARACTERS), 400
    return back("admin.account", done, name=name) if done else back("admin.account", name=name)


def _change(one: Account, do: str) -> str:
    """Do to an account what a button says; return the sentence of what was done, "" where no button is called so."""
    engine, actor = directory().engine, me().name
    if do == "role":
        changed = desk.set_role(engine, one.name, _role(request.form.get("role", "")), actor)
        return f"{one.name} is {ROLES[changed.role]} now, and has to sign in again."
    if do == "password":
        desk.set_password(engine, one.name, _password(), actor)
        return f"{one.name} has another password. Tell it to nobody else."
    if do in ("on", "off"):
        desk.switch(engine, one.name, actor, on=do == "on")
        return f"{one.name} can sign in again." if do == "on" else f"{one.name} is switched off and signed out."
    if do == "sign-out":
        desk.sign_out(engine, one, actor)
        return f"{one.name} is signed out on every device."
    return ""


def _account(name: str) -> Account:
    with directory().engine.connect() as connection:
        return desk.find_account(connection, name)


def _role(value: str) -> StaffRole:
    # The form offers no other.
    return StaffRole(value) if value in {one.value for one in StaffRole} else StaffRole.VIEWER


def _password() -> str:
    typed = request.form.get("password", "")
    if typed != request.form.get("again", ""):
        raise DeskRefused("passwords_differ")
    return typed
