"""People who asked not to be listed, left out while the snapshot is built and when details are read.

The snapshot carries who they are, so that what a version brought before they asked, and what one brings since, is left
out alike, from whichever source it comes and however old it is that is put back in force. Dataset rows stay.
"""

from __future__ import annotations

from collections.abc import Iterable


class Removed:
    """Tells of public ids whether they are of somebody who asked not to be listed. Made of NPIs."""

    def __init__(self, npis: Iterable[str] = ()) -> None:
        self.npis = frozenset(npis)
        self.is_empty = not self.npis

    def has(self, public_id: str) -> bool:
        """Return whether a public id is of such a person, or of them at a place."""
        if self.is_empty:
            return False
        person = public_id.removeprefix("role:").partition("@")[0]
        return person.startswith("npi:") and person[4:] in self.npis


NOBODY = Removed()
