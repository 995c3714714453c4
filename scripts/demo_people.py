"""Who and what is in the demo directory: tables in plain text and their reading, for `scripts/build_demo`.

Everything is invented. A name that turns out to be someone's must be changed here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from finder.db.reference import zip_points

# One kind of specialist a paragraph:
#   name | credentials | NUCC codes, leading first | ages seen | fellowships | their work, as "level: ids;".
# Choices are separated by "/"; an empty one is "not stated". An indented line goes on with the one before.
SPECIALISTS = """
preserve | MD/MD/DO | 207XX0005X 207X00000X | 14-/16-/12-50/16-60 | Hip preservation/Young adult hip, 2014 |
  main_focus: labral-tear hip-impingement hip-dysplasia; performs: hip-arthroscopy-fai-labrum pelvic-osteotomy
  femoral-osteotomy hip-arthroscopy-basic tendon-release; treats: cartilage-damage hip-instability
  snapping-hip; refers: hip-osteoarthritis; does_not: total-hip-replacement ddh-infant
scope | MD/DO | 207XX0005X 207X00000X | 14-/16-/18- | Sports medicine and hip arthroscopy/ | performs:
  hip-arthroscopy-fai-labrum hip-arthroscopy-basic bursa-surgery hamstring-repair joint-injection; treats:
  labral-tear hip-impingement hamstring-tear cartilage-damage trochanteric-pain; refers: hip-dysplasia;
  does_not: pelvic-osteotomy
sportsurg | MD/DO | 207XX0005X | 12-/16-// | Orthopaedic sports medicine/ | performs: hamstring-repair
  tendon-release; main_focus: hamstring-tear; treats: groin-strain-sports-hernia hip-stress-fracture
  teen-hip-avulsion snapping-hip; refers: hip-dysplasia
replace | MD/MD/DO | 207XS0114X 207X00000X | 18-/16-/ | Adult reconstruction/Hip and knee replacement, 2016 |
  main_focus: hip-osteoarthritis; performs: total-hip-replacement partial-hip-replacement joint-injection;
  treats: avascular-necrosis inflammatory-arthritis hip-pain clot-after-surgery post-surgery-problem; refers:
  labral-tear revision-hip-replacement; does_not: ddh-infant
revise | MD | 207XS0114X | 18-/18-/ | Adult reconstruction and revision surgery | main_focus:
  hip-replacement-problem revision-hip-replacement; performs: implant-removal hip-resection
  periprosthetic-fracture-surgery conversion-hip-replacement closed-reduction-prosthetic
  total-hip-replacement; treats: hip-replacement-dislocation hip-replacement-fracture
  hip-replacement-infection post-surgery-problem clot-after-surgery; does_not: labral-tear hip-impingement
resurf | MD | 207XS0114X 207X00000X | 18-65/18- | Adult reconstruction, Fablehurst Institute | main_focus:
  avascular-necrosis; performs: hip-resurfacing core-decompression bone-graft-hip hip-fusion
  total-hip-replacement; treats: hip-osteoarthritis cartilage-damage; refers: inflammatory-arthritis
trauma | MD/DO | 207XX0801X 207X00000X | 16-/16-// | Orthopaedic trauma/Pelvis and acetabulum | main_focus:
  acetabular-fracture pelvis-fracture; performs: acetabular-fracture-treatment hip-fracture-fixation
  pelvic-fracture-treatment open-reduction-native closed-reduction-native nonunion-repair preventive-fixation
  periprosthetic-fracture-surgery hip-fracture-nonoperative; treats: hip-dislocation hip-fracture
  bone-not-healing thigh-pain-on-bone-medicine hip-stress-fracture hip-replacement-fracture; does_not: perthes
general | MD/DO/MD | 207X00000X | ///18-/5- | / | performs: hip-fracture-fixation partial-hip-replacement
  total-hip-replacement closed-reduction-native hip-washout joint-injection hip-fracture-nonoperative; treats:
  hip-fracture hip-osteoarthritis hip-pain hip-joint-infection clot-after-surgery; refers: acetabular-fracture
  scfe hip-replacement-problem; does_not: pelvic-osteotomy
