"""Files of the Centers for Medicare & Medicaid Services: clinicians, and hospitals.

"Doctors and Clinicians" has one row for each clinician, enrolment, group and address. Names of its columns are those of
2017 (Physician Compare), 2021 and now. Source: the data dictionaries at the Provider Data Catalog.
"""

from __future__ import annotations

from finder.importers.layouts.layout import Field, Layout

_SEXES = {"M": "man", "F": "woman"}

CLINICIANS = Layout(
    "cms-clinicians",
    "CMS Doctors and Clinicians",
    "roster",
    (
        ("NPI",),
        ("Ind_PAC_ID", "PAC ID"),
        ("pri_spec", "Primary specialty"),
        ("adr_ln_1", "Line 1 Street Address"),
    ),
    (
        Field("npi", ("NPI",)),
        Field("family_name", ("lst_nm", "Provider Last Name", "Last Name")),
        Field("given_name", ("frst_nm", "Provider First Name", "First Name")),
        Field("middle_name", ("mid_nm", "Provider Middle Name", "Middle Name")),
        Field("suffix", ("suff", "Suffix")),
        Field("credentials", ("Cred", "Credential")),
        Field("gender", ("gndr", "Gender"), lambda cell: _SEXES.get(cell, "")),
        Field("organization", ("Facility Name", "org_nm", "Organization legal name")),
        Field("address", ("adr_ln_1", "Line 1 Street Address")),
        Field("address_2", ("adr_ln_2", "Line 2 Street Address")),
        Field("city", ("City/Town", "citytown", "cty", "City")),
        Field("state", ("State", "st")),
        Field("zip_code", ("ZIP Code", "zip")),
        Field("phone", ("Telephone Number", "phn_numbr", "Phone Number")),
        Field("primary", ("pri_spec", "Primary specialty"), inner=True),
        *(
            Field(f"secondary_{n}", (f"sec_spec_{n}", f"Secondary specialty {n}"), inner=True)
            for n in range(1, 5)
        ),
    ),
    specialties=("primary", *(f"secondary_{n}" for n in range(1, 5))),
    # Rows of several enrolments at one address differ in nothing that we read.
    once_in=("npi",),
)  # fmt: skip

# One row for each person, service code and kind of place: of these nothing is read, since that somebody was paid for
# hips says neither what they do now nor that they take patients for it.
SERVICES = Layout(
    "cms-services",
    "Medicare Physician and Other Practitioners by Provider and Service",
    "roster",
    (
        ("npi", "Rndrng_NPI"),
        ("provider_type", "Rndrng_Prvdr_Type"),
        ("hcpcs_code", "HCPCS_Cd"),
        ("nppes_provider_street1", "Rndrng_Prvdr_St1"),
    ),
    (
        Field("npi", ("npi", "Rndrng_NPI")),
        Field("family_name", ("nppes_provider_last_org_name", "Rndrng_Prvdr_Last_Org_Name")),
        Field("given_name", ("nppes_provider_first_name", "Rndrng_Prvdr_First_Name")),
        Field("middle_name", ("nppes_provider_mi", "Rndrng_Prvdr_MI")),
        Field("credentials", ("nppes_credentials", "Rndrng_Prvdr_Crdntls")),
        Field("gender", ("nppes_provider_gender", "Rndrng_Prvdr_Gndr"), lambda cell: _SEXES.get(cell, "")),
        Field("address", ("nppes_provider_street1", "Rndrng_Prvdr_St1")),
        Field("address_2", ("nppes_provider_street2", "Rndrng_Prvdr_St2")),
        Field("city", ("nppes_provider_city", "Rndrng_Prvdr_City")),
        Field("state", ("nppes_provider_state", "Rndrng_Prvdr_State_Abrvtn")),
        Field("zip_code", ("nppes_provider_zip", "Rndrng_Prvdr_Zip5")),
        Field("country", ("nppes_provider_country", "Rndrng_Prvdr_Cntry"), inner=True),
        Field("entity", ("nppes_entity_code", "Rndrng_Prvdr_Ent_Cd"), inner=True),
        Field("primary", ("provider_type", "Rndrng_Prvdr_Type"), inner=True),
    ),
    lambda cell: "organization" if cell("entity") == "O" else "abroad" if cell("country") not in ("", "US") else "",
    specialties=("primary",),
    once_in=("npi",),
)

HOSPITALS = Layout(
    "cms-hospitals",
    "CMS Hospital General Information",
    "locations",
    (
        ("Facility ID", "Provider ID", "CMS Certification Number (CCN)"),
        ("Facility Name", "Hospital Name"),
        ("Hospital Type",),
        ("Emergency Services",),
    ),
    (
        Field("location_id", ("Facility ID", "Provider ID", "CMS Certification Number (CCN)")),
        Field("name", ("Facility Name", "Hospital Name")),
        Field("kind", ("Hospital Type",)),
        Field("address", ("Address",)),
        Field("city", ("City/Town", "City")),
        Field("state", ("State",)),
        Field("zip_code", ("ZIP Code",)),
        Field("phone", ("Telephone Number", "Phone Number")),
        Field("emergency_department", ("Emergency Services",)),
    ),
)
