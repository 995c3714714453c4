"""What goes wrong with capabilities, services and plans, between sections, and with update-only files."""

from __future__ import annotations

from tests.importers.corpus.entry import (
    HEADER,
    HIP_SURGEON,
    MAIN,
    PEOPLE_HEADER,
    Entry,
    beside_places,
    one,
    said,
    table,
)
from tests.importers.corpus.workbook_parts import written

CAPABILITIES = "person_id location_id condition_or_procedure profile level"
UPDATE = {"update_only": True}

SAID = [
    Entry(
        "conditions-unknown",
        "conditions that the catalogue does not know, told with the nearest; names in two languages are known",
        said(
            "person_id condition_or_procedure level",
            ("ada", "labral-tear", "treats"),
            ("bea", "Labral Tear", "Main Focus"),
            ("ada", "labral-tears", "treats"),
            ("ada", "wizardry", "treats"),
            ("ada", "Total hip replacement", "performs"),
            ("ada", "", "treats"),
        ),
        about="capabilities",
        accepted=3,
        refused=3,
        problems={"treatment_unknown": [4, 5], "capability_of_what": [7]},
        everywhere=True,
        lands={
            "condition_or_procedure": ["labral-tear", "labral-tear", "total-hip-replacement"],
            "level": ["treats", "main_focus", "performs"],
        },
    ),
    Entry(
        "levels",
        "a level that there is not, and one that is missing",
        said(
            "person_id condition_or_procedure level",
            ("ada", "hip-fracture", "expert"),
            ("ada", "hip-fracture", ""),
            ("ada", "hip-fracture", "does not"),
        ),
        about="capabilities",
        accepted=1,
        refused=2,
        problems={"choice_unknown": [2], "level_missing": [3]},
        lands={"level": ["does_not"]},
    ),
    Entry(
        "profiles",
        "one word for a whole kind of work, with one unknown, neither, both, and a row of its own that wins",
        said(
            CAPABILITIES,
            ("ada", "", "", "hip preservation", ""),
            ("ada", "", "labral-tear", "", "performs"),
            ("bea", "", "", "Therapie", ""),
            ("bea", "", "hip-fracture", "therapy", "treats"),
            ("bea", "", "", "", ""),
            ("bea", "", "", "PT", "treats"),
            ("ada", "", "", "hip-preservation", ""),
        ),
        about="capabilities",
        accepted=2,
        refused=5,
        problems={"profile_unknown": [4], "capability_of_what": [5, 6], "level_with_profile": [7], "key_repeated": [8]},
        everywhere=True,
        lands={
            "person_id": ["ada", "ada"],
            "condition_or_procedure": ["labral-tear", ""],
            "profile": ["", "hip-preservation"],
        },
    ),
    Entry(
        "capabilities-of-nobody",
        "capabilities of persons and places that there are not, of a person elsewhere, and of nobody",
        said(
            CAPABILITIES,
            ("cyd", "", "hip-fracture", "", "treats"),
            ("ada", "moon", "hip-fracture", "", "treats"),
            ("ada", "north", "hip-fracture", "", "treats"),
            ("", "", "hip-fracture", "", "treats"),
            ("", "main", "hip-fracture", "", "treats"),
            ("ada", "main", "hip-fracture", "", "treats"),
        ),
        about="capabilities",
        accepted=2,
        refused=4,
        problems={
            "person_unknown": [2],
            "location_unknown": [3],
            "role_unknown": [4],
            "capability_without_listing": [5],
        },
        lands={"location_id": ["main", "main"]},
    ),
    Entry(
        "capability-twice",
        "a capability twice, and with another level",
        said(
            "person_id condition_or_procedure level",
            *[("ada", "perthes", "treats")] * 2,
            ("ada", "perthes", "performs"),
        ),
        about="capabilities",
        accepted=2,
        refused=1,
        problems={"row_repeated": [3], "key_repeated": [4]},
        lands={"level": ["treats"]},
    ),
    Entry(
        "services",
        "services that there are not, twice, and at a place that no row defines",
        beside_places(
            "location_id service offered hours",
            ("main", "imaging", "yes", "24/7"),
            ("main", "MRI", "yes", ""),
            ("main", "imaging", "yes", "24/7"),
            ("main", "Imaging", "no", ""),
            ("moon", "imaging", "yes", ""),
            ("north", "emergency room", "", "on call"),
        ),
        about="services",
        accepted=3,
        refused=3,
        everywhere=True,
        problems={
            "hours_mended": [2, 4],
            "choice_unknown": [3],
            "row_repeated": [4],
            "key_repeated": [5],
            "location_unknown": [6],
            "hours_in_words": [7],
        },
        lands={"service": ["imaging", "emergency"], "hours": ["Mon-Sun 0:00-24:00", "on call"]},
    ),
    Entry(
        "plans",
        "plans that are in no list of ours, and of an organization that no row names",
        beside_places(
            "organization plan accepts",
            ("Quillmoor", "Medicare", "yes"),
            ("quillmoor", "Medicar", "yes"),
            ("QUILLMOOR", "Juniper Mutual", "no"),
            ("Elsewhere", "Medicare", "yes"),
            ("Quillmoor", "Medicare", "yes"),
            ("Quillmoor", "Medicare", "no"),
            ("Quillmoor", "", "yes"),
        ),
        about="plans",
        accepted=4,
        refused=3,
        everywhere=True,
        problems={
            "plan_unknown": [3, 4],
            "capitals_mended": [4],
            "organization_unknown": [5],
            "row_repeated": [6],
            "key_repeated": [7],
            "required_empty": [8],
        },
        lands={"plan": ["Medicare", "Medicar", "Juniper Mutual"], "organization": ["Quillmoor"] * 3},
    ),
]