tumor | MD | 207X00000X | // | Orthopaedic oncology | main_focus: cancer-or-unexplained; performs:
  tumor-surgery-hip preventive-fixation bone-graft-hip hip-resection; treats: thigh-pain-on-bone-medicine
  bone-not-healing
kids | MD/MD/DO | 207XP3100X | 0-18/0-21/0-17/ | Pediatric orthopaedics/Children's hip, 2012 | main_focus:
  ddh-infant; performs: ddh-harness ddh-treatment-closed ddh-open-reduction spica-cast scfe-fixation
  femoral-osteotomy pelvic-osteotomy hip-washout; treats: scfe perthes child-hip-cerebral-palsy child-limp
  hip-dysplasia hip-joint-infection teen-hip-avulsion; does_not: hip-osteoarthritis
kidssport | MD/DO | 2080S0010X 208000000X | 5-21/8-21 | Pediatric sports medicine | main_focus:
  teen-hip-avulsion; treats: hip-muscle-strain snapping-hip groin-strain-sports-hernia child-limp; refers:
  labral-tear scfe
kidsrehab | MD | 2081P0010X 208100000X | 0-21 | Pediatric rehabilitation | treats: child-hip-cerebral-palsy
  hip-rehab; refers: perthes
kidsrheum | MD | 2080P0216X | 0-18/0-21 | Pediatric rheumatology | main_focus: inflammatory-arthritis;
  performs: joint-injection; treats: child-limp
pedi | MD/DO | 208000000X | 0-18/0-21/ | / | treats: child-limp; refers: ddh-infant scfe perthes
  teen-hip-avulsion groin-hernia
sportdoc | MD/DO | 207QS0010X 207Q00000X | 10-/12-// | Primary care sports medicine/ | main_focus:
  trochanteric-pain; performs: joint-injection; treats: hip-muscle-strain snapping-hip hip-stress-fracture
  groin-strain-sports-hernia hip-pain hip-impingement; refers: labral-tear hamstring-tear
sportdoc-im | DO/MD | 207RS0010X | 16-/ | Sports medicine | performs: joint-injection; treats:
  hip-muscle-strain trochanteric-pain hamstring-tear labral-tear
sportdoc-em | MD | 207PS0010X | 12-/ | Sports medicine | treats: hip-stress-fracture
  groin-strain-sports-hernia hip-pain; refers: hip-instability
sportdoc-pmr | DO | 2081S0010X 208100000X | 14- | Spine and sports rehabilitation | performs: joint-injection;
  treats: trochanteric-pain snapping-hip hip-osteoarthritis sciatica-back
sportdoc-nmm | DO | 204C00000X | / | | treats: groin-strain-sports-hernia hip-muscle-strain hip-pain;
  does_not: joint-injection
pmr | MD/DO | 208100000X | 18-// | / | performs: joint-injection; treats: sciatica-back thigh-numbness
  hip-pain hip-muscle-strain; refers: hip-osteoarthritis
pain | MD | 208VP0000X | 18- | | performs: joint-injection; treats: sciatica-back thigh-numbness
pain-int | MD/DO | 208VP0014X | 18- | Interventional pain | performs: joint-injection; treats: sciatica-back;
  does_not: hip-osteoarthritis
pain-an | MD | 207LP2900X | 18-/ | Pain medicine | performs: joint-injection; treats: thigh-numbness; refers:
  hip-pain
pain-pmr | DO | 2081P2900X 208100000X | 16- | Pain medicine | performs: joint-injection; treats: sciatica-back
  trochanteric-pain
rheum | MD/DO | 207RR0500X 207R00000X | 18-/16-/ | Rheumatology | main_focus: inflammatory-arthritis;
  performs: joint-injection; treats: thigh-pain-on-bone-medicine hip-osteoarthritis
infect | MD | 207RI0200X | 18-/ | Bone and joint infection | treats: hip-replacement-infection
  hip-joint-infection; refers: implant-removal
