"""Take a person's whole name in one cell apart: given, middle and family name, suffix, credentials.

"Wicket, Barnaby A., MD, FAAOS" and "DR. MARIA DE LA CRUZ JR" are both read. Without a comma the first word is the given
name and the last one the family name, with the particles before it (Van Wert, De la Cruz, St. Jean); what is between is
the middle name, so that nothing is lost. Where two readings differ there is none: "JOHN TRAN DO" ends in a degree or in
a name.
"""

from __future__ import annotations

import re

_LONGEST = 200
_TITLES = frozenset("DR DOCTOR MR MRS MS MISS PROF PROFESSOR DRA".split())
_SUFFIXES = frozenset("JR SR II III IV 2ND 3RD 4TH".split())
_CREDENTIALS = frozenset("""
MD DO DPM DC DDS DMD DVM OD ND PHD PSYD EDD DSC SCD MBBS MBBCH MBCHB BMBS MDCM DNP DPT DSCPT OTD DHSC DMSC JD PHARMD RPH
PT MPT MSPT RPT LPT PTA OT OTR OTRL COTA ATC LAT AT CSCS OCS SCS WCS GCS FAAOMPT COMT CMPT CHT SLP CCC-SLP AUD
PA PA-C PAC MPAS MPA MMS MHS RPA-C NP NP-C FNP FNP-C FNP-BC AGNP AGNP-C AGPCNP-BC AGACNP-BC ACNP ACNP-BC ANP ANP-BC ANP-C
CNP CNS CNM CRNA CPNP CPNP-PC PNP PNP-BC GNP GNP-BC WHNP WHNP-BC PMHNP PMHNP-BC APRN APRN-CNP ARNP APN APNP CRNP DNP-FNP
RN RN-BC BSN MSN LPN LVN CNOR ONP-C ONC RNFA LCSW LICSW LMSW LCPC LPC LMFT LMHC MSW LAC LMT RD RDN LD CDE CDCES
MS MSC MA MPH MBA MHA MED MPHIL BS BSC BA FAAOS FACFAS FACPM FACS FACP FACR FAAP FAAFP FACEP FACOG FACSM FAAPMR FAOAO FACOS FAOA FASA
FRCS FRCSC FRCSED FRCP FRCPC FRCR MRCP MRCS FACOFP FACOI FAANA FAHA FACC FSIR FAANP FAAPA CAQSM CAQ-SM RMSK
""".split())  # fmt: skip
# Names as well as degrees.
_ALSO_NAMES = frozenset("DO MA PA BA AT LAT MED LD ND AUD COTA LAC OD ONC PAC".split())
_PARTICLES = frozenset("""
VAN VON DER DEN DE DEL DELA DELLA DELLO DELL DI DA DO DOS DAS DU DES LA LE LO LOS LAS TER TEN VANDE VANDEN VANDER VANT
ST SAINT STE SAN MC MAC AL EL BIN IBN ABU ABDEL ZU ZUM ZUR
""".split())  # fmt: skip
# Van, Le and Do are parts of Vietnamese names, no particles.
_VIETNAMESE = frozenset("""
NGUYEN TRAN LE PHAM HUYNH HOANG PHAN VU VO DANG BUI DO HO NGO DUONG LY DINH TRUONG LUONG LAM TRINH MAI DOAN DAO TANG HA TO
CAO TA QUACH VUONG
""".split())  # fmt: skip
# A word that begins a family name and is no given name: "DE GROOT" alone lacks one.
_NO_GIVEN_NAMES = frozenset("VON DER DEN DE DELA DELLA DOS DAS DU DES LOS LAS VANDE VANDEN VANDER ST MC".split())
# Families that are seldom without their O; before other names an O is an initial.
_AFTER_O = frozenset("""
BRIEN BRYAN CONNELL CONNOR CONNORS DEA DOHERTY DONNELL DONOGHUE DONOHUE DOWD DRISCOLL DWYER FLAHERTY GARA GORMAN GRADY
HAGAN HALLORAN HANLON HARA HARE HERN KEEFE KEEFFE LEARY LOUGHLIN MAHONEY MAHONY MALLEY MARA MEARA MELIA NEAL NEIL NEILL
REAR REILLY RIORDAN ROARK ROURKE SHAUGHNESSY SHEA SULLIVAN TOOLE
""".split())  # fmt: skip
_NOT_PERSONS = frozenset("""
INC LLC LLP PLLC LTD CORP COMPANY CLINIC CLINICS HOSPITAL CENTER CENTRE GROUP ASSOCIATES PRACTICE HEALTH HEALTHCARE MEDICAL
MEDICINE SURGERY ORTHOPEDIC ORTHOPEDICS ORTHOPAEDIC ORTHOPAEDICS THERAPY REHAB REHABILITATION INSTITUTE DEPARTMENT
UNIVERSITY SERVICES FOUNDATION PHARMACY AND OF THE FOR UNKNOWN VACANT
CERTIFIED REGISTERED LICENSED PHYSICIAN ASSISTANT THERAPIST TRAINER SURGEON SPECIALIST
""".split())  # fmt: skip

