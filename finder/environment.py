"""Where the text of a setting comes from: the environment, a file that it names, or a credential of systemd."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from finder.errors import SettingError

PREFIX, _FILE, _CREDENTIALS = "FINDER_", "_FILE", "CREDENTIALS_DIRECTORY"
_LONGEST_SECRET = 64 * 1024
# So alike are two names where one is a slip of the other. What Kubernetes sets for a service called finder is none.
_SLIP, _LIKE = 0.75, 0.5
# Containers show their secrets to all who are in them, that is to the finder.
_SHOWN_TO_US_ALONE = "/run/secrets/"


@dataclass(frozen=True)
class Given:
    """The text of a setting, where it came from, and whether others of this machine can read the file it stood in."""

    text: str
    origin: str
    open_to_others: bool = False


def given(environment: Mapping[str, str], variable: str, *, secret: bool) -> Given | None:
    """Return what is given for a variable, None where nothing is.

    A secret may also stand in a file: that which the variable with _FILE behind it names, or the file of its name in
    systemd's folder of credentials. White space at its end is not of it. Raises SettingError where such a file cannot
    be read, or where both are given.
    """
    text, named = environment.get(variable) or "", (environment.get(variable + _FILE) or "") if secret else ""
    if text and named:
        raise SettingError("setting_twice", name=variable, other=variable + _FILE)
    if text:
        return Given(text, "environment")
    if named:
        return _of_file(variable + _FILE, Path(named))
    folder = environment.get(_CREDENTIALS)
    if secret and folder and (path := Path(folder) / variable).is_file():
        return _of_file(variable, path)
    return None


def _of_file(name: str, path: Path) -> Given:
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_SECRET).decode().rstrip()
            mode = path.stat().st_mode
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or "it is not text"
        raise SettingError("setting_file_unread", name=name, value=str(path), reason=why) from None
    if not text:
        raise SettingError("setting_file_unread", name=name, value=str(path), reason="it is empty")
    is_open = bool(mode & stat.S_IROTH) and not str(path.absolute()).startswith(_SHOWN_TO_US_ALONE)
    return Given(text, f"file {path}", is_open)


def unknown(
    environment: Iterable[str], known: Collection[str], secrets: Collection[str]
) -> list[tuple[str, str, bool]]:
    """Return variables that begin as ours do and are none: name, nearest of ours or "", whether it is a slip."""
    ours = {*known, *(f"{name}{_FILE}" for name in secrets)}
    found = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in ours:
            like, nearest = max((_likeness(name, one), one) for one in ours)
            found.append((name, nearest if like >= _LIKE else "", like >= _SLIP))
    return found


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.removeprefix(PREFIX), other.removeprefix(PREFIX)).ratio()
