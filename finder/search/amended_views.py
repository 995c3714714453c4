"""Lay what staff changed over the views that are shown, which come from the snapshot or the database as imported."""

from __future__ import annotations

from finder.search.amended import Amended
from finder.search.results import LocationView, PractitionerView, PublicNotice, RoleView


def place_as_seen(amended: Amended, view: LocationView) -> LocationView:
    """Return a place as patients see it."""
    own = {**amended.of(view.public_id), **amended.position(view.public_id, view.position_kind)}
    return view._replace(
        **own, verified_on=amended.verified_on(view.verified_on, view.source, view.public_id),
        notice=_notice(amended, view.public_id),
    )  # fmt: skip


def person_as_seen(amended: Amended, view: PractitionerView) -> PractitionerView:
    """Return a person as patients see them."""
    return view._replace(**amended.of(view.public_id), notice=_notice(amended, view.public_id))


def role_as_seen(amended: Amended, view: RoleView, person: PractitionerView) -> RoleView:
    """Return a person at a place as patients see them; a day on which the person was checked counts at all places."""
    days = view.verified_on, person.source, view.public_id, person.public_id
    return view._replace(
        **amended.of(view.public_id), verified_on=amended.verified_on(*days), notice=_notice(amended, view.public_id)
    )


def _notice(amended: Amended, public_id: str) -> PublicNotice | None:
    said = amended.notice(public_id)
    return PublicNotice(*said) if said else None
