"""The five sections of a directory and every column of each: what it is called, read as, and means.

`finder template`, the header check, the export and `finder/docs/columns.md` all come from these tables.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from finder.db.base import Capability
from finder.db.directory import Gender, LocationKind, ServiceKind
from finder.importers import cells
from finder.importers.cells import Reader

_PLACE_KINDS = {
    "acute care hospitals": LocationKind.HOSPITAL,
    "acute care": LocationKind.HOSPITAL,
    "critical access hospitals": LocationKind.CRITICAL_ACCESS,
    "rural emergency hospital": LocationKind.RURAL_EMERGENCY,
    "children": LocationKind.CHILDRENS,
    "childrens hospital": LocationKind.CHILDRENS,
    "children's hospital": LocationKind.CHILDRENS,
    "long-term": LocationKind.LONG_TERM,
    "psychiatric hospital": LocationKind.PSYCHIATRIC,
    "acute care - veterans administration": LocationKind.VETERANS,
    "acute care - department of defense": LocationKind.MILITARY,
    "physical therapy": LocationKind.THERAPY,
}
_GENDERS = {
    "female": Gender.WOMAN,
    "f": Gender.WOMAN,
    "male": Gender.MAN,
    "m": Gender.MAN,
    "u": Gender.NOT_STATED,
}
_SERVICES = {
    "emergency department": ServiceKind.EMERGENCY_DEPARTMENT,
    "emergency room": ServiceKind.EMERGENCY_DEPARTMENT,
    "walk-in with x-ray": ServiceKind.WALK_IN_XRAY,
    "infant hip ultrasound": ServiceKind.INFANT_HIP_ULTRASOUND,
    "physical therapy": ServiceKind.THERAPY,
}
_YES_NO = "yes, no, or empty when nobody has said"


@dataclass(frozen=True)
class Column:
    """One column. `required` cells must be filled; `examples` are the template's three rows."""

    name: str
    read: Reader
    meaning: str
    examples: tuple[str, str, str] = ("", "", "")
    required: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One table of a directory, kept in one file or one sheet."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)


C = Column
_LISTED = (
    C("listed_from", cells.date, "First day it is shown, or empty."),
    C("listed_until", cells.date, "Last day it is shown, or empty."),
    C("verified_on", cells.date, "Day on which someone last checked this row with the place.", ("2026-11-02", "2026-10-30", ""), synonyms=("verified", "last verified", "checked on")),
)  # fmt: skip

