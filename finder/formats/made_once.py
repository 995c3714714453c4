"""What was made of the directory's listings of late: one is shown in many answers, and always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from finder.db.catalogue import Catalogue
from finder.search.kept import Kept

# So many pieces, of 1 to 2 kB: up to some 75 MB a worker where the directory is large.
_KEPT = 49_152


class Pieces:
    """What was made of the listings of one edition."""

    def __init__(self) -> None:
        self.kept = Kept[tuple[int, str, Callable[..., Any]], tuple[object, Any]](_KEPT)

    def once(self, view: object, form: str, make: Callable[..., Any], *more: Any) -> Any:
        """Return make(view, *more), made once while the view is the same object; whoever gets it must not change it.

        `form` names what else it depends on, such as the language or the day; `more` must follow from view and form.
        """
        key = id(view), form, make
        known = self.kept.get(key)
        # While the view is kept here no other object can have its id.
        if known is None or known[0] is not view:
            known = view, make(view, *more)
            self.kept.put(key, known)
        return known[1]


_made: WeakKeyDictionary[Catalogue, Pieces] = WeakKeyDictionary()


def pieces_of(catalogue: Catalogue) -> Pieces:
    """Return what was made under a catalogue, whose names are in it; it is forgotten with the catalogue."""
    made = _made.get(catalogue)
    if made is None:
        made = _made[catalogue] = Pieces()
    return made