spine | MD | 207XS0117X | 18-/ | Spine surgery | main_focus: sciatica-back; does_not:
  hip-osteoarthritis total-hip-replacement
neuro | MD | 207T00000X | 18- | Spine | treats: sciatica-back thigh-numbness
gensurg | MD/DO | 208600000X | 16-/ | / | main_focus: groin-hernia; treats: groin-strain-sports-hernia
geri | MD | 207RG0300X 207R00000X | 65-/60- | Geriatric fracture care | treats: hip-fracture pelvis-fracture
  thigh-pain-on-bone-medicine; performs: hip-fracture-nonoperative
family | MD/DO | 207Q00000X | // | | treats: hip-pain trochanteric-pain groin-hernia; refers:
  cancer-or-unexplained hip-osteoarthritis child-limp
internist | MD/DO | 207R00000X | 18-/ | | treats: clot-after-surgery thigh-numbness cancer-or-unexplained;
  refers: groin-hernia
obgyn | MD | 207V00000X | / | | treats: hip-pain-pregnancy; does_not: hip-pain
pt | PT, DPT/PT | 225100000X | // | | main_focus: hip-rehab; performs: physical-therapy; treats:
  trochanteric-pain hip-muscle-strain sciatica-back hip-pain-pregnancy
pt-ortho | PT, DPT, OCS/PT, DPT | 2251X0800X 225100000X | /14- | Orthopaedic therapy residency/ | main_focus:
  hip-rehab; performs: physical-therapy; treats: labral-tear hip-impingement hip-osteoarthritis
  hip-pain-pregnancy post-surgery-problem
pt-sports | PT, DPT, SCS/DPT | 2251S0007X | 10-/ | Sports therapy residency/ | performs: physical-therapy;
  treats: groin-strain-sports-hernia hamstring-tear hip-muscle-strain snapping-hip hip-rehab
pt-kids | PT, DPT, PCS/PT | 2251P0200X | 0-18/0-21 | | performs: physical-therapy; treats: perthes
  child-hip-cerebral-palsy hip-rehab; refers: ddh-infant
pt-older | PT, DPT, GCS | 2251G0304X 225100000X | 60-/ | | performs: physical-therapy; treats: hip-fracture
  hip-rehab hip-replacement-fracture; does_not: groin-strain-sports-hernia
pa | PA-C | 363A00000X | | |
pas | PA-C | 363AS0400X | | |
np | NP/FNP-C | 363L00000X | | |
"""

# One place a paragraph: id | name | organization | kind | ZIP | area code | marks | its people.
# People: each is at home here; "@" says where else they work, "-" at the end that they declare nothing.
#     pa, pas and np work with the doctor before them. "~until" and "~from": no longer and not yet listed.
# Marks: E24 emergency department day and night, E hours not stated, Eday not at night, Eno none;
#     "?" no position; "=id" exactly where that place is; "<" no longer listed, ">" not yet listed.
PLACES = """
lark-hip | Larkspindle Hip Pavilion | Larkspindle Health | clinic | 23226 | 804 | | preserve@lark-univ pa
  preserve@lark-univ,lark-campus,lark-north scope@lark-north replace@lark-univ resurf@lark-univ
  sportdoc@lark-north sportdoc-im pmr pt-ortho@lark-campus pt-sports sportsurg-
lark-univ | Larkspindle University Hospital | Larkspindle Health | hospital | 23298 | 804 | E24 | trauma
  trauma@tinker pas revise@lark-hip tumor@lark-campus infect neuro gensurg@tinker geri pt-older@wobble
lark-campus | Larkspindle Campus Clinics | Larkspindle Health | clinic | 23298 | 804 | =lark-univ |
  rheum@lark-north pain-an obgyn internist spine general-
