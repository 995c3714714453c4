"""The words of an import: what each means, what means nothing, and what is named instead."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from finder.db.catalogue import Catalogue, shipped_entries
from finder.db.directory import TargetKind
from finder.db.reference import DATA
from finder.importers.cells import CellError
from finder.importers.phrases import plain_words
from finder.importers.vocabulary import Vocabulary

# Specialties as the public files of 2017, 2021 and 2026 spell them.
PUBLIC_NAMES = """
ADDICTION MEDICINE|ADVANCED HEART FAILURE AND TRANSPLANT CARDIOLOGY|ALLERGY/IMMUNOLOGY|ANESTHESIOLOGY
CARDIAC ELECTROPHYSIOLOGY|CARDIAC SURGERY|CARDIOVASCULAR DISEASE (CARDIOLOGY)|CERTIFIED CLINICAL NURSE SPECIALIST (CNS)
CERTIFIED NURSE MIDWIFE (CNM)|CERTIFIED REGISTERED NURSE ANESTHETIST (CRNA)|CHIROPRACTIC|CLINICAL PSYCHOLOGIST
CLINICAL SOCIAL WORKER|COLORECTAL SURGERY (PROCTOLOGY)|CRITICAL CARE (INTENSIVISTS)|DENTIST|DERMATOLOGY
DIAGNOSTIC RADIOLOGY|EMERGENCY MEDICINE|ENDOCRINOLOGY|FAMILY MEDICINE|FAMILY PRACTICE|GASTROENTEROLOGY
GENERAL PRACTICE|GENERAL SURGERY|GERIATRIC MEDICINE|GERIATRIC PSYCHIATRY|GYNECOLOGICAL ONCOLOGY|HAND SURGERY
HEMATOLOGY|HEMATOLOGY/ONCOLOGY|HOSPICE/PALLIATIVE CARE|HOSPITALIST|INFECTIOUS DISEASE|INTERNAL MEDICINE
INTERVENTIONAL CARDIOLOGY|INTERVENTIONAL PAIN MANAGEMENT|INTERVENTIONAL RADIOLOGY|MARRIAGE AND FAMILY THERAPIST
MEDICAL GENETICS AND GENOMICS|MEDICAL ONCOLOGY|MENTAL HEALTH COUNSELOR|MICROGRAPHIC DERMATOLOGIC SURGERY (MDS)
NEPHROLOGY|NEUROLOGY|NEUROSURGERY|NUCLEAR MEDICINE|NURSE PRACTITIONER|OBSTETRICS/GYNECOLOGY
OCCUPATIONAL THERAPIST IN PRIVATE PRACTICE|OCCUPATIONAL THERAPY|OPHTHALMOLOGY|OPTOMETRY|ORAL SURGERY
ORTHOPEDIC SURGERY|OSTEOPATHIC MANIPULATIVE MEDICINE|OTOLARYNGOLOGY|PAIN MANAGEMENT|PATHOLOGY|PEDIATRIC MEDICINE
PERIPHERAL VASCULAR DISEASE|PHYSICAL MEDICINE AND REHABILITATION|PHYSICAL THERAPIST IN PRIVATE PRACTICE
PHYSICAL THERAPY|PHYSICIAN ASSISTANT|PLASTIC AND RECONSTRUCTIVE SURGERY|PODIATRY|PREVENTATIVE MEDICINE|PSYCHIATRY
PSYCHOLOGIST, CLINICAL|PULMONARY DISEASE|QUALIFIED AUDIOLOGIST|QUALIFIED SPEECH LANGUAGE PATHOLOGIST
RADIATION ONCOLOGY|REGISTERED DIETITIAN OR NUTRITION PROFESSIONAL|RHEUMATOLOGY|SLEEP MEDICINE|SPORTS MEDICINE
SURGICAL ONCOLOGY|THORACIC SURGERY|UNDERSEA AND HYPERBARIC MEDICINE|UROLOGY|VASCULAR SURGERY
"""
NAMES = [name for line in PUBLIC_NAMES.split("\n") for name in line.split("|") if name]


def catalogue() -> Catalogue:
    """Return the shipped catalogue, without a database."""
    entries: dict[str, dict[str, Any]] = {}
    for kind, key, body in shipped_entries(DATA / "catalogue.json"):
        entries.setdefault(kind, {})[key] = body
    return Catalogue(entries)


WORDS = Vocabulary(catalogue())


def refused(read: Any, text: str) -> tuple[str, dict[str, Any]]:
    """Return code and parameters of the refusal of a text."""
    with pytest.raises(CellError) as wrong:
        read(text)
    return wrong.value.code, wrong.value.params


def shipped_csv(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_words_are_those_of_the_catalogue_in_force(shared_demo: Engine) -> None:
    with shared_demo.connect() as connection:
        words = Vocabulary.read(connection)
    assert words.treatment("labral tear") == (TargetKind.CONDITION, "labral-tear")
    assert words.profile("therapy").lines == WORDS.profile("therapy").lines


# ---- conditions and procedures


@pytest.mark.parametrize("shape", [str, str.upper, lambda key: key.replace("-", " "), lambda key: key.replace("-", "_").title()])  # fmt: skip
def test_every_id_is_read_in_any_shape(shape: Any) -> None:
    for key, kind in catalogue().target_kinds.items():
        assert WORDS.treatment(shape(key)) == (kind, key)


def test_every_name_is_read_in_both_languages_with_accents_or_without() -> None:
    entries = catalogue().entries
    for key, body in {**entries["condition"], **entries["procedure"]}.items():
        for name in (body["name_en"], body["name_es"], body["name_es"].replace("ó", "o").upper()):
            assert WORDS.treatment(name)[1] == key, name


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("THA", "total-hip-replacement"),
        ("thr", "total-hip-replacement"),
        ("FAI", "hip-impingement"),
        ("DDH", "ddh-infant"),
        ("Hip impingement", "hip-impingement"),
        ("Hip arthritis", "hip-osteoarthritis"),
        ("Enfermedad de Perthes", "perthes"),
    ],
)
def test_abbreviations_and_names_without_their_brackets(text: str, key: str) -> None:
    assert WORDS.treatment(text)[1] == key


def test_what_stands_in_brackets_is_no_name() -> None:
    assert refused(WORDS.treatment, "injury")[0] == "treatment_unknown"
    assert refused(WORDS.treatment, "teens and adults")[0] == "treatment_unknown"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("labrul tear", "labral-tear"),
        ("hip preservation surgery", "pelvic-osteotomy"),
        ("PAO", "pelvic-osteotomy"),
        ("zqx", ""),
        ("", ""),
        ("x" * 1_000_000, ""),
    ],
)
def test_what_is_unknown_names_the_nearest(text: str, nearest: str) -> None:
    assert refused(WORDS.treatment, text) == ("treatment_unknown", {"nearest": nearest})


def test_a_patients_phrase_is_no_claim_but_leads_to_its_own_row() -> None:
    entries = catalogue().entries
    claims = 0
    for key, body in {**entries["condition"], **entries["procedure"]}.items():
        words = Vocabulary(catalogue())  # since each gives only so many hints
        for phrase in body["synonyms_en"] + body["synonyms_es"]:
            if plain_words(phrase) in words._treatments:
                assert words.treatment(phrase)[1] == key, phrase
                claims += 1
            else:
                assert refused(words.treatment, phrase) == ("treatment_unknown", {"nearest": key}), phrase
    assert claims < 70


# ---- profiles


def test_every_profile_is_read_by_id_name_and_synonym() -> None:
    profiles = catalogue().profiles
    assert len(profiles) == 7
    for key, profile in profiles.items():
        body = profile.body
        for word in (key, body["name_en"], body["name_es"], *body["synonyms_en"], *body["synonyms_es"]):
            assert WORDS.profile(word) == profile, word
            assert WORDS.profile(f" {word.upper()}! ") == profile, word


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("Joint replacement", "hip-and-knee-replacement"),
        ("arthroplasty", "hip-and-knee-replacement"),
        ("paediatric", "childrens"),
        ("Trauma", "fracture"),
        ("PT", "therapy"),
        ("Hip_Preservation", "hip-preservation"),
        ("revision", "revision-and-infection"),
        ("non-operative sports medicine", "non-surgical-sports"),
    ],
)
def test_words_that_admins_type(word: str, key: str) -> None:
    assert WORDS.profile(word).key == key


def test_an_unknown_profile_names_all_and_the_nearest() -> None:
    # Surgeons call themselves sports medicine too, so that the word alone decides nothing.
    code, params = refused(WORDS.profile, "sports medicine")
    assert code == "profile_unknown"
    assert params["choices"].split(", ") == list(catalogue().profiles)
    assert params["nearest"] == "non-surgical-sports"
    assert refused(WORDS.profile, "zqx")[1]["nearest"] == ""


def test_a_word_of_two_profiles_means_neither() -> None:
    whole = catalogue()
    own = dict(whole.entries["profile"]["therapy"]) | {
        "name_en": "Ours",
        "name_es": "Nuestro",
        "synonyms_en": ["trauma"],
    }
    words = Vocabulary(whole.with_entry("profile", "ours", own))
    assert words.profile("ours").key == "ours"
    assert refused(words.profile, "trauma")[0] == "profile_unknown"
    assert words.profile("fracture").key == "fracture"


# ---- specialties


def test_every_name_of_the_public_files_is_known() -> None:
    assert len(NAMES) == 83
    for name in NAMES:
        codes = WORDS.specialty_codes(name)
        assert len(codes) == 1, name
        assert codes == WORDS.specialty_codes(name.title()) == WORDS.specialty_codes(f"  {name.lower()} ")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Orthopaedic Surgeon", ["207X00000X"]),
        ("ORTHOPEDIC SURGERY", ["207X00000X"]),
        ("Joint replacement", ["207XS0114X"]),
        ("Orthopaedic Surgery, Foot and Ankle Surgery", ["207XX0004X"]),
        ("Orthopedic hand surgery", ["207XS0106X"]),
        ("Orthopaedic Surgery of the Spine", ["207XS0117X"]),
        ("Orthopaedic Surgery, Sports Medicine", ["207XX0005X"]),
        ("Orthopaedic Trauma", ["207XX0801X"]),
        ("Peds Ortho", ["207XP3100X"]),
        ("Sports Medicine (Family)", ["207QS0010X"]),
        ("PHYSICAL THERAPIST IN PRIVATE PRACTICE", ["225100000X"]),
        ("PA", ["363A00000X"]),
        ("NP", ["363L00000X"]),
        ("PM&R", ["208100000X"]),
        ("Practitioner - Orthopedic Surgery", ["207X00000X"]),
        ("Physician/Rheumatology", ["207RR0500X"]),
        ("Orthopaedic Surgery Physician", ["207X00000X"]),
        ("Orthopaedic surgeon: sports injuries", ["207XX0005X"]),
        ("Fisioterapeuta", ["225100000X"]),
        ("207XX0005X", ["207XX0005X"]),
        ("207xx0005x; 1041C0700X", ["207XX0005X", "1041C0700X"]),
        ("", []),
        (" ; , |", []),
        ("PSYCHOLOGIST, CLINICAL", ["103TC0700X"]),
        ("PAIN MANAGEMENT, PHYSICAL MEDICINE AND REHABILITATION", ["208VP0000X", "208100000X"]),
        ("CRITICAL CARE (INTENSIVISTS), PSYCHOLOGIST, CLINICAL, HOSPITALIST", ["207RC0200X", "103TC0700X", "208M00000X"]),
        ("PT; PT|Physical Therapy", ["225100000X"]),
        ("Rheumatology\nPA", ["207RR0500X", "363A00000X"]),
    ],
)  # fmt: skip
def test_a_cell_of_specialties(text: str, codes: list[str]) -> None:
    assert WORDS.specialty_codes(text) == codes


def test_sports_medicine_after_orthopedic_surgery_is_a_surgeons() -> None:
    assert WORDS.specialty_codes("SPORTS MEDICINE") == ["207QS0010X"]
    assert WORDS.specialty_codes("ORTHOPEDIC SURGERY; SPORTS MEDICINE") == ["207X00000X", "207XX0005X"]
    assert WORDS.specialty_codes("207X00000X | Sports medicine") == ["207X00000X", "207XX0005X"]
    assert WORDS.specialty_codes("Physiatrist; pain management") == ["208100000X", "2081P2900X"]
    assert WORDS.specialty_codes("SPORTS MEDICINE; ORTHOPEDIC SURGERY") == ["207QS0010X", "207X00000X"]


@pytest.mark.parametrize(
    ("text", "part", "nearest"),
    [
        ("Ortopedics", "Ortopedics", "Orthopedics"),
        ("Orthopedic surgery; Wizardry, Rheumatology", "Wizardry", ""),
        ("Physical Therapy, Reumatology", "Reumatology", "Rheumatology"),
        ("207X00000", "207X00000", ""),
        ("٢07X00000X", "٢07X00000X", ""),
        ("x" * 1_000_000, "x" * 200, ""),
    ],
)
def test_the_part_that_is_unknown_is_named(text: str, part: str, nearest: str) -> None:
    for _again in range(2):
        assert refused(WORDS.specialty_codes, text) == ("specialty_unknown", {"part": part, "nearest": nearest})


@given(st.lists(st.sampled_from([*NAMES, "207XX0005X", "PA-C", "Peds Ortho"]), max_size=5))
def test_separators_case_and_repeats_make_no_difference(names: list[str]) -> None:
    codes = WORDS.specialty_codes("; ".join(names))
    assert codes == WORDS.specialty_codes("|".join(name.lower() for name in names) + ";")
    assert codes == WORDS.specialty_codes("; ".join(name for name in names for _twice in range(2)))
    assert codes == list(dict.fromkeys(codes))
    assert all(re.fullmatch("[0-9]{3}[0-9A-Z]{6}X", code) for code in codes)
    if names:
        assert codes[0] == WORDS.specialty_codes(names[0])[0]


def test_an_answer_that_someone_changes_is_not_remembered() -> None:
    WORDS.specialty_codes("Rheumatology").append("spoilt")
    WORDS.languages("en").append("spoilt")
    assert (WORDS.specialty_codes("Rheumatology"), WORDS.languages("en")) == (["207RR0500X"], ["en"])


def test_the_shipped_names_are_whole_and_each_means_one_thing() -> None:
    rows = shipped_csv("specialty_names.csv")
    assert all(re.fullmatch("[0-9]{3}[0-9A-Z]{6}X", row["code"]) for row in rows)
    assert [name for name, count in Counter(plain_words(row["name"]) for row in rows).items() if count > 1] == []
    for row in rows:
        assert WORDS.specialty_codes(row["name"]) == [row["code"]], row


# ---- languages


def test_every_code_and_english_name_of_a_language_is_read() -> None:
    names = {str(code): name for code, name in Locale("en").languages.items()}
    for code in set(names) - {"mul", "und", "zxx"}:
        assert WORDS.languages(code) == [code]
        # Ga is a language of Ghana, and the code of Irish.
        if names[code].lower() not in names:
            assert names[WORDS.languages(names[code])[0]] == names[code]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("English, Spanish", ["en", "es"]),
        ("en; es;en", ["en", "es"]),
        ("ENGLISH/SPANISH", ["en", "es"]),
        ("English and American Sign Language", ["en", "ase"]),
        ("inglés y español", ["en", "es"]),
        ("Español", ["es"]),
        ("Tiếng Việt", ["vi"]),
        ("中文", ["zh"]),
        ("ASL & Farsi", ["ase", "fa"]),
        ("zh-Hant", ["zh_Hant"]),
        ("Mandarin", ["zh"]),
        ("", []),
    ],
)
def test_a_cell_of_languages(text: str, codes: list[str]) -> None:
    assert WORDS.languages(text) == codes


@pytest.mark.parametrize(
    ("text", "part", "nearest"),
    [
        ("English, Spansh", "Spansh", "Spanish"),
        ("zqx", "zqx", ""),
        ("Multiple languages", "Multiple languages", ""),
        ("y" * 1_000_000, "y" * 200, ""),
    ],
)
def test_the_language_that_is_unknown_is_named(text: str, part: str, nearest: str) -> None:
    code, params = refused(WORDS.languages, text)
    assert (code, params["part"]) == ("language_unknown", part)
    if nearest or part == "zqx":
        assert params["nearest"] == nearest


# ---- plans


@pytest.mark.parametrize(
    "plan",
    [
        "Medicare", "medicare part B", "Aetna PPO", "UHC", "UHC Choice Plus", "Medi-Cal", "MassHealth", "TennCare",
        "Nevada Medicaid", "Blue Cross Blue Shield of Kansas City", "BCBS", "Tricare Prime", "VA", "Workers' Comp",
        "Cigna Open Access Plus HMO", "Kaiser", "Self pay", "Ambetter", "Humana Gold Plus",
    ],
)  # fmt: skip
def test_plans_that_we_know(plan: str) -> None:
    assert WORDS.known_plan(plan)
    assert WORDS.plan_note(plan) is None


@pytest.mark.parametrize(
    ("plan", "nearest"),
    [("Aetan", "Aetna"), ("Aetan PPO Plan", "Aetna"), ("Unted Healthcare", "UnitedHealthcare"), ("Silverspoon", ""), ("", "")],
)  # fmt: skip
def test_a_plan_that_we_do_not_know_is_noted_with_the_nearest(plan: str, nearest: str) -> None:
    assert not WORDS.known_plan(plan)
    assert WORDS.plan_note(plan) == ("plan_unknown", {"nearest": nearest})
    assert WORDS.nearest_plan(plan) == nearest


def test_every_shipped_payer_is_known_and_no_name_is_of_two() -> None:
    rows = shipped_csv("payers.csv")
    names = [(name.strip(), row["name"]) for row in rows for name in (row["name"], *row["synonyms"].split(";"))]
    assert all(name for name, _payer in names)
    assert [name for name, count in Counter(plain_words(name) for name, _payer in names).items() if count > 1] == []
    assert all(WORDS.known_plan(name) for name, _payer in names)
    assert all(WORDS.nearest_plan(row["name"]) == row["name"] for row in rows)
