"""What the patient's own words do to a question: what is searched for, whether it was treated, what is urgent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.search.phrases import UNKNOWN, Notice, Understanding, understand
from finder.search.query import SearchQuery

if TYPE_CHECKING:
    from finder.search.index import Index


@dataclass(frozen=True)
class Heard:
    """A question with its words understood.

    `query` is what is searched for: the words' condition or procedure where nothing else names one. `notices` are
    those that are due, the most pressing first; `refused` where the words alone decide and are not about the hip.
    """

    query: SearchQuery
    understanding: Understanding | None = None
    notices: tuple[Notice, ...] = ()
    refused: bool = False

    @property
    def first_with_card(self) -> Notice | None:
        """The notice whose card goes before everything."""
        return next((one for one in self.notices if one.card), None)


def heard(index: Index, query: SearchQuery) -> Heard:
    """Return a question with its words understood; one without words stays as it is."""
    if not query.q:
        return Heard(query)
    found = understand(index.lexicon, query.q)
    stage = query.stage or ("treated" if found.treated else "")
    # "Already treated" answers only the cards that ask; stroke words or wishing to die stay, whatever was treated.
    due = tuple(one for one in found.notices if stage != "treated" or one.card is None or not one.asks_now_or_treated)
    query = replace(query, stage=stage)
    if not query.q_decides:
        return Heard(query, found, due)
    if found.kind == "not_hip":
        return Heard(query, found, due, refused=True)
    target = found.readings[0].target if found.kind == "clear" else UNKNOWN
    work = index.works.get(target) or index.works.get(UNKNOWN)
    if work is not None:
        query = replace(query, procedure=work.procedure, condition=None if work.procedure else work.id)
    return Heard(query, found, due)