Name = tuple[str, str, str, str, str]


def full_name(text: str) -> Name | None:
    """Return (given, middle, family, suffix, credentials) of a whole name, in the letters it was written in.

    None where it is one word or none, an organization, or can be read in two ways that differ.
    """
    if len(text) > _LONGEST or re.search(r"[&@:;\d]", re.sub(r"\b[234](?:nd|rd|th)\b", "", text.casefold())):
        return None
    # A hyphen between spaces joins two halves of a name.
    plain = re.sub(r"(?<=\w) ?- ?(?=\w)", "-", " ".join(text.split()))
    parts = [part.split() for part in plain.split(",")]
    parts = [_without_title(part) for part in parts if part]
    if not parts or any(_bare(word) in _NOT_PERSONS for part in parts for word in part):
        return None
    one_case = plain.isupper() or plain.islower()
    first, suffix, credentials = _without_endings(parts[0], one_case)
    names = [first]
    for part in parts[1:]:
        # "NGUYEN, DO" is a whole name, "KIM LE, DO" a name and a degree.
        has_name = len(names) > 1 or len(first) > 1
        if _are_credentials(part, known=bool(credentials)) and (has_name or _bare(part[0]) not in _ALSO_NAMES):
            credentials += part
        elif len(part) == 1 and _bare(part[0]) in _SUFFIXES | {"V"} and not suffix:
            suffix = part[0]
        else:
            rest, more_suffix, more = _without_endings(part, one_case)
            if (credentials and has_name) or (suffix and more_suffix):
                return None
            names.append(rest)
            suffix, credentials = suffix or more_suffix, credentials + more
    return _named(names, suffix, ", ".join(word.strip(",") for word in credentials))


def _named(names: list[list[str]], suffix: str, credentials: str) -> Name | None:
    if len(names) == 2 and names[0] and names[1]:
        family, (given, *middle) = names[0], names[1]
        if not re.search("[AEIOUY]|[^A-Z]", _bare(given)[:9]) and len(_bare(given)) > 2:
            return None  # "John Smith, XYZ": a degree that is not known here
    elif len(names) == 1 and len(names[0]) > 1:
        given, *rest = names[0]
        start = _family_start(rest)
        middle, family = rest[:start], rest[start:]
        if len(names[0]) > 2 and _bare(family[-1]) in _ALSO_NAMES:
            return None
        if len(rest) == 1 and _bare(given) in _NO_GIVEN_NAMES:
            return None
    else:
        return None
    # "SMITH JOHN A" has the family name first, and so, it may be, have others of its file.
    certain = len(_bare(family[-1])) > 1 and family[-1][0] not in '("'
    if not certain or not all(re.search(r"[^\W\d_]", word) for word in (given, *family)):
        return None
    return given, " ".join(middle), " ".join(family), suffix, credentials


def _family_start(rest: list[str]) -> int:
    """Return where the family name begins among the words after the given name."""
    start, last = len(rest) - 1, _bare(rest[-1])
    if last in _VIETNAMESE:
        return start
    if start and _bare(rest[start - 1]) == "O" and not rest[start - 1].endswith(".") and last in _AFTER_O:
        return start - 1
    while start and _bare(rest[start - 1]) in _PARTICLES:
        start -= 1
    return start


def _without_title(words: list[str]) -> list[str]:
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    return words


def _without_endings(words: list[str], one_case: bool) -> tuple[list[str], str, list[str]]:
    """Return the words of a part without suffix and credentials at its end, and these two."""
    suffix, credentials = "", list[str]()
    while len(words) > 1:
        bare = _bare(words[-1])
        if bare in _SUFFIXES and not suffix:
            suffix, words = words[-1], words[:-1]
        elif bare in _CREDENTIALS and not suffix and _degree(words[-1], one_case):
            credentials, words = [words[-1], *credentials], words[:-1]
        else:
            break
    return words, suffix, credentials


def _degree(word: str, one_case: bool) -> bool:
    """Return whether a word that is a degree to some is one here: John Smith DO, but not JOHN TRAN DO nor Lan Do."""
    return _bare(word) not in _ALSO_NAMES or "." in word.strip(".") or (word.isupper() and not one_case)


def _are_credentials(words: list[str], known: bool) -> bool:
    """Return whether all of a part are credentials; after known ones, other short words in capitals are some too."""
    return all(_bare(word) in _CREDENTIALS or (known and word.isupper() and 1 < len(word) <= 10) for word in words)


def _bare(word: str) -> str:
    return word.replace(".", "").replace("/", "").strip("(),\"'").upper()
