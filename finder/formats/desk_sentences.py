"""The sentences of the desk's codes, in English; they stand among SENTENCES."""

from __future__ import annotations

DESK_SENTENCES: dict[str, str] = {
    # accounts
    "staff_missing": "There is no account {value}. Known: {known}.",
    "staff_repeated": "There is an account {name} already. Give another name.",
    "staff_name_malformed": "An account cannot be called {value}. A name has 2 to 60 letters, digits, spaces, points, hyphens or @, and begins with a letter or digit.",
    "staff_last_administrator": "{name} is the last administrator. Make someone else one first, else nobody could manage accounts.",
    "password_weak": "This password is too easy to guess. It needs {least} characters or more, and may not be the name or one character again and again. A few words that only you would put together are good.",
    "sign_in_refused": "The name or the password is not right. Look at both and try again. If you forgot your password, ask an administrator for another one.",
    "sign_in_wait": "Too many tries failed. Wait {seconds} seconds, then try again.",
    "deed_refused": "Your account is a {role}, which may not do this. It takes: {roles}. Ask an administrator.",
    "form_expired": "This page was open for too long, so nothing was changed. Go back, load the page anew, and send it again.",
    # checks
    # publication
    # amendments
    # quality
    # clinical
    # phone, sites, log
}  # fmt: skip
