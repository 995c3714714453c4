"""The codes of what staff do at the desk: accounts, checks, publication, amendments, quality, clinical text."""

from __future__ import annotations

from finder.errors.codes import Code

DESK_CODES: dict[str, Code] = {
    # accounts
    "staff_missing": Code("directory", ("value", "known"), "no account has this name"),
    "staff_repeated": Code("directory", ("name",), "an account of this name is there already"),
    "staff_name_malformed": Code("directory", ("value",), "a name that an account cannot have"),
    "staff_last_administrator": Code("directory", ("name",), "nobody could manage accounts any longer"),
    "password_weak": Code("directory", ("least",), "a password that is short, or is the name"),
    "sign_in_refused": Code("directory", (), "the name or the password is wrong"),
    "sign_in_wait": Code("directory", ("seconds",), "too many sign-ins failed; the next may be tried later"),
    "deed_refused": Code("directory", ("role", "roles"), "an account whose role may not do this"),
    "form_expired": Code("directory", (), "a form of the desk without a token that is still good"),
    # checks
    "database_lost": Code(
        "directory", ("database",), "the file of the database is not there, though a finder has served from this home"
    ),
    "check_catalogue": Code("directory", ("name",), "a row of the catalogue is not what was written"),
    "check_damaged": Code("directory", ("first",), "the database's file is damaged"),
    "check_missing": Code("directory", ("value",), "no check has this number"),
    "check_without_file": Code("directory", (), "files were to be sent, and none came"),
    "check_without_source": Code("directory", (), "files came without saying whose they are"),
    "check_request_large": Code("directory", ("limit_mb",), "more was sent at once than is taken"),
    "check_at_work": Code("directory", (), "a check that a process is at work on"),
    "check_published": Code("directory", ("source", "version"), "a check whose version was in force"),
    "check_file_gone": Code("directory", (), "the files of a check are not kept any more"),
    "check_stopped": Code("directory", (), "the process of a check was asked to end"),
    "check_failed": Code("directory", (), "a check met a fault of ours"),
    # publication
    "golden_failed": Code(
        "directory", ("source", "version", "failed"), "golden searches fail on the edition that a version would make"
    ),
    "golden_malformed": Code("directory", ("name", "value", "expected"), "a golden search that cannot be kept"),
    "golden_repeated": Code("directory", ("value",), "a golden search that is there already"),
    "golden_missing": Code("directory", ("value",), "no golden search of staff has this number"),
    "changes_outdated": Code(
        "directory", ("source", "version", "active"), "another version came into force since changes were looked at"
    ),
    "undo_outdated": Code(
        "directory", ("source", "version", "active"), "the version that is to be undone is not the one in force"
    ),
    "attestation_malformed": Code(
        "directory", ("value", "expected"), "a day or a name that nobody can have checked by"
    ),
    "rehearsal_long": Code(
        "directory", ("source", "version"), "golden searches of a directory too large to try on a page"
    ),
    "order_missing": Code("directory", ("value",), "no publication has this number"),
    "order_done": Code("directory", ("value",), "a publication that has ended already"),
    "reason_malformed": Code("directory", ("longest",), "a reason that cannot be kept"),
    # amendments
    "amendment_field_unknown": Code(
        "directory", ("field", "known"), "a listing has no such field that staff can change"
    ),
    "amendment_refused": Code("directory", ("columns",), "values that a file could not have either"),
    "amendment_outdated": Code(
        "directory", ("field", "value", "name"), "somebody changed it while another was about to"
    ),
    "amendment_nothing": Code("directory", ("public_id",), "what was written is there already"),
    "amendment_end_past": Code("directory", ("until",), "a change would have ended before it began"),
    "amendment_day_malformed": Code("directory", ("value",), "a last day that is no date"),
    "amendment_missing": Code("directory", ("public_id", "field"), "no change of staff holds there"),
    "notice_without_english": Code("directory", (), "a notice in Spanish alone"),
    "amendment_choice_unknown": Code("directory", ("value", "choices"), "none of the choices between staff and file"),
    "amendment_half_pin": Code("directory", ("public_id",), "the two halves of a pin would come from two sources"),
    "amendment_choice_late": Code(
        "directory", ("source", "version"), "the version is in force, so that nothing is to be chosen"
    ),
    "pin_unread": Code("directory", ("value",), "no coordinates or map link that we can read"),
    "pin_short_link": Code("directory", (), "a shortened map link, which says nothing unless it is fetched"),
    "pin_outside": Code("directory", ("latitude", "longitude"), "a pin outside the states and territories"),
    # positions and reference
    "geocoder_unsafe": Code("directory", ("value",), "a geocoder that is to be asked without https"),
    "geocoder_refuses": Code(
        "directory", ("value", "status"), "a geocoder that wants no more questions, or is elsewhere"
    ),
    "geocoder_away": Code(
        "directory", ("value", "found", "tries"), "a geocoder that gave no usable answer, again and again"
    ),
    "geocode_missing": Code("directory", ("public_id",), "a place whose position was not looked up"),
    "reference_unreadable": Code("directory", ("name", "part"), "a file that is no table of reference, or not whole"),
    "reference_few": Code(
        "directory", ("name", "rows", "least"), "a table with far fewer rows than there are ZIP codes"
    ),
    "reference_wrong": Code("directory", ("name", "rows", "examples"), "a table with rows that cannot be"),
    "reference_old": Code(
        "directory", ("name", "day", "other"), "a table that is not newer than the one in force, or of a day to come"
    ),
    "reference_gone": Code("directory", ("name", "gone", "rows"), "a table in which many ZIP codes would be gone"),
    "reference_shipped": Code("directory", (), "nothing was taken that could be given back"),
    "reference_moved": Code("directory", (), "another table came into force since this one was compared"),
    # quality
    "list_unknown": Code("directory", ("value", "known"), "no work list has this name"),
    "finding_unknown": Code("directory", ("value", "name"), "what is not, or no longer, on a work list"),
    "finding_changed": Code("directory", ("value",), "the facts of a finding changed while somebody looked at it"),
    "finding_answered": Code("directory", ("name",), "a list whose entries are answered, not set aside"),
    "reason_missing": Code("directory", (), "a reason, or what was done, is not said"),
    "listing_unlisted": Code("directory", ("value",), "no listing in force has this public id"),
    "link_missing": Code("directory", (), "a confirmation link that there is not"),
    "link_over": Code("directory", (), "a confirmation link that was used, expired, or was taken back"),
    "link_days_wrong": Code("directory", ("least", "most"), "a confirmation link is good for too few or too many days"),
    "confirmation_missing": Code("directory", ("value",), "no confirmation with this number waits"),
    "confirmation_empty": Code("directory", (), "a practice said neither that all is right nor what is wrong"),
    "place_itself": Code("directory", ("value",), "a place was said to be one with itself"),
    "place_is_same": Code("directory", ("value", "name"), "a place is one with another already"),
    "place_not_same": Code("directory", ("value",), "a place was not joined with any other"),
    "place_no_place": Code("directory", ("value",), "a public id that is of no place"),
    # removals
    "removal_npi_malformed": Code("directory", ("value",), "no NPI by which somebody could be left out"),
    "removal_repeated": Code("directory", ("value",), "somebody is left out already"),
    "removal_missing": Code("directory", ("value",), "nobody with this NPI asked to be left out"),
    # clinical
    "catalogue_row_moved": Code("directory", ("kind", "key"), "a catalogue row is another one by now than was seen"),
    "catalogue_row_faulty": Code("directory", ("key", "faults"), "a catalogue row says what cannot be"),
    "catalogue_row_same": Code("directory", ("key",), "a catalogue row was sent without any change"),
    "catalogue_json_malformed": Code("directory", ("found",), "fields of a catalogue row that are not JSON"),
    "sign_off_missing": Code("directory", ("reviewer", "kind", "key"), "nothing signed that could be taken back"),
    "sign_off_expiry": Code("directory", ("value", "last"), "a signature that would end in the past, or too late"),
    "sign_off_unread": Code("directory", (), "a reviewer who did not say that they read what they sign"),
    "coverage_area_unknown": Code("directory", ("value",), "no state, or an organization that says no area"),
    "coverage_empty": Code("directory", ("value",), "an area without a ZIP code where people live"),
    "coverage_too_large": Code("directory", ("source", "version"), "a version too large to be built for a page"),
    "edition_unknown": Code("directory", ("value", "known"), "an edition that is not kept"),
    # phone, sites, log
    "note_missing": Code("directory", ("public_id",), "nothing is noted of this listing"),
    "note_too_long": Code("directory", ("name", "longest"), "a note is longer than it may be"),
    "note_phone_malformed": Code("directory", ("value",), "a scheduling phone that cannot be read as a number"),
    "notes_columns": Code("directory", ("columns",), "a file of notes without the columns of one"),
    "notes_refused": Code("directory", ("rows",), "a file of notes with rows that cannot be taken"),
    "log_head_malformed": Code("directory", ("value",), "no number and hash as `finder log head` prints them"),
    "log_broken": Code("directory", ("row",), "an entry of the log is not as it was written"),
    "log_cut": Code("directory", ("row",), "an entry of the log that was kept elsewhere is not there any more"),
    "log_unguarded": Code("directory", (), "nothing keeps the log from being changed"),
    "check_migrations": Code("directory", ("found", "expected"), "the tables are not those of this version"),
    "check_references": Code("directory", ("rows", "name", "other"), "rows that refer to rows which are not there"),
    "check_edition": Code("directory", ("version",), "the edition in force has no snapshot that this version reads"),
    "check_snapshot": Code("directory", ("version",), "the snapshot of the edition in force is damaged"),
    "check_counts": Code(
        "directory",
        ("source", "version", "section", "rows", "listed"),
        "an active version has other rows than were accepted",
    ),
    "check_alias": Code("directory", ("public_id",), "an old public id leads to nothing that is listed"),
    "site_not_confirmed": Code("directory", ("name",), "a web site is to be removed, and its name was not typed"),
    "look_expired": Code("directory", (), "the address of a preview that we did not make"),
    "staff_oneself": Code("directory", ("name",), "administrators would shut themselves out"),
    "engine_needs_postgresql": Code("setting", ("name",), "PostGIS is to search a directory that is in SQLite"),
    "engine_needs_postgis": Code("setting", ("name", "database"), "PostGIS is to search, and the database has none"),
    "passwords_differ": Code("directory", (), "a password was not typed twice alike"),
    # settings
    "setting_unknown": Code("setting", ("name", "suggestion"), "a variable that is none of ours, and nearly one"),
    "setting_twice": Code("setting", ("name", "other"), "a setting that is given twice"),
    "setting_needs": Code("setting", ("name", "other"), "a setting that needs another one"),
    "setting_file_unread": Code("setting", ("name", "value", "reason"), "a secret's file that cannot be read"),
    "home_unwritable": Code("setting", ("value", "reason"), "a home that cannot be made or written to"),
    "database_kind": Code("setting", ("name", "value"), "a database of a kind that is not known"),
    "database_login": Code("setting", ("name", "user", "database"), "a database that does not let this user in"),
    "database_absent": Code("setting", ("name", "database"), "a server without a database of this name"),
    "database_driver": Code("setting", ("name",), "what talks with PostgreSQL is not installed"),
}
