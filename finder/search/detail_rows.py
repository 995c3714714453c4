"""From which columns of the database details are made; lists of row ids in, columns of values out."""

from __future__ import annotations

from sqlalchemy import and_, select

from finder.db.dialect import Among
from finder.db.directory import (
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.db.quick import Quick

_role, _person, _at, _whose = PractitionerRole, Practitioner, Location, Organization
_one, _said = HealthcareService, StatedCapability

# The columns of views stand in the order of their fields.
_PERSON = (
    _person.npi, _person.given_name, _person.middle_name, _person.family_name, _person.suffix, _person.credentials,
    _person.gender, _person.specialties, _person.languages, _person.fellowship, _person.board_certified,
    _person.profile_url,
)  # fmt: skip
# Beside the names of a person's columns: in a row of ROLES these follow the id, the dataset and the person's key.
PERSON_NAMES = tuple(column.key for column in _PERSON)
OF_PERSON = slice(1, 3 + len(PERSON_NAMES))
_ROLE = (
    _role.phone, _role.days, _role.accepting_new_patients, _role.referral_needed, _role.telehealth,
    _role.telehealth_states, _role.first_visit_with, _role.youngest_age, _role.oldest_age, _role.works_with,
    _role.booking_url, _role.verified_on,
)  # fmt: skip
_PLACE = (
    _at.kind, _at.address, _at.address_2, _at.city, _at.state, _at.zip_code, _at.phone, _at.relay_phone, _at.url,
    _at.latitude, _at.longitude, _at.position_kind, _at.hours, _at.directions, _at.step_free, _at.lift,
    _at.adjustable_exam_table, _at.accessible_parking, _at.interpreter, _at.phone_languages, _at.verified_on,
)  # fmt: skip
_AT_PLACE = and_(_at.dataset_id == _role.dataset_id, _at.key == _role.location_key)
_SERVED = and_(_one.dataset_id == _at.dataset_id, _one.location_key == _at.key)
_RUN_BY = and_(_whose.dataset_id == _at.dataset_id, _whose.key == _at.organization_key)
_BY_ROLE, _BY_PLACE = Among(_role.id.expression, "rows"), Among(_at.id.expression, "rows")

ROLES = Quick(
    select(_role.id, _role.dataset_id, _role.practitioner_key, *_PERSON, *_ROLE)
    .join(_person, and_(_person.dataset_id == _role.dataset_id, _person.key == _role.practitioner_key))
    .where(_BY_ROLE)
)
PLACES = Quick(select(_at.id, _at.dataset_id, _at.key, _at.name, *_PLACE).where(_BY_PLACE))
# For rows that the snapshot does not carry: those without a position, and all where it is an older one.
PLACES_OF_ROLES = Quick(select(_role.id, _at.id).join(_at, _AT_PLACE).where(_BY_ROLE))
ORGANIZATION_NAMES = Quick(select(_at.id, _whose.name).join(_whose, _RUN_BY).where(_BY_PLACE))
SERVICES = Quick(
    select(_at.id, _one.kind, _one.offered, _one.open_24_hours, _one.detail, _one.hours, _one.phone)
    .join(_one, _SERVED)
    .where(_BY_PLACE)
    .order_by(_one.section, _one.id)
)
_WORDS = (_said.target_kind, _said.target, _said.level, _said.approved_by, _said.approved_on)
# What someone says of one place comes after, and so before, what they say of all.
SAID_BY_ROLES = Quick(
    select(_role.id, *_WORDS)
    .join(_said, and_(_said.dataset_id == _role.dataset_id, _said.practitioner_key == _role.practitioner_key))
    .where(_BY_ROLE, _said.location_key.is_(None) | (_said.location_key == _role.location_key))
    .order_by(_said.location_key.is_not(None), _said.id)
)
SAID_BY_PLACES = Quick(
    select(_at.id, *_WORDS)
    .join(_said, and_(_said.dataset_id == _at.dataset_id, _said.location_key == _at.key))
    .where(_BY_PLACE, _said.practitioner_key.is_(None))
    .order_by(_said.id)
)
