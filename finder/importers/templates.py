"""The five sections of a directory and every column of each: what it is called, read as, and means.

`finder template`, the header check, the export and `finder/docs/columns.md` all come from these tables.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
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
    """One column. `required` cells must be filled; `examples` are the template's three rows.

    `read` is a reader of cells, or the name of a method of the import's Vocabulary. A `vital` cell that is no good
    refuses its row; any other is left out. What is not in the `template` is understood all the same.
    """

    name: str
    read: Reader | str
    meaning: str
    examples: tuple[str, str, str] = ("", "", "")
    required: bool = False
    synonyms: tuple[str, ...] = ()
    vital: bool = False


@dataclass(frozen=True)
class Section:
    """One table of a directory, kept in one file or one sheet.

    `columns` are those of the template; `also` are understood besides. `key` names the columns that tell one row from
    another. `instead` says which column can stand in for a required one; of `one_of` any one must be there.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    also: tuple[Column, ...] = ()
    instead: tuple[tuple[str, str], ...] = ()
    one_of: tuple[str, ...] = ()

    @property
    def understood(self) -> tuple[Column, ...]:
        """All columns that a file may have."""
        return self.columns + self.also

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    def missing(self, there: Collection[str], *, update_only: bool = False) -> list[str]:
        """Return the required columns that a header with the columns `there` lacks; for an update, those of the key."""
        instead = dict(self.instead)
        required = [name for name in self.required if name in self.key or not update_only]
        lacking = [name for name in required if name not in there and instead.get(name) not in there]
        return lacking + ([" or ".join(self.one_of)] if self.one_of and not set(self.one_of) & set(there) else [])


C = Column
_REMOVE = C(
    "remove", cells.removal, "yes or remove: take this row out of the directory. Leave it empty otherwise.", vital=True
)
_LISTED = (
    C("listed_from", cells.date, "First day it is shown, or empty.", vital=True),
    C("listed_until", cells.date, "Last day it is shown, or empty.", vital=True),
    C("verified_on", cells.past_date, "Day on which someone last checked this row with the place; none to come.", ("2026-11-02", "2026-10-30", ""), synonyms=("verified", "last verified", "checked on")),
)  # fmt: skip

LOCATIONS = Section("locations", "Places where patients are seen, one a row.", (
    C("location_id", cells.key, "Your own id of the place. Keep it the same in every file: letters, digits, dot, dash, underscore.", ("main", "north", "therapy-1"), True, ("ccn", "id", "place id", "facility id", "site id", "location")),
    C("name", cells.place_name, "Name of the place as patients know it.", ("Quillmoor Hospital", "Quillmoor North Clinic", "Quillmoor Therapy"), True, ("location name", "facility name", "place", "hospital name", "site name")),
    C("organization", cells.place_name, "Hospital or network that runs it.", ("Quillmoor Health", "Quillmoor Health", "Quillmoor Health"), synonyms=("organisation", "health system", "network", "org nm")),
    C("kind", cells.one_of(LocationKind, dict(_PLACE_KINDS), LocationKind.NOT_STATED), "Kind of place: " + ", ".join(kind.value for kind in LocationKind) + ".", ("hospital", "clinic", "therapy"), synonyms=("type", "hospital type", "facility type", "location type")),
    C("address", cells.address, "Street and number.", ("100 Example Street", "7 Sample Road", "9 Sample Road"), synonyms=("street", "address 1", "address line 1", "street address", "address1", "adr ln 1")),
    C("address_2", cells.address, "Suite, floor or building.", ("", "Suite 200", ""), synonyms=("address line 2", "suite", "address2", "adr ln 2")),
    C("city", cells.place_name, "Town.", ("Richmond", "Richmond", "Ashland"), synonyms=("town", "city/town", "cty")),
    C("state", cells.state, "State or territory: two letters or its name.", ("VA", "VA", "VA"), True, ("st",)),
    C("zip_code", cells.short, "ZIP code, five digits or ZIP+4. Lost leading zeros are put back where the state proves them.", ("23220", "23226-1234", "23005"), True, ("zip", "zipcode", "zip code", "postal code", "postcode")),
    C("phone", cells.phone, "Number that patients call.", ("(804) 555-0100", "804-555-0101", "8045550102"), synonyms=("telephone", "phone number", "telephone number", "tel")),
    C("relay_phone", cells.phone, "Number for people who are deaf or hard of hearing.", synonyms=("tty", "tdd")),
    C("website", cells.url, "Page of the place, beginning with https://.", ("https://example.org/main", "", ""), synonyms=("url", "web site", "web")),
    C("latitude", cells.degrees, "Decimal degrees north. Without a position the place is measured from its ZIP code, and says so.", ("37.5538", "", ""), synonyms=("lat",)),
    C("longitude", cells.degrees, "Decimal degrees east: minus in the Americas.", ("-77.4603", "", ""), synonyms=("lon", "lng", "long")),
    C("position_source", cells.label, "Where the position was taken from.", ("entrance, by hand", "", ""), synonyms=("coord source", "coordinate source")),
    C("hours", cells.hours, "Opening hours, as Mon-Fri 8:00-17:00; Sat closed. Other spellings are read where they are clear, else kept as words.", ("Mon-Fri 8:00-17:00", "", ""), synonyms=("opening hours",)),
    C("directions", cells.note, "What helps to find the way in.", ("Enter by the east door", "", "")),
    C("emergency_department", cells.stated, f"Has a hospital emergency department: {_YES_NO}. It is never guessed from the kind of place.", ("yes", "no", ""), synonyms=("emergency", "emergency services", "emergency room")),
    C("step_free", cells.stated, f"A way in without steps: {_YES_NO}.", ("yes", "yes", ""), synonyms=("wheelchair access", "step free")),
    C("lift", cells.stated, f"A lift where there are stairs: {_YES_NO}.", ("yes", "", ""), synonyms=("elevator",)),
    C("adjustable_exam_table", cells.stated, f"An exam table that can be lowered: {_YES_NO}."),
    C("accessible_parking", cells.stated, f"Parking for people who walk badly, or a drop-off: {_YES_NO}.", ("yes", "", "no")),
    C("interpreter", cells.stated, f"An interpreter can be had: {_YES_NO}.", ("yes", "", "")),
    C("phone_languages", "spoken_on_the_phone", "Languages in which someone answers the phone, separated by semicolons: codes or English names. Empty when nobody has said.", ("en; es", "", ""), synonyms=("languages on the phone", "phone language")),
    *_LISTED,
    _REMOVE,
), key=("location_id",))  # fmt: skip