lark-north | Larkspindle North Clinic | Larkspindle Health | clinic | 23005 | 804 | | general pt
dandelion | Dandelion Crown Children's Hospital | Dandelion Crown Children's | childrens | 23220 | 804 | E24 |
  kids@dandelion-south np kids@dandelion-south,lark-hip kidssport@dandelion-south kidsrehab@wobble kidsrheum
  pedi pt-kids@dandelion-south
dandelion-south | Dandelion Crown Clinic Southside | Dandelion Crown Children's | clinic | 23832 | 804 | ? |
  pedi- kids-
quibble | St. Quibble's Hospital | Quibble Care Network | hospital | 23230 | 804 | E24 | replace@quibble-ortho
  revise@quibble-ortho general@quibble-ortho trauma- gensurg-
quibble-ortho | Quibble Bone and Joint | Quibble Care Network | clinic | 23229 | 804 | | scope@quibble pa
  sportsurg- sportdoc pain-pmr pt-ortho
tumble-west | Tumbledown Orthopaedics West | Tumbledown Orthopaedic Group | clinic | 23294 | 804 | |
  scope@tumble-surg,tumble-mech replace@tumble-surg,tumble-mech,tumble-south pas general- sportdoc-em pain-int
  pt-
tumble-mech | Tumbledown Orthopaedics Mechanicsville | Tumbledown Orthopaedic Group | clinic | 23116 | 804 | |
  preserve@tumble-surg,tumble-west sportsurg@tumble-west,tumble-south pt-sports
tumble-south | Tumbledown Orthopaedics Southside | Tumbledown Orthopaedic Group | clinic | 23235 | 804 | |
  general np sportdoc-pmr sportsurg-~from
tumble-surg | Tumbledown Surgery Pavilion | Tumbledown Orthopaedic Group | surgery_center | 23294 | 804 | |
  pain
pogo-fan | Pogowillow Physical Therapy Fan | Pogowillow Therapy | therapy | 23220 | 804 | | pt-ortho@pogo-pump
  pt@pogo-pump pt-older@pogo-pump
pogo-pump | Pogowillow Physical Therapy Far West | Pogowillow Therapy | therapy | 23233 | 804 | ? | pt-sports
wobble | Wobblegate Rehabilitation Hospital | Wobblegate Rehabilitation | rehabilitation | 23111 | 804 | Eno |
  pmr pt
gloam | Gloamharbor Behavioral Hospital | Gloamharbor Behavioral Health | psychiatric | 23219 | 804 | E24 |
  internist-
marigold | Marigold Trumpet Veterans Hospital | | veterans | 23224 | 804 | | general sportdoc-nmm
tinker | Tinkerquill Community Hospital | Tinkerquill Health | hospital | 23805 | 804 | Eno |
  general@tinker-clinic family@tinker-clinic
tinker-clinic | Tinkerquill Family Clinic | Tinkerquill Health | clinic | 23803 | 804 | < | family-
foxtrumpet | Foxtrumpet Medical Center | Foxtrumpet Health | hospital | 22903 | 434 | E24 | trauma@fox-ortho
  revise@fox-ortho kids@fox-ortho
fox-ortho | Foxtrumpet Orthopaedic Clinic | Foxtrumpet Health | clinic | 22911 | 434 | | preserve@foxtrumpet
  pas sportdoc pt-ortho
pelican | Pelican Lantern Hospital | Pelican Lantern Health | hospital | 23507 | 757 | E24 | trauma
  replace@pelican-joint gensurg
pelican-joint | Pelican Lantern Hip and Joint | Pelican Lantern Health | clinic | 23510 | 757 | |
  scope@pelican np kids@pelican pt sportdoc-
thistlebutton | Fort Thistlebutton Military Clinic | | military | 23704 | 757 | Eno | sportdoc-em general-
clockmeadow | Clockmeadow Hospital | Clockmeadow Health | hospital | 24014 | 540 | E24 | general@clock-ortho
  trauma@clock-ortho
clock-ortho | Clockmeadow Orthopaedics | Clockmeadow Health | clinic | 24016 | 540 | | sportsurg@clockmeadow
  replace@clockmeadow pt-ortho spine