LOCATIONS = Section("locations", "Places where patients are seen, one a row.", (
    C("location_id", cells.key, "Your own id of the place. Keep it the same in every file: letters, digits, dot, dash, underscore.", ("main", "north", "therapy-1"), True, ("ccn", "id", "place id", "facility id", "site id", "location")),
    C("name", cells.name, "Name of the place as patients know it.", ("Quillmoor Hospital", "Quillmoor North Clinic", "Quillmoor Therapy"), True, ("location name", "facility name", "place", "hospital name", "site name")),
    C("organization", cells.name, "Hospital or network that runs it.", ("Quillmoor Health", "Quillmoor Health", "Quillmoor Health"), synonyms=("organisation", "health system", "network")),
    C("kind", cells.one_of(LocationKind, dict(_PLACE_KINDS), LocationKind.NOT_STATED), "Kind of place: " + ", ".join(kind.value for kind in LocationKind) + ".", ("hospital", "clinic", "therapy"), synonyms=("type", "hospital type", "facility type", "location type")),
    C("address", cells.name, "Street and number.", ("100 Example Street", "7 Sample Road", "9 Sample Road"), synonyms=("street", "address 1", "address line 1", "street address", "address1")),
    C("address_2", cells.name, "Suite, floor or building.", ("", "Suite 200", ""), synonyms=("address line 2", "suite", "address2")),
    C("city", cells.name, "Town.", ("Richmond", "Richmond", "Ashland"), synonyms=("town", "city/town")),
    C("state", cells.state, "State or territory: two letters or its name.", ("VA", "VA", "VA"), True, ("st",)),
    C("zip_code", str, "ZIP code, five digits or ZIP+4. Lost leading zeros are put back where the state proves them.", ("23220", "23226-1234", "23005"), True, ("zip", "zipcode", "zip code", "postal code", "postcode")),
    C("phone", cells.phone, "Number that patients call.", ("(804) 555-0100", "804-555-0101", "8045550102"), synonyms=("telephone", "phone number", "tel")),
    C("relay_phone", cells.phone, "Number for people who are deaf or hard of hearing.", synonyms=("tty", "tdd")),
    C("website", cells.url, "Page of the place, beginning with https://.", ("https://example.org/main", "", ""), synonyms=("url", "web site", "web")),
    C("latitude", cells.degrees, "Decimal degrees north. Without a position the place is measured from its ZIP code, and says so.", ("37.5538", "", ""), synonyms=("lat",)),
    C("longitude", cells.degrees, "Decimal degrees east: minus in the Americas.", ("-77.4603", "", ""), synonyms=("lon", "lng", "long")),
    C("position_source", cells.label, "Where the position was taken from.", ("entrance, by hand", "", ""), synonyms=("coord source", "coordinate source")),
    C("hours", cells.note, "Opening hours in words.", ("Mon-Fri 8:00-17:00", "", ""), synonyms=("opening hours",)),
    C("directions", cells.note, "What helps to find the way in.", ("Enter by the east door", "", "")),
    C("emergency_department", cells.stated, f"Has a hospital emergency department: {_YES_NO}. It is never guessed from the kind of place.", ("yes", "no", ""), synonyms=("emergency", "emergency services", "emergency room")),
    C("step_free", cells.stated, f"A way in without steps: {_YES_NO}.", ("yes", "yes", ""), synonyms=("wheelchair access", "step free")),
    C("lift", cells.stated, f"A lift where there are stairs: {_YES_NO}.", ("yes", "", ""), synonyms=("elevator",)),
    C("adjustable_exam_table", cells.stated, f"An exam table that can be lowered: {_YES_NO}."),
    C("accessible_parking", cells.stated, f"Parking for people who walk badly, or a drop-off: {_YES_NO}.", ("yes", "", "no")),
    C("interpreter", cells.stated, f"An interpreter can be had: {_YES_NO}.", ("yes", "", "")),
    *_LISTED,
))  # fmt: skip

PRACTITIONERS = Section("practitioners", "People who treat patients, one row for each person and place.", (
    C("person_id", cells.key, "Your own id of the person. Where it is empty, the NPI is used.", ("rowanberry", "rowanberry", "tansy"), synonyms=("practitioner id", "provider id", "doctor id")),
    C("location_id", cells.key, "Id of the place, as in the locations.", ("main", "north", "therapy-1"), True, ("place id", "facility id", "site id")),
    C("npi", cells.npi, "National Provider Identifier, ten digits.", ("", "", "")),
    C("given_name", cells.name, "First name.", ("Idris", "Idris", "Marigold"), True, ("first name", "first", "frst nm", "provider first name")),
    C("middle_name", cells.name, "Middle name or initial.", synonyms=("middle", "mid nm", "provider middle name")),
    C("family_name", cells.name, "Last name.", ("Rowanberry", "Rowanberry", "Tansyfield"), True, ("last name", "surname", "lst nm", "provider last name")),
    C("suffix", cells.short, "Jr., III and the like.", synonyms=("suff",)),
    C("credentials", cells.label, "Degrees as on the door.", ("MD", "MD", "PT, DPT"), synonyms=("cred", "credential", "degree")),
    C("gender", cells.one_of(Gender, dict(_GENDERS), Gender.NOT_STATED), "woman, man, other, or empty.", ("man", "man", "woman"), synonyms=("gndr", "sex")),
    C("specialties", cells.several, "NUCC codes or names, the leading one first, separated by semicolons.", ("207XX0005X; 207X00000X", "207XX0005X; 207X00000X", "2251X0800X"), True, ("specialty", "taxonomy", "primary specialty", "pri spec", "taxonomy code")),
    C("languages", cells.several, "Languages the person speaks with patients, separated by semicolons: codes or English names.", ("en; es", "en; es", "en"), synonyms=("language",)),
    C("fellowship", cells.note, "Fellowship training.", ("Hip preservation, 2015", "Hip preservation, 2015", "")),
    C("board_certified", cells.stated, f"Board certified: {_YES_NO}.", ("yes", "yes", "")),
    C("profile_url", cells.url, "The person's page on your own site.", synonyms=("profile", "profile link")),
    C("phone", cells.phone, "Number for appointments with this person at this place.", ("804-555-0110", "", "804-555-0112"), synonyms=("scheduling phone", "phn numbr", "telephone")),
    C("days", cells.note, "Days at this place, in words.", ("Mon, Wed", "Fri", "Mon-Fri")),
    C("accepting_new_patients", cells.stated, f"Taking new patients at this place: {_YES_NO}.", ("yes", "no", ""), synonyms=("new patients", "accepting")),
    C("referral_needed", cells.stated, f"A referral is needed: {_YES_NO}.", ("yes", "yes", "no"), synonyms=("referral",)),
    C("telehealth", cells.stated, f"Visits by video: {_YES_NO}.", ("yes", "", "no"), synonyms=("video visits",)),
    C("telehealth_states", cells.states, "States whose patients may have a visit by video, separated by semicolons.", ("VA; NC", "", "")),
    C("first_visit_with", cells.name, "Who sees a patient first, where it is someone else.", ("", "a physician assistant", "")),
    C("youngest_age", cells.age, "Youngest patients seen, in years.", ("14", "14", ""), synonyms=("age from", "min age", "minimum age")),
    C("oldest_age", cells.age, "Oldest patients seen, in years.", synonyms=("age to", "max age", "maximum age")),
    C("works_with", cells.name, "For a physician assistant or nurse practitioner: the doctor they work with.", ("", "", "")),
    C("booking_url", cells.url, "Page to book with this person.", ("https://example.org/book/rowanberry", "", ""), synonyms=("booking", "booking link")),
    *_LISTED,
))  # fmt: skip

