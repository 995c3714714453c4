"""The codes of what staff do at the desk: accounts, checks, publication, amendments, quality, clinical text."""

from __future__ import annotations

from finder.errors.codes import Code

DESK_CODES: dict[str, Code] = {
    # accounts
    "staff_missing": Code("directory", ("value", "known"), "no account has this name"),
    "staff_repeated": Code("directory", ("name",), "an account of this name is there already"),
    "staff_name_malformed": Code("directory", ("value",), "a name that an account cannot have"),
    "staff_last_administrator": Code("directory", ("name",), "nobody could manage accounts any longer"),
    "password_weak": Code("directory", ("least",), "a password that is short, or is the name"),
    "sign_in_refused": Code("directory", (), "the name or the password is wrong"),
    "sign_in_wait": Code("directory", ("seconds",), "too many sign-ins failed; the next may be tried later"),
    "deed_refused": Code("directory", ("role", "roles"), "an account whose role may not do this"),
    "form_expired": Code("directory", (), "a form of the desk without a token that is still good"),
    # checks
    # publication
    # amendments
    # quality
    # clinical
    # phone, sites, log
}