OVER = [
    Entry(
        "places-gone",
        "a list without a place that people work at: what hangs on it goes, and is counted",
        one(
            table(
                "location_id name state zip_code organization",
                ("main", "Quillmoor Hospital", "VA", "23220", "Quillmoor Health"),
            )
        ),
        over=True,
        accepted=1,
        problems={
            "practitioners.carried_over_lost": [0],
            # Of the therapist, whose only place is gone.
            "capabilities.carried_over_lost": [0],
            "services.carried_over_lost": [0],
        },
        lands={
            "practitioners.person_id": ["rowanberry"],
            "practitioners.location_id": ["main"],
            "capabilities.person_id": ["rowanberry", ""],
            "services.location_id": ["main", "main"],
            "plans.plan": ["Medicare", "Medicaid", "Juniper Mutual"],
        },
    ),
    Entry(
        "people-alone",
        "a list of people alone leaves the places",
        one(PEOPLE_HEADER + f"zoe,main,Zoe,Alder,{HIP_SURGEON}\n"),
        over=True,
        about="practitioners",
        accepted=1,
        problems={"capabilities.carried_over_lost": [0]},
        lands={"person_id": ["zoe"], "locations.location_id": ["main", "north", "therapy-1"]},
    ),
    Entry(
        "only-a-header-over-rows",
        "a header alone where the version in force has rows: that may be meant, and is asked about later",
        one("organization,plan,accepts\n"),
        over=True,
        about="plans",
        lands={"plan": []},
    ),
    Entry(
        "update",
        "rows that change, are added, are removed, and are to be removed but not there",
        one(
            table(
                "location_id name state zip_code phone remove",
                ("main", "Quillmoor General", "", "", "clear", ""),
                ("south", "South", "VA", "23005", "", "no"),
                ("north", "", "", "", "", "yes"),
                ("moon", "", "", "", "", "yes"),
                ("therapy-1", "", "Atlantis", "", "", ""),
            )
        ),
        over=True,
        wishes=UPDATE,
        accepted=4,
        refused=1,
        everywhere=True,
        problems={
            "remove_unknown": [5],
            "state_unknown": [6],
            # Of whom the north was one place of two, and so all that is said of them stays.
            "practitioners.carried_over_lost": [0],
            "services.carried_over_lost": [0],
        },
        lands={
            "practitioners.location_id": ["main", "therapy-1"],
            "capabilities.person_id": ["rowanberry", "", "tansy"],
            "location_id": ["main", "therapy-1", "south"],
            "name": ["Quillmoor General", "Quillmoor Therapy", "South"],
            "phone": ["", "804-555-0102", ""],
        },
    ),
    Entry(
        "update-damaged",
        "an update with one place twice and with a row that is too long: what was there stays",
        one("location_id,name,state,zip_code\nmain,Quillmoor General,,\nmain,Again,,\nnorth,Quillmoor, North,,VA\n"),
        over=True,
        wishes=UPDATE,
        accepted=1,
        refused=2,
        problems={"key_repeated": [3], "row_too_long": [4]},
        lands={
            "location_id": ["main", "north", "therapy-1"],
            "name": ["Quillmoor General", "Quillmoor North Clinic", "Quillmoor Therapy"],
        },
    ),
    Entry(
        "update-with-a-quote",
        "an update in which a quote swallows rows: what was there stays",
        one('location_id,name,state,zip_code\nmain,Quillmoor General,,\n"therapy-1,T,VA,23005\nb,B,VA,23005\nc,C"\n'),
        over=True,
        wishes=UPDATE,
        accepted=1,
        refused=1,
        problems={"quote_misplaced": [3]},
        lands={
            "location_id": ["main", "north", "therapy-1"],
            "name": ["Quillmoor General", "Quillmoor North Clinic", "Quillmoor Therapy"],
        },
    ),
    Entry(
        "update-refused",
        "an update whose rows are all no good",
        one("location_id,name,state,zip_code\nmain,,Atlantis,\n"),
        wishes=UPDATE,
        refusal="import_without_rows",
        told={"problem": "state_unknown", "row": 2},
    ),
    Entry(
        "update-of-nothing",
        "an update for a source of which nothing is in force",
        one(HEADER + MAIN),
        wishes=UPDATE,
        source="another",
        refusal="update_needs_active",
    ),
    Entry(
        "update-by-roster",
        "an update that is a list of people with addresses",
        one("full_name,specialty,state,zip,facility_name,npi\nAda Fern,207XX0005X,VA,23220,Main,\n"),
        wishes=UPDATE,
        refusal="update_of_roster",
    ),
    Entry(
        "update-by-roster-sheet",
        "such a list on a sheet that says what it is",
        {
            "list.xlsx": written(
                roster=[["npi", "full_name", "address", "city"], ["1234567893", "Ada Fern", "1 Main St", ""]]
            )
        },
        wishes=UPDATE,
        refusal="update_of_roster",
    ),
    Entry(
        "update-too-large",
        "an update with more rows than can be held",
        one(
            lambda path: path.write_text(
                "location_id,name,state,zip_code\n" + "".join(f"p{n},Clinic,VA,23220\n" for n in range(100_001))
            )
        ),
        wishes=UPDATE,
        refusal="update_too_large",
        giant=True,
    ),
]

ENTRIES = [*SAID, *OVER]
