"""Commands about accounts of the desk: staff list, add, role, password, disable, enable, sign-out."""

from __future__ import annotations

import json
import sys

import click
from sqlalchemy import Engine

from finder.cli.context import actor, database, say
from finder.db.staff import StaffRole
from finder.desk.accounts import (
    LEAST_CHARACTERS,
    Account,
    accounts,
    add_staff,
    find_account,
    set_password,
    set_role,
    sign_out,
    switch,
)

_ROLES = click.Choice([one.value for one in StaffRole])
_ROLE_HELP = (
    "viewer: sees all, and answers callers. editor: imports, publishes, amends. "
    "clinical_reviewer: signs clinical text. administrator: all of it, accounts and web sites too."
)
_FROM_INPUT = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")


@click.group()
def staff() -> None:
    """The accounts that may sign in at /admin/.

    A password is never shown and never written down; whoever forgets one is given another.
    """


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the accounts: name, role, last sign-in."""
    with database() as engine, engine.connect() as connection:
        found = accounts(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    longest = max((len(one.name) for one in found), default=0)
    for one in found:
        last = f"last signed in {one.last_sign_in_at:%Y-%m-%d}" if one.last_sign_in_at else "never signed in"
        say(f"{one.name:{longest}}  {one.role.value:17}  {last}{'  (switched off)' if one.disabled_at else ''}")
    if not found:
        say("No account yet. Add one: finder staff add NAME --role administrator")


@staff.command()
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help=_ROLE_HELP)
@_FROM_INPUT
def add(name: str, role: str, password_stdin: bool) -> None:
    """Make an account called NAME and ask for its password."""
    with database() as engine:
        made = add_staff(engine, name, StaffRole(role), _password(password_stdin), actor())
    say(f"{made.name} ({made.role.value}) can sign in at /admin/.")


@staff.command()
@click.argument("name")
@click.argument("role", type=_ROLES)
def role(name: str, role: str) -> None:
    """Give the account NAME another ROLE. It has to sign in again."""
    with database() as engine:
        changed = set_role(engine, name, StaffRole(role), actor())
    say(f"{changed.name} is {changed.role.value} now.")


@staff.command()
@click.argument("name")
@_FROM_INPUT
def password(name: str, password_stdin: bool) -> None:
    """Give the account NAME another password. It has to sign in again."""
    with database() as engine:
        _is_there(engine, name)
        set_password(engine, name, _password(password_stdin), actor())
    say(f"{name} has another password.")


@staff.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch the account NAME off, and end its sessions. What it did stays in the log under its name."""
    with database() as engine:
        switch(engine, name, actor(), on=False)
    say(f"{name} is switched off.")


@staff.command()
@click.argument("name")
def enable(name: str) -> None:
    """Switch the account NAME on again."""
    with database() as engine:
        switch(engine, name, actor(), on=True)
    say(f"{name} can sign in again.")


@staff.command("sign-out")
@click.argument("name")
def sign_out_command(name: str) -> None:
    """End every session of the account NAME, as where a device was lost."""
    with database() as engine:
        sign_out(engine, _is_there(engine, name), actor())
    say(f"{name} is signed out everywhere.")


def _is_there(engine: Engine, name: str) -> Account:
    with engine.connect() as connection:
        return find_account(connection, name)


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt(
        f"Password ({LEAST_CHARACTERS} characters or more)",
        hide_input=True,
        confirmation_prompt="The same again",
        err=True,
    )
    return asked


def _as_json(one: Account) -> dict[str, object]:
    last, off = one.last_sign_in_at, one.disabled_at
    return {
        "name": one.name, "role": one.role.value, "last_sign_in_at": last.isoformat() if last else None,
        "disabled_at": off.isoformat() if off else None,
    }  # fmt: skip


COMMANDS = (staff,)