PRACTITIONERS = Section("practitioners", "People who treat patients, one row for each person and place.", (
    C("person_id", cells.key, "Your own id of the person. Where it is empty, the NPI is used: one of the two is needed.", ("rowanberry", "rowanberry", "tansy"), synonyms=("practitioner id", "provider id", "doctor id", "ind pac id")),
    C("location_id", cells.key, "Id of the place, as in the locations.", ("main", "north", "therapy-1"), True, ("place id", "facility id", "site id")),
    C("npi", cells.npi, "National Provider Identifier, ten digits. It, or a person_id, is needed.", ("", "", "")),
    C("given_name", cells.person_name, "First name.", ("Idris", "Idris", "Marigold"), True, ("first name", "first", "frst nm", "provider first name")),
    C("middle_name", cells.person_name, "Middle name or initial.", synonyms=("middle", "mid nm", "provider middle name")),
    C("family_name", cells.person_name, "Last name.", ("Rowanberry", "Rowanberry", "Tansyfield"), True, ("last name", "surname", "lst nm", "provider last name")),
    C("suffix", cells.suffix, "Jr., III and the like.", synonyms=("suff",)),
    C("credentials", cells.label, "Degrees as on the door.", ("MD", "MD", "PT, DPT"), synonyms=("cred", "credential", "degree")),
    C("gender", cells.one_of(Gender, dict(_GENDERS), Gender.NOT_STATED), "woman, man, other, or empty.", ("man", "man", "woman"), synonyms=("gndr", "sex")),
    C("specialties", "specialty_codes", "NUCC codes or names, the leading one first, separated by semicolons.", ("207XX0005X; 207X00000X", "207XX0005X; 207X00000X", "2251X0800X"), True, ("specialty", "taxonomy", "primary specialty", "pri spec", "taxonomy code")),
    C("languages", "languages", "Languages the person speaks with patients, separated by semicolons: codes or English names.", ("en; es", "en; es", "en"), synonyms=("language",)),
    C("fellowship", cells.note, "Fellowship training.", ("Hip preservation, 2015", "Hip preservation, 2015", "")),
    C("board_certified", cells.stated, f"Board certified: {_YES_NO}.", ("yes", "yes", "")),
    C("profile_url", cells.url, "The person's page on your own site.", synonyms=("profile", "profile link")),
    C("phone", cells.phone, "Number for appointments with this person at this place.", ("804-555-0110", "", "804-555-0112"), synonyms=("scheduling phone", "phn numbr", "telephone", "telephone number")),
    C("days", cells.days, "Days at this place, as Mon, Wed-Fri, or in words.", ("Mon, Wed", "Fri", "Mon-Fri")),
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
    _REMOVE,
), key=("person_id", "location_id"), one_of=("person_id", "npi"), instead=(("given_name", "full_name"), ("family_name", "full_name")), also=(
    C("full_name", cells.full_name, "First and last name in one cell, where the list has them so.", synonyms=("provider name", "practitioner name", "physician name", "doctor name", "clinician name", "doctor", "physician", "clinician", "provider")),
))  # fmt: skip

