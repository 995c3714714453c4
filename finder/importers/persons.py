"""What two rows say of one person: the same in other letters, something else that counts once, or somebody else."""

from __future__ import annotations

import re
from typing import Any

# Rows that differ in one of these may be about two people, or decide what they are found for.
MUST_AGREE = frozenset(("npi", "given_name", "family_name", "specialties"))


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values of a fact say the same: MD and M.D. do."""
    return one == other or (isinstance(one, str) and isinstance(other, str) and _bare(one) == _bare(other))


def _bare(text: str) -> str:
    return re.sub(r"[\s.,]+", "", text).casefold()