gigglecreek | Gigglecreek Mountain Hospital | | critical_access | 22835 | 540 | E24 ? | general family
palmwhistle | Palmwhistle Hospital | Palmwhistle Health | hospital | 29403 | 843 | E24 | trauma
  revise@palm-hip kids
palm-hip | Palmwhistle Hip and Joint | Palmwhistle Health | clinic | 29401 | 843 | | preserve@palmwhistle pa
  replace@palmwhistle pt-ortho
bellfrog | Bellfrog Orthopaedics | Bellfrog Physicians | clinic | 29201 | 803 | | scope@bellfrog-kids general-
  rheum pt
bellfrog-kids | Bellfrog Children's Pavilion | Bellfrog Physicians | childrens | 29203 | 803 | E24 |
  kids@bellfrog pt-kids
tallowpeak | Tallowpeak Regional Hospital | Tallowpeak Health | hospital | 29605 | 864 | E24 | trauma replace
pinewink | Pinewink County Hospital | | critical_access | 29512 | 843 | ? | general
buckleberry | Buckleberry University Hospital | Buckleberry Health | hospital | 43210 | 614 | E24 |
  trauma@buckle-hip revise@buckle-hip tumor
buckle-hip | Buckleberry Sports and Hip | Buckleberry Health | clinic | 43215 | 614 | |
  preserve@buckleberry,riddlestone pa sportdoc-pmr pt-sports
kitefield | Kitefield Children's Hospital | Kitefield Children's | childrens | 43205 | 614 | E24 | kids np
  kidssport pt-kids
riddlestone | Riddlestone Orthopaedic Hospital | Buckleberry Health | special_hospital | 43016 | 614 | Eday |
  resurf@buckle-hip replace@buckle-hip
lakemuffin | Lakemuffin Medical Center | Lakemuffin Health | hospital | 44106 | 216 | E24 | trauma
  general@lakemuffin-west
lakemuffin-west | Lakemuffin Orthopaedics Westshore | Lakemuffin Health | clinic | 44126 | 216 | |
  scope@lakemuffin sportdoc- pt~until
porkpie | Porkpie Hill Hospital | Porkpie Hill Health | hospital | 45219 | 513 | E | revise geri
thimbleride | Thimbleride Hospital | Thimbleride Health | hospital | 40202 | 502 | E24 | trauma@thimble-joint
  infect
thimble-joint | Thimbleride Joint Center | Thimbleride Health | clinic | 40207 | 502 | | replace@thimbleride
  preserve@thimbleride np pt-ortho
bluegoblin | Bluegoblin University Hospital | Bluegoblin Health | hospital | 40508 | 859 | E24 | trauma
  kids@bluegoblin-pt tumor
bluegoblin-pt | Bluegoblin Therapy and Sport | Bluegoblin Health | therapy | 40503 | 859 | | pt-sports
  sportdoc@bluegoblin
cavernberry | Cavernberry Orthopaedics | | clinic | 42101 | 270 | | general sportsurg-
hollerbright | Hollerbright Hospital | Hollerbright Rural Care | rural_emergency | 41501 | 606 | E24 | general
  family
bridgerwink | Bridgerwink Orthopaedics | Bridgerwink Health | clinic | 59718 | 406 | | scope general@rimrattle
  pt-ortho
rimrattle | Rimrattle Hospital | Bridgerwink Health | hospital | 59101 | 406 | E24 | trauma
  replace@bridgerwink
pomegranate | Pomegranate Lantern Hip Institute | Pomegranate Lantern Health | clinic | 90033 | 213 | |
  preserve resurf np
fogkettle | Fogkettle Hospital | Fogkettle Health | hospital | 94131 | 415 | E24 | trauma revise
armadillo | Armadillo Bell Children's Hospital | Armadillo Bell Health | childrens | 75235 | 214 | E24 | kids
  kidsrheum