CAPABILITIES = Section("capabilities", "What a person or a place says of its work, one condition, procedure or profile a row.", (
    C("person_id", cells.key, "Person, as in the practitioners. Empty: the place speaks for itself.", ("rowanberry", "tansy", ""), synonyms=("practitioner id", "provider id"), vital=True),
    C("location_id", cells.key, "Place. Empty: everywhere this person works.", ("", "", "main"), vital=True),
    C("condition_or_procedure", cells.name, "Id from the catalogue, or its name. Empty where a profile says it all.", ("labral-tear", "", "hip-fracture"), synonyms=("condition", "procedure", "treats"), vital=True),
    C("profile", cells.name, "One word for a whole kind of work, instead of a row for each condition and procedure. A row of its own wins over it.", ("", "therapy", ""), synonyms=("focus",), vital=True),
    C("level", cells.one_of(Capability, {"does not": Capability.DOES_NOT, "main": Capability.MAIN_FOCUS}), "main_focus, performs, treats, refers or does_not. A profile has its own.", ("main_focus", "", "performs"), vital=True),
    C("approved_by", cells.name, "Who in your house vouches for it.", ("Medical staff office", "Medical staff office", ""), synonyms=("approved",)),
    C("approved_on", cells.past_date, "When they did; no day to come.", ("2026-10-01", "2026-10-01", "")),
    _REMOVE,
), key=("person_id", "location_id", "condition_or_procedure", "profile"), one_of=("condition_or_procedure", "profile"))  # fmt: skip

SERVICES = Section("services", "What a place offers besides its people, one service a row.", (
    C("location_id", cells.key, "Id of the place, as in the locations.", ("main", "main", "north"), True),
    C("service", cells.one_of(ServiceKind, dict(_SERVICES)), "One of " + ", ".join(kind.value for kind in ServiceKind) + ".", ("emergency", "imaging", "walk_in_xray"), True),
    C("offered", cells.stated, f"The place offers it: {_YES_NO}.", ("yes", "yes", "no")),
    C("open_24_hours", cells.stated, f"Open day and night: {_YES_NO}.", ("yes", "", "")),
    C("detail", cells.name, "Which kind, in words.", ("", "X-ray and MRI", "")),
    C("hours", cells.hours, "When it is open, as Mon-Fri 7:00-19:00.", ("", "Mon-Fri 7:00-19:00", "")),
    C("phone", cells.phone, "Its own number."),
    C("verified_on", cells.past_date, "Day on which someone last checked; none to come.", ("2026-11-02", "", "")),
    _REMOVE,
), key=("location_id", "service"))  # fmt: skip

PLANS = Section("plans", "Insurance plans that an organization takes or does not, one a row.", (
    C("organization", cells.place_name, "Name as in the locations.", ("Quillmoor Health", "Quillmoor Health", "Quillmoor Health"), True),
    C("plan", cells.name, "Plan or payer in patients' words.", ("Medicare", "Medicaid", "Juniper Mutual"), True),
    C("accepts", cells.stated, f"It is taken: {_YES_NO}.", ("yes", "yes", "no")),
    C("as_of", cells.date, "Day on which this was so.", ("2026-09-15", "2026-09-15", "")),
    _REMOVE,
), key=("organization", "plan"))  # fmt: skip

# What a place is called in a list of people, where `name` and `phone` are the person's own.
_OF_THE_PLACE = (
    C("place_name", cells.place_name, "Name of the place as patients know it. Empty: the organization, else the address.", synonyms=("location name", "facility name", "practice name", "site name", "clinic", "clinic name", "hospital name", "hospital", "facility")),
    C("place_phone", cells.phone, "Number of the place.", synonyms=("location phone", "facility phone", "main phone")),
)  # fmt: skip
_SHARED = (
    "location_id",
    "name",
    "phone",
    "listed_from",
    "listed_until",
    "verified_on",
    "remove",
    "emergency_department",
)

ROSTER = Section("roster", "People with the address of the place on each row: one list for both.", (
    *(c for c in PRACTITIONERS.columns if c.name not in ("location_id", "remove")),
    *_OF_THE_PLACE,
    *(c for c in LOCATIONS.columns if c.name not in _SHARED),
), key=PRACTITIONERS.key, one_of=PRACTITIONERS.one_of, instead=PRACTITIONERS.instead, also=(
    *PRACTITIONERS.also,
    C("location_id", cells.key, "Your own id of the place. Without one the place is known by its name and address.", synonyms=("place id", "facility id", "site id")),
))  # fmt: skip

# Places first: the other sections refer to them.
SECTIONS = {section.name: section for section in (LOCATIONS, PRACTITIONERS, CAPABILITIES, SERVICES, PLANS)}
# What a file may look like: a section, or a roster, which fills two.
SHAPES = {**SECTIONS, "roster": ROSTER}
# Places before people before what is said of them, whichever file they come from.
FILLS = {
    "locations": ("locations",),
    "roster": ("locations", "practitioners"),
    "practitioners": ("practitioners",),
    "capabilities": ("capabilities",),
    "services": ("services",),
    "plans": ("plans",),
}


def template_csv(section: Section) -> str:
    """Return a section's template: the header and three example rows, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in section.columns)
    for row in range(3):
        writer.writerow(column.examples[row] for column in section.columns)
    return text.getvalue()