CAPABILITIES = Section("capabilities", "What a person or a place says of its work, one condition or procedure a row.", (
    C("person_id", cells.key, "Person, as in the practitioners. Empty: the place speaks for itself.", ("rowanberry", "tansy", "")),
    C("location_id", cells.key, "Place. Empty: everywhere this person works.", ("", "", "main")),
    C("condition_or_procedure", cells.name, "Id from the catalogue.", ("labral-tear", "physical-therapy", "hip-fracture"), True, ("condition", "procedure", "treats")),
    C("level", cells.one_of(Capability, {"does not": Capability.DOES_NOT, "main": Capability.MAIN_FOCUS}), "main_focus, performs, treats, refers or does_not.", ("main_focus", "performs", "treats"), True),
    C("approved_by", cells.name, "Who in your house vouches for it.", ("Medical staff office", "Medical staff office", ""), synonyms=("approved",)),
    C("approved_on", cells.date, "When they did.", ("2026-10-01", "2026-10-01", "")),
))  # fmt: skip

SERVICES = Section("services", "What a place offers besides its people, one service a row.", (
    C("location_id", cells.key, "Id of the place, as in the locations.", ("main", "main", "north"), True),
    C("service", cells.one_of(ServiceKind, dict(_SERVICES)), "One of " + ", ".join(kind.value for kind in ServiceKind) + ".", ("emergency", "imaging", "walk_in_xray"), True),
    C("offered", cells.stated, f"The place offers it: {_YES_NO}.", ("yes", "yes", "no")),
    C("open_24_hours", cells.stated, f"Open day and night: {_YES_NO}.", ("yes", "", "")),
    C("detail", cells.name, "Which kind, in words.", ("", "X-ray and MRI", "")),
    C("hours", cells.note, "When it is open, in words.", ("", "Mon-Fri 7:00-19:00", "")),
    C("phone", cells.phone, "Its own number."),
    C("verified_on", cells.date, "Day on which someone last checked.", ("2026-11-02", "", "")),
))  # fmt: skip

PLANS = Section("plans", "Insurance plans that an organization takes or does not, one a row.", (
    C("organization", cells.name, "Name as in the locations.", ("Quillmoor Health", "Quillmoor Health", "Quillmoor Health"), True),
    C("plan", cells.name, "Plan or payer in patients' words.", ("Medicare", "Medicaid", "Juniper Mutual"), True),
    C("accepts", cells.stated, f"It is taken: {_YES_NO}.", ("yes", "yes", "no")),
    C("as_of", cells.date, "Day on which this was so.", ("2026-09-15", "2026-09-15", "")),
))  # fmt: skip

# Places first: the other sections refer to them.
SECTIONS = {section.name: section for section in (LOCATIONS, PRACTITIONERS, CAPABILITIES, SERVICES, PLANS)}


def template_csv(section: Section) -> str:
    """Return a section's template: the header and three example rows, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in section.columns)
    for row in range(3):
        writer.writerow(column.examples[row] for column in section.columns)
    return text.getvalue()