boottwig | Boottwig Bone and Joint | Boottwig Health | clinic | 77030 | 713 | | replace pt
umbrella | Umbrella Street Orthopaedics | Umbrella Street Physicians | clinic | 10021 | 212 | | preserve rheum
snowbutton | Snowbutton General Hospital | Snowbutton Health | hospital | 14203 | 716 | E24 | general trauma
flamingle | Flamingle Joint Center | Flamingle Health | clinic | 33136 | 305 | > | replace sportdoc
larkrest | Larkrest Long-Term Hospital | Flamingle Health | long_term | 32806 | 407 | | pmr
windywick | Windywick Orthopaedics | Windywick Health | clinic | 60612 | 312 | | revise
raincobble | Raincobble Hospital | Raincobble Health | hospital | 98104 | 206 | E24 | trauma scope
peachwhistle | Peachwhistle Hip and Sports | Peachwhistle Health | clinic | 30308 | 404 | ? | replace
  sportsurg
moosebonnet | Moosebonnet Hospital | Moosebonnet Health | hospital | 99508 | 907 | E24 | trauma general
ukulele | Ukulele Bay Orthopaedics | Ukulele Bay Health | clinic | 96813 | 808 | | replace pt
coquibell | Hospital Coquibell | Coquibell Salud | hospital | 00917 | 787 | E24 | general kids pt
lattefern | Lattefern Orthopaedic Clinic | Lattefern Health | clinic | 96913 | 671 | ? | general pt
"""

# What a place says for itself: id: level ids; ...
PLACES_SAY = """
lark-hip: main_focus labral-tear hip-impingement; performs hip-arthroscopy-fai-labrum; does_not ddh-infant
lark-univ: treats acetabular-fracture pelvis-fracture hip-fracture; performs acetabular-fracture-treatment
dandelion: main_focus ddh-infant; performs infant-hip-ultrasound ddh-harness; treats scfe perthes
pogo-fan: main_focus hip-rehab; performs physical-therapy; does_not joint-injection
wobble: treats hip-rehab hip-fracture; refers hip-replacement-problem
tumble-surg: performs total-hip-replacement joint-injection; does_not revision-hip-replacement
gigglecreek: treats hip-fracture; refers acetabular-fracture hip-replacement-fracture
kitefield: performs infant-hip-ultrasound; treats ddh-infant child-hip-cerebral-palsy; does_not hip-osteoarthritis
riddlestone: main_focus hip-osteoarthritis; performs hip-resurfacing
palm-hip: treats labral-tear; does_not hip-joint-infection
bluegoblin: treats cancer-or-unexplained; performs tumor-surgery-hip
armadillo: performs infant-hip-ultrasound; main_focus ddh-infant
coquibell: treats hip-fracture; refers labral-tear
"""

GIVEN_WOMEN = (
    "Isaura Nkechi Thuy Ludmila Xiomara Saoirse Anneliese Raziya Clementine Ingrith Paloma Yewande Mireille Zofia "
    "Keahi Solveig Nadezhda Oluchi Perpetua Ximena Hyacinth Ottavia Minh-Anh Bronagh Leocadia Tamsin Araceli Umeko"
).split()
GIVEN_MEN = (
    "Balthasar Amadou Thaddeus Eleuterio Kwabena Florian Casimir Hieu Ignatius Leopold Mateus Nnamdi Osric Peregrin "
    "Quentin Rasheed Silvio Tenzin Ulises Valentijn Wendell Yannick Zoltan Cosimo Dashiell Evander Fitzgerald Gideon"
).split()
FAMILY_BEGINS = (
    "Amber Bottle Candle Drizzle Ember Feather Ginger Hazel Icicle Jelly Kettle Lantern Mitten Nutmeg Otter Pepper "
    "Quiver Raindrop Saffron Teacup Umber Velvet Whisker Yarrow Zephyr Acorn Bumble Cricket Dapple Echo Fiddle Gobbet "
    "Hickory Inkpot Juniper Kindle Lilac Muffin Noodle Oriole Puddle Quince Ripple Sprocket Tangle"
).split()
FAMILY_ENDS = (
    "whistle thimble bonnet wick button snapper trumpet twig warble mantle dazzle shimmer tuft bramble spindle gleam "
    "hollow paddle rattle sprig tassel crumb flute glimmer knot latch nettle pocket quill riddle"
).split()
ASSISTANTS = ("pa", "pas", "np")

# Names that a search must bear: accents, apostrophes, hyphens, several words; and one that two people bear.
FAMILY_TESTS = (
    "Peñaflauta", "O'Twigglesnap", "Kettlewisp-Nettlebee", "van der Teaspoon", "Ñandúquill", "Gobblethwistle",
    "Gobblethwistle", "de la Lunabotón", "Łąkowiatr", "Saint-Trompette", "Ó Fidilbeag", "al-Mishmishi-Quirkle",
)  # fmt: skip


@dataclass(frozen=True)
class Specialist:
    """A kind of specialist. `work` is (level, catalogue id) in the order of the table."""

    credentials: Sequence[str]
    codes: str
    ages: Sequence[str]
    fellowships: Sequence[str]
    work: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Place:
    """A place of the table and the people at home there."""

    id: str
    name: str
    organization: str
    kind: str
    zip_code: str
    area_code: str
    marks: Sequence[str]
    staff: Sequence[str]

    @property
    def state(self) -> str:
        """The two letters of its state."""
        return zip_points()[self.zip_code].state


@dataclass
class Person:
    """Someone, where they work (home first), and the doctor they work with."""

    number: int
    kind: str
    places: list[str]
    declares: bool
    mark: str
    doctor: Person | None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Their key in the files."""
        return str(self.facts["person_id"])


