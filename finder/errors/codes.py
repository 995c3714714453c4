"""The codes of all but the desk: what kind of answer each is, its parameters, and when it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["question", "missing", "outage", "file", "row", "mend", "note", "directory", "setting"]


@dataclass(frozen=True)
class Code:
    """One code: what kind of answer it is, the parameters of its sentence, and when it is given."""

    kind: Kind
    params: tuple[str, ...]
    when: str


CODES: dict[str, Code] = {
    # questions
    "zip_missing": Code("question", (), "no ZIP code was given"),
    "zip_malformed": Code("question", ("value", "digits"), "the ZIP code does not have five digits"),
    "zip_not_digits": Code("question", ("value", "nearest"), "the ZIP code has letters"),
    "zip_other_digits": Code("question", ("value", "nearest"), "the ZIP code has digits of another script"),
    "zip_canadian": Code("question", ("value",), "a postal code of Canada"),
    "zip_british": Code("question", ("value",), "a postcode of the United Kingdom"),
    "zip_zero_lost": Code("question", ("value", "suggestion"), "digits that are a known ZIP once zeros lead"),
    "zip_unknown": Code(
        "question", ("value",), "no ZIP code begins like this, or it is 00000 or 99999 (HTTP 404 in a path)"
    ),
    "zip_prefix_wide": Code(
        "question", ("value", "prefix"), "an unknown ZIP, and those with the same three digits lie far apart"
    ),
    "zip_military": Code("question", ("value",), "a military mail ZIP (APO, FPO, DPO): it has no place on the map"),
    "town_unknown": Code("question", ("value", "nearest"), "no town is called this"),
    "town_ambiguous": Code(
        "question", ("value", "choices"), "more than one town is called this; `choices` can be asked"
    ),
    "words_missing": Code("question", (), "no words were given that something could be suggested for"),
    "age_missing": Code("question", (), "it is for a child, and the age was not given"),
    "condition_unknown": Code("question", ("value", "nearest"), "no condition has this id (HTTP 404 in a path)"),
    "procedure_unknown": Code("question", ("value", "nearest"), "no procedure has this id (HTTP 404 in a path)"),
    "parameter_unknown": Code("question", ("name", "nearest"), "a parameter that does not exist"),
    "parameter_repeated": Code("question", ("name",), "a parameter was given twice"),
    "search_not_kept": Code("question", (), "a results page without a question, where none stands in addresses"),
    "form_from_elsewhere": Code("question", (), "a form that another site has sent"),
    "near_outside": Code("question", (), "a point that is far from any ZIP code of the United States"),
    "parameter_malformed": Code("question", ("name", "value", "expected"), "a parameter cannot be read"),
    "parameter_too_long": Code("question", ("name", "longest"), "a parameter is longer than it may be"),
    # reports of mistakes
    "report_nothing": Code("question", (), "nothing was ticked in a report of a mistake"),
    "report_kind_unknown": Code("question", ("value",), "a report of a mistake has a kind that there is not"),
    "report_elsewhere": Code("question", (), "a report of a mistake was sent from another site's page (HTTP 403)"),
    "report_too_often": Code("question", (), "too many reports of mistakes came from one address (HTTP 429)"),
    "report_enough": Code("question", (), "a day has brought as many reports as are of use (HTTP 429)"),
    # what is not there
    "listing_hidden": Code("missing", ("public_id",), "staff show patients nothing of this listing for now"),
    "listing_missing": Code("missing", ("public_id",), "no person or place has this public id"),
    "page_missing": Code("missing", (), "no page has this address"),
    "site_unknown": Code("missing", ("value",), "no web site has this key, or it is switched off"),
    "site_origin_hidden": Code("question", (), "a page shows the finder whose origin its browser hides (HTTP 403)"),
    "site_origin_refused": Code(
        "question", ("origin", "site"), "a page of another origin than the web site's own shows the finder (HTTP 403)"
    ),
    "method_refused": Code("question", ("method",), "the address does not take this HTTP method"),
    "request_too_large": Code("question", (), "the request is larger than it may be"),
    "format_not_offered": Code("question", ("choices",), "the Accept header allows no format that there is (HTTP 406)"),
    "request_malformed": Code("question", (), "the request cannot be read"),
    "too_many_requests": Code(
        "question", (), "more requests came from one client than `FINDER_API_PER_MINUTE` allows (HTTP 429)"
    ),
    "host_malformed": Code("question", ("host",), "the finder was asked under a name that no site can have"),
    "host_refused": Code("question", ("host",), "the finder was asked under a name that `FINDER_HOSTS` does not have"),
    # outage
    "directory_not_ready": Code("outage", (), "no directory is loaded yet"),
    "outage": Code("outage", (), "something of ours failed"),
    # whole files
    "file_missing": Code("file", ("name",), "the file does not exist or cannot be opened"),
    "file_empty": Code("file", ("name",), "the file holds nothing"),
    "file_not_a_table": Code("file", ("name", "found"), "the file is no CSV or XLSX table"),
    "file_too_large": Code("file", ("name", "size_mb", "limit_mb"), "the file is larger than the limit"),
    "file_without_header": Code("file", ("name", "first_row"), "no cell of the first row is a known column"),
    "file_without_rows": Code("file", ("name",), "there is a header and nothing beneath it"),
    "columns_missing": Code("file", ("name", "section", "columns"), "columns that this section cannot do without"),
    "column_twice": Code("file", ("name", "columns", "headings"), "two columns that mean the same"),
    "layout_alone": Code("file", ("name", "expected"), "a public file that means nothing without another one"),
    "section_twice": Code("file", ("name", "section"), "two files of one import hold the same section"),
    "section_unclear": Code("file", ("name", "sections"), "the header fits more than one section equally well"),
    "source_name_malformed": Code("file", ("value",), "the name of a source has other than a-z, 0-9 and -"),
    "import_without_rows": Code(
        "file",
        ("section", "problem", "row", "column"),
        "every row of a section was refused, so there is nothing to import",
    ),
    "source_name_reserved": Code("file", ("value",), "the name of the demo, which is no name for real data"),
    "file_quote_open": Code(
        "file", ("name", "row"), "a quote is opened and never closed, so that the rest of the file is one cell"
    ),
    "workbook_locked": Code("file", ("name",), "a workbook that needs a password"),
    "workbook_old": Code("file", ("name",), "an old .xls workbook, or another Office file"),
    "workbook_too_large": Code(
        "file",
        ("name", "limit"),
        "a workbook that would take more cells than the limit, or unpacks to far more than it should",
    ),
    "workbook_far_cell": Code("file", ("name", "cell"), "a cell of a sheet lies far beyond all others"),
    "sheet_hidden": Code("file", ("name",), "the only sheet with a list is hidden"),
    "columns_too_many": Code("file", ("name", "columns", "limit"), "the header has more columns than any list has"),
    "mapping_malformed": Code("file", ("value",), "a mapping that is not written header=column"),
    "mapping_column_unknown": Code("file", ("column", "nearest"), "a mapping to a column that no section has"),
    "mapping_header_missing": Code("file", ("header", "nearest"), "a mapping of a header that none of the files has"),
    "mapping_header_unmapped": Code(
        "file", ("source", "header", "nearest"), "a header to be forgotten that the mapping does not have"
    ),
    "update_needs_active": Code("file", ("source",), "an update-only file for a source of which nothing is in force"),
    "update_of_roster": Code(
        "file", ("name",), "an update-only file with people and the addresses of places in one list"
    ),
    "update_too_large": Code(
        "file", ("name", "limit"), "an update-only file with more rows than can be held against the version in force"
    ),
    "import_running": Code("file", ("source",), "another import of this source is at work"),
    # files handed out
    "output_folder_missing": Code("file", ("name",), "the folder that a file is to be written to does not exist"),
    "output_not_written": Code(
        "file", ("name",), "a file cannot be written: no right, no room, or a folder in its place"
    ),
    "output_one_table": Code("file", ("name",), "more than one table for a file that holds one"),
    "output_exists": Code(
        "file", ("name",), "a file to be written is there already, and nobody said that it may be replaced"
    ),
    "output_is_input": Code("file", ("name",), "a file to be written is one that the same command reads"),
    "workbook_full": Code("file", ("section",), "more rows, or a longer cell, than a workbook can hold"),
    # rows refused
    "required_empty": Code("row", (), "a cell that must be filled is empty"),
    "text_too_long": Code("row", ("longest",), "a text is longer than it may be"),
    "text_unprintable": Code("row", (), "a cell holds control characters"),
    "key_malformed": Code("row", (), "an id holds other than letters, digits, dot, dash and underscore"),
    "key_repeated": Code("row", ("first_row",), "the id (or the pair of ids) stands on an earlier row too"),
    "state_unknown": Code("row", (), "no US state or territory is called this"),
    "zip_cell_malformed": Code("row", (), "a ZIP cell that cannot be read"),
    "zip_other_state": Code(
        "row",
        ("state", "zip_state"),
        "a ZIP code far outside the state, and no position; with a position, or near the border, it is but noted",
    ),
    "number_malformed": Code("row", (), "a cell that must be a plain number is none"),
    "latitude_out_of_range": Code("row", (), "a latitude beyond 90 degrees"),
    "longitude_out_of_range": Code("row", (), "a longitude beyond 180 degrees"),
    "position_half": Code("row", (), "a latitude without a longitude, or the reverse"),
    "position_zero": Code("row", (), "a position of 0, 0, which is in the Gulf of Guinea"),
    "phone_malformed": Code("row", (), "a phone number that cannot be one"),
    "stated_malformed": Code("row", (), "a yes-or-no cell with something else in it"),
    "choice_unknown": Code("row", ("choices",), "a cell whose value is none of those allowed"),
    "url_malformed": Code("row", (), "a web address that does not begin with https:// or http://"),
    "date_malformed": Code("row", (), "a date that is none, or not written 2026-11-22 or 11/22/2026"),
    "date_ambiguous": Code("row", ("choices",), "a date with dots, such as 5.11.2026, that may be either of two days"),
    "date_in_future": Code("row", (), "a day on which something was done that is still to come"),
    "age_malformed": Code("row", (), "an age that is no whole number from 0 to 120"),
    "ages_reversed": Code("row", ("youngest", "oldest"), "the youngest age is above the oldest"),
    "dates_reversed": Code("row", ("first", "last"), "listed until a day before listed from"),
    "npi_malformed": Code("row", (), "an NPI without ten digits"),
    "npi_check_digit": Code("row", (), "an NPI whose check digit is wrong"),
    "specialty_unknown": Code(
        "row", ("part", "nearest"), "a specialty that is neither a NUCC code nor a known name; `part` of the cell"
    ),
    "language_unknown": Code(
        "row", ("part", "nearest"), "a language that is neither a known code nor a known name; `part` of the cell"
    ),
    "location_unknown": Code("row", (), "a place that no row of the locations defines"),
    "person_unknown": Code("row", (), "a person that no row of the practitioners defines"),
    "role_unknown": Code("row", ("person", "place"), "a person who is not listed at this place"),
    "treatment_unknown": Code("row", ("nearest",), "a condition or procedure that the catalogue does not know"),
    "profile_unknown": Code("row", ("choices", "nearest"), "a profile that the catalogue does not know"),
    "capability_without_listing": Code("row", (), "a capability that names neither a person nor a place"),
    "person_differs": Code(
        "row",
        ("first_row",),
        "a name, NPI or specialty of one person differs from an earlier row; another fact is but noted",
    ),
    "person_without_id": Code("row", (), "neither an id of the person nor an NPI that can be read"),
    "row_too_long": Code("row", ("cells", "columns"), "a row with more cells than the header has columns"),
    "row_incomplete": Code("row", ("columns",), "several cells that must be filled are empty"),
    "column_unknown": Code("row", ("nearest",), "a column that no template has and no mapping names"),
    "full_name_malformed": Code("row", (), "a whole name without a first and a last name"),
    "quote_misplaced": Code("row", ("lines",), "a quote mark out of place made one row of several"),
    "npi_rounded": Code("row", (), "an NPI that a spreadsheet rounded to a power of ten"),
    "phone_rounded": Code("row", (), "a phone number that a spreadsheet rounded to a power of ten"),
    "formula_without_value": Code(
        "row", ("cell",), "a formula that was never computed or failed, so that the cell is empty"
    ),
    "capability_of_what": Code(
        "row", (), "a capability with neither or both of a profile and a condition or procedure"
    ),
    "level_missing": Code("row", ("choices",), "a capability for a condition or procedure without its level"),
    "position_wrong": Code(
        "row", ("miles", "zip_code", "state"), "a position that is both far from its ZIP code and outside its state"
    ),
    "level_with_profile": Code("row", (), "a level beside a profile, which has its own"),
    "organization_unknown": Code("row", (), "an organization that no row of the locations names"),
    # mended, and notes
    "zip_zero_restored": Code("mend", ("mended",), "a leading zero was lost; the state proves it"),
    "longitude_sign_restored": Code("mend", ("mended",), "a western longitude had lost its minus; the ZIP proves it"),
    "capitals_mended": Code("mend", ("mended",), "a name in capitals only"),
    "quotes_mended": Code("mend", ("mended",), "curly quotes of a word processor"),
    "phone_mended": Code("mend", ("mended",), "a phone number in an unusual spelling"),
    "state_mended": Code("mend", ("mended",), "a state by its name"),
    "comma_mended": Code("mend", ("mended",), "a decimal comma"),
    "url_mended": Code("mend", ("mended",), "a web address without its https://"),
    "letters_mended": Code(
        "mend", ("mended",), "letters that were UTF-8, read as Windows-1252 and saved again, such as Ã©"
    ),
    "date_mended": Code(
        "mend", ("mended",), "a date in another spelling, or the number that a spreadsheet keeps for it"
    ),
    "hours_mended": Code("mend", ("mended",), "opening hours or days in another spelling"),
    "name_split": Code("mend", ("mended",), "a whole name in one cell"),
    "zip_text_mended": Code(
        "mend", ("mended",), "a ZIP code that was written as a formula, or nine digits in one piece"
    ),
    "position_swapped": Code(
        "mend", ("mended",), "latitude and longitude were in each other's place; the ZIP code proves it"
    ),
    "zip_decimal_dropped": Code("mend", ("mended",), "a ZIP that a spreadsheet had turned into a decimal number"),
    "position_from_zip": Code(
        "note", ("zip_code",), "no position: the place is measured from its ZIP code, and says so"
    ),
    "position_missing": Code("note", (), "no position and a ZIP code without one: found by name only, not by distance"),
    "position_far_from_zip": Code("note", ("miles", "zip_code"), "a position more than 25 miles from its ZIP code"),
    "carried_over_lost": Code("note", ("rows",), "rows of a section not in this import that refer to what is gone"),
    "position_outside_state": Code("note", ("state",), "the position lies outside the state of the address"),
    "plan_unknown": Code("note", ("nearest",), "an insurance plan that is in no list of ours"),
    "zip_cell_unknown": Code("note", (), "a ZIP code that is in no table"),
    "row_repeated": Code("note", ("first_row",), "a row that is the same as an earlier one"),
    "position_stacked": Code("note", ("first_row",), "a position that another place with another address has too"),
    "remove_unknown": Code("note", (), "a row to be removed that is not there"),
    "hours_in_words": Code("note", (), "opening hours that cannot be read, kept as words"),
    "example_row": Code("note", ("name",), "a row that is one of the template's examples"),
    # the directory
    "source_unknown": Code("directory", ("source", "known"), "no source has this name"),
    "priority_out_of_range": Code("directory", ("value", "lowest", "highest"), "a priority beyond what it may be"),
    "organization_missing": Code(
        "directory", ("value", "nearest"), "no organization of the directory has this short name"
    ),
    "doctor_nothing_read": Code("file", ("name",), "no policy, no headers and no HTML were pasted"),
    "site_missing": Code("directory", ("value", "nearest"), "no web site has this key or name"),
    "site_repeated": Code("directory", ("name", "value"), "a web site of this name is there already"),
    "option_malformed": Code("directory", ("name", "value", "expected"), "an option of a command cannot be read"),
    "area_not_json": Code("directory", ("name",), "the file of an area is no JSON"),
    "area_kind": Code("directory", ("name", "found"), "the file of an area holds other GeoJSON than polygons"),
    "area_position": Code("directory", ("name", "value"), "an area has a corner that is no longitude and latitude"),
    "area_ring": Code("directory", ("name", "value"), "an outline of an area is not closed"),
    "area_empty": Code("directory", ("name",), "an area encloses nothing"),
    "area_too_large": Code(
        "directory", ("name", "limit"), "an area has more corners, or its file more bytes, than we take"
    ),
    "report_unknown": Code("directory", ("public_id", "known"), "there is no open report of this listing"),
    "dataset_unknown": Code("directory", ("source", "version"), "the source has no such version"),
    "dataset_not_ready": Code("directory", ("source", "version", "state"), "the version is not complete"),
    "dataset_already_active": Code("directory", ("source", "version"), "the version is active already"),
    "dataset_pruned": Code("directory", ("source", "version"), "the rows of the version were removed to save space"),
    "loss_unconfirmed": Code(
        "directory",
        ("source", "version", "gone", "listed"),
        "more than a fifth of a section would disappear, and nobody confirmed the number of listings",
    ),
    "update_outdated": Code(
        "directory",
        ("source", "version", "made_from", "active"),
        "a version holds rows of another one that is no longer the active one, whose changes would be undone",
    ),
    "examples_unconfirmed": Code(
        "directory",
        ("source", "version", "rows"),
        "a version has rows that are examples of the templates, and nobody confirmed them",
    ),
    "nothing_to_compare": Code("directory", ("source", "version"), "no earlier version of the source to compare with"),
    "nothing_to_roll_back": Code("directory", ("source",), "no earlier version of the source can be activated"),
    "nothing_in_force": Code(
        "directory", ("source", "version"), "no version of the source is in force, but one is ready"
    ),
    "edition_moving": Code("directory", (), "other publications kept coming first"),
    "demo_off_loopback": Code("directory", ("host",), "the demo would be served alone to other machines"),
    "port_in_use": Code("directory", ("host", "port"), "something answers on the port already"),
    "demo_retired": Code("directory", (), "the demo left when a real source was activated"),
    "database_newer": Code("directory", ("revision",), "the database was made by a newer version"),
    "catalogue_kind_unknown": Code("directory", ("kind", "known"), "the catalogue has no entries of this kind"),
    "catalogue_row_unknown": Code("directory", ("kind", "key"), "the catalogue has no such row"),
    "catalogue_row_on_hold": Code("directory", ("key",), "a row on hold may not be signed until a source was read"),
    "catalogue_fields_missing": Code(
        "directory", ("key", "fields"), "a hospital's row lacks fields of the shipped one"
    ),
    "profile_lines_unknown": Code(
        "directory",
        ("key", "lines"),
        "a profile with levels, conditions or procedures that there are not, or one twice",
    ),
    "reviewer_refused": Code("directory", ("reviewer",), "someone who may not sign clinical text"),
    # backups
    "backup_missing": Code("directory", ("name",), "there is no backup of this name that can be read"),
    "backup_damaged": Code("directory", ("name", "part"), "a file is no backup, or not as it was written"),
    "backup_newer": Code("directory", ("name", "version"), "a backup was made by a newer version"),
    "database_in_use": Code("directory", ("database",), "a database that has tables would be filled"),
    # storage
    "storage_full": Code("directory", ("database",), "the disk of the database is full"),
    "storage_busy": Code("directory", ("database",), "others held the database for longer than we wait"),
    "storage_gone": Code("directory", ("database",), "the database does not answer, or went away at work"),
    "storage_read_only": Code("directory", ("database",), "the database may be read and not changed"),
    "storage_damaged": Code("directory", ("database",), "the database is damaged, or the file is no database"),
    "storage_failed": Code("directory", ("database",), "the database or its disk failed in another way"),
    # settings
    "setting_malformed": Code("setting", ("name", "value", "expected"), "a setting cannot be read"),
    "site_file_missing": Code("setting", ("name",), "the file of FINDER_SITE is not there or cannot be read"),
    "site_file_large": Code("setting", ("name", "limit"), "the file of FINDER_SITE is larger than any site needs"),
    "site_not_toml": Code("setting", ("name", "row"), "the file of FINDER_SITE is no TOML"),
    "site_table_malformed": Code("setting", ("name", "key", "suggestion"), "a table of a site is written otherwise"),
    "site_links_many": Code("setting", ("name", "limit"), "a site has more links than a foot has room for"),
    "site_key_unknown": Code("setting", ("name", "key", "known", "nearest"), "a site has a key that means nothing"),
    "site_key_lacking": Code("setting", ("name", "key", "columns"), "a site has a key without those that go with it"),
    "site_value_malformed": Code("setting", ("name", "key", "value", "expected"), "a value of a site cannot be used"),
    "site_condition_unknown": Code("setting", ("name", "key", "nearest"), "a site names a problem that is not known"),
    "site_contrast_low": Code(
        "setting",
        ("name", "key", "value", "other", "ratio", "suggestion"),
        "two colours of a site have a contrast under 4.5 to 1",
    ),
    "site_ground_unreadable": Code(
        "setting", ("name", "key", "value", "ratio", "suggestion"), "our words cannot be read on a colour of a site"
    ),
}
