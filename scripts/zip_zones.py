"""The IANA time zone of a ZIP code, from its state, county and longitude.

The boundaries are those of 49 CFR part 71 (a public regulation, by county and, in the few split counties, by a line
that is near enough a meridian or a list of ZIP codes). No data of a time-zone map are shipped: the maps that exist
are under the ODbL. The rules were compared with one of them (see `data/README.md`).
"""

from __future__ import annotations

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_OF_STATE = {
    **dict.fromkeys("CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV".split(), _EASTERN),
    **dict.fromkeys("AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI".split(), _CENTRAL),
    **dict.fromkeys("CO MT NM UT WY".split(), _MOUNTAIN),
    **dict.fromkeys("CA NV OR WA".split(), _PACIFIC),
    "AZ": "America/Phoenix", "ID": "America/Boise", "IN": "America/Indiana/Indianapolis", "MI": "America/Detroit",
    "AK": "America/Anchorage", "HI": "Pacific/Honolulu", "PR": "America/Puerto_Rico", "VI": "America/St_Thomas",
    "GU": "Pacific/Guam", "MP": "Pacific/Saipan", "AS": "Pacific/Pago_Pago", "PW": "Pacific/Palau",
    "FM": "Pacific/Pohnpei", "MH": "Pacific/Majuro",
}  # fmt: skip
_OF_COUNTIES = {
    ("FL", _CENTRAL): "Bay, Calhoun, Escambia, Holmes, Jackson, Okaloosa, Santa Rosa, Walton, Washington",
    ("IN", _CENTRAL): "Gibson, Jasper, Lake, LaPorte, La Porte, Newton, Perry, Porter, Posey, Spencer, Starke, "
    "Vanderburgh, Warrick",
    ("KY", _CENTRAL): "Adair, Allen, Ballard, Barren, Breckinridge, Butler, Caldwell, Calloway, Carlisle, Christian, "
    "Clinton, Crittenden, Cumberland, Daviess, Edmonson, Fulton, Graves, Grayson, Green, Hancock, Hart, Henderson, "
    "Hickman, Hopkins, Livingston, Logan, Lyon, Marshall, McCracken, McLean, Metcalfe, Monroe, Muhlenberg, Ohio, "
    "Russell, Simpson, Todd, Trigg, Union, Warren, Webster",
    ("TN", _EASTERN): "Anderson, Blount, Bradley, Campbell, Carter, Claiborne, Cocke, Grainger, Greene, Hamblen, "
    "Hamilton, Hancock, Hawkins, Jefferson, Johnson, Knox, Loudon, McMinn, Meigs, Monroe, Morgan, Polk, Rhea, Roane, "
    "Scott, Sevier, Sullivan, Unicoi, Union, Washington",
    ("MI", "America/Menominee"): "Dickinson, Gogebic, Iron, Menominee",
    ("KS", _MOUNTAIN): "Greeley, Hamilton, Sherman, Wallace",
    ("NE", _MOUNTAIN): "Arthur, Banner, Box Butte, Chase, Cheyenne, Dawes, Deuel, Dundy, Garden, Grant, Hooker, "
    "Keith, Kimball, Morrill, Perkins, Scotts Bluff, Sheridan, Sioux",
    ("ND", _MOUNTAIN): "Adams, Billings, Bowman, Golden Valley, Grant, Hettinger, Slope, Stark",
    ("SD", _MOUNTAIN): "Bennett, Butte, Corson, Custer, Dewey, Fall River, Haakon, Harding, Jackson, Lawrence, Meade, "
    "Oglala Lakota, Shannon, Pennington, Perkins, Stanley, Ziebach",
    ("TX", _MOUNTAIN): "El Paso, Hudspeth",
    ("ID", _PACIFIC): "Benewah, Bonner, Boundary, Clearwater, Kootenai, Latah, Lewis, Nez Perce, Shoshone",
    ("OR", "America/Boise"): "Malheur",
}  # fmt: skip
# Counties that a boundary crosses: (zone, side, degree); "west" of -101 means that the zone holds beyond -101.
_SPLIT = {
    ("FL", "Gulf"): (_CENTRAL, "north", 29.95),  # the Intracoastal Waterway
    ("NE", "Cherry"): (_MOUNTAIN, "west", -100.9),
    ("ND", "Dunn"): (_MOUNTAIN, "south", 47.55),
    ("ND", "McKenzie"): (_MOUNTAIN, "south", 47.575),
    ("ND", "Sioux"): (_MOUNTAIN, "west", -101.05),
    ("ID", "Idaho"): (_PACIFIC, "north", 45.5),  # the Salmon River
    ("AK", "Aleutians West"): ("America/Adak", "west", -169.5),
}
# The Navajo Nation keeps daylight saving time; the rest of Arizona, the Hopi in its middle too, does not.
_NAVAJO = (
    "86016 86020 86031 86033 86035 86044 86045 86053 86054 86502 86503 86504 86505 86506 86507 86508 86510 86511 86514 86515 "
    "86520 86535 86538 86540 86544 86545 86547 86549 86556"
)
_OF_ZIPS = {
    **dict.fromkeys(_NAVAJO.split(), _MOUNTAIN),
    # The Pribilofs go by the mainland; the east of Alabama, across the river from Columbus, by Georgia.
    "99591": "America/Anchorage", "99660": "America/Anchorage",
    **dict.fromkeys("36854 36863 36867 36868 36869 36870 36872 36877".split(), _EASTERN),
    # West Wendover and Jackpot go by their neighbours in Utah and Idaho.
    "89883": _MOUNTAIN, "89825": "America/Boise",
    "96898": "Pacific/Wake", "96939": "Pacific/Palau", "96940": "Pacific/Palau", "96942": "Pacific/Chuuk",
    "96943": "Pacific/Chuuk", "96944": "Pacific/Kosrae", "96970": "Pacific/Kwajalein",
}  # fmt: skip
_COUNTIES = {(state, name.strip()): zone for (state, zone), names in _OF_COUNTIES.items() for name in names.split(",")}


def time_zone(zip_code: str, state: str, county: str, latitude: float, longitude: float) -> str:
    """Return the IANA name of the zone, empty where the state is not known."""
    if zip_code in _OF_ZIPS:
        return _OF_ZIPS[zip_code]
    bare = county.removesuffix(" County")
    if (state, bare) in _SPLIT:
        zone, side, degree = _SPLIT[state, bare]
        beyond = {
            "west": longitude < degree or longitude > 0,
            "south": latitude < degree,
            "north": latitude > degree,
        }
        return zone if beyond[side] else _OF_STATE[state]
    return _COUNTIES.get((state, bare), _OF_STATE.get(state, ""))