def fail(sentence: str) -> NoReturn:
    """Stop and say what is wrong with the tables."""
    sys.exit(f"build_demo: {sentence}")


def paragraphs(table: str) -> list[list[str]]:
    """Return the cells of each paragraph, parted by "|"; an indented line goes on with the one before."""
    return [
        [" ".join(cell.split()) for cell in paragraph.split("|")] for paragraph in re.split(r"\n(?=\S)", table.strip())
    ]


def read_work(text: str) -> list[tuple[str, str]]:
    """Read "level: ids; level: ids" (the colon may be left out)."""
    work = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        level, *ids = part.split()
        work += [(level.rstrip(":"), target) for target in ids]
    return work


def read_specialists() -> dict[str, Specialist]:
    """Read the kinds of specialists."""
    found = {}
    for name, credentials, codes, ages, fellowships, work in paragraphs(SPECIALISTS):
        found[name] = Specialist(
            credentials.split("/"),
            codes.replace(" ", ";"),
            ages.split("/"),
            fellowships.split("/"),
            read_work(work),
        )
    return found


def read_places() -> dict[str, Place]:
    """Read the places and who is at home there."""
    found = {}
    for key, name, organization, kind, zip_code, area_code, marks, staff in paragraphs(PLACES):
        found[key] = Place(key, name, organization, kind, zip_code, area_code, marks.split(), staff.split())
    return found


def read_people(places: Mapping[str, Place], kinds: Mapping[str, Specialist]) -> list[Person]:
    """Read who is at home where; an assistant works with the doctor before, wherever that doctor works."""
    people: list[Person] = []
    for place in places.values():
        doctor = None
        for token in place.staff:
            match = re.fullmatch(r"([a-z-]+?)(-?)(?:@([a-z,-]+?))?(?:~(until|from))?", token)
            if not match or match[1] not in kinds:
                fail(f"cannot read {token!r} at {place.id}")
            also = match[3].split(",") if match[3] else []
            if unknown := [key for key in also if key not in places]:
                fail(f"{token!r} at {place.id} works at unknown places: {unknown}")
            person = Person(len(people), match[1], [place.id, *also], not match[2], match[4] or "", None)
            if person.kind in ASSISTANTS:
                if doctor is None:
                    fail(f"{token!r} at {place.id} has no doctor before them")
                person.doctor, person.places = doctor, doctor.places[:2]
            elif not person.kind.startswith("pt"):
                doctor = person
            people.append(person)
    return people
