"""What was made of the directory's listings of late: one is shown in many answers, and always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from finder.db.catalogue import Catalogue

# Some eight thousand listings in two languages and two faces: about 50 MB a worker where there are so many.
_KEPT = 32_768
_Made = dict[tuple[int, str, Callable[..., Any]], tuple[object, Any]]
_made: WeakKeyDictionary[Catalogue, _Made] = WeakKeyDictionary()


def once(catalogue: Catalogue, view: object, form: str, make: Callable[..., Any], *more: Any) -> Any:
    """Return make(view, *more), made once while the view is the same object; whoever gets it must not change it.

    `form` names what else it depends on, such as the language or the day; `more` must follow from view and form. What
    was made is forgotten with the catalogue, whose names are in it.
    """
    made = _made.get(catalogue)
    if made is None or len(made) >= _KEPT:
        # Another thread may be reading the old one.
        made = _made[catalogue] = {}
    key = id(view), form, make
    known = made.get(key)
    # While the view is kept here no other object can have its id.
    if known is None or known[0] is not view:
        known = made[key] = view, make(view, *more)
    return known[1]
