"""Which of the large groups of payers a plan's name belongs to, so that patients find theirs by the word they know."""

from __future__ import annotations

import enum
import re
from functools import lru_cache


class PlanGroup(enum.Enum):
    """Kinds of payment, in the order in which they are shown."""

    MEDICARE = "medicare"
    MEDICAID = "medicaid"
    TRICARE = "tricare"
    VETERANS = "veterans"
    WORKERS = "workers"
    SELF_PAY = "self_pay"
    OTHER = "other"


# Names of state Medicaid and children's programs as `data/payers.csv` has them.
_STATE_PROGRAMS = (
    "medi-cal", "masshealth", "tenncare", "apple health", "oregon health plan", "ahcccs", "badgercare", "soonercare",
    "husky health", "mainecare", "green mountain care", "cardinal care", "peachcare", "hoosier healthwise",
    "healthy connections", "health first colorado", "mo healthnet", "kancare", "med-quest", "turquoise care",
    "nj familycare", "healthy louisiana", "denalicare", "mi salud",
)  # fmt: skip
# VA alone may be Virginia.
_PATTERNS = (
    (PlanGroup.WORKERS, re.compile(r"\bworkers?\b.{0,3}\s?(?:comp|cover|insurance)|\bwork(?:ers?)? injur|\bowcp\b")),
    (PlanGroup.SELF_PAY, re.compile(r"\bself.?pay|\bcash\b|\buninsured\b|\bout of pocket\b|\bno insurance\b")),
    (
        PlanGroup.VETERANS,
        re.compile(
            r"\bchampva\b|^va\b(?!.*\bmedicaid)|\bva (?:community care|health care|benefits|ccn)\b|\bveterans?\b"
        ),
    ),
    (PlanGroup.TRICARE, re.compile(r"\btricare\b")),
    (PlanGroup.MEDICAID, re.compile(r"\bmedicaid\b|\bchip\b|" + "|".join(map(re.escape, _STATE_PROGRAMS)))),
    (PlanGroup.MEDICARE, re.compile(r"\bmedicare\b|\bmedigap\b")),
)


@lru_cache(maxsize=4096)
def plan_group(plan: str) -> PlanGroup:
    """Return the group that a plan's name says it belongs to, OTHER for a plan of a name of its own."""
    spelt = plan.casefold()
    return next((group for group, pattern in _PATTERNS if pattern.search(spelt)), PlanGroup.OTHER)
