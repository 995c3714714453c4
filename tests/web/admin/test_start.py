"""The start of the desk."""

from __future__ import annotations

from tests.web.admin.conftest import SignIn


def test_the_start_says_what_patients_see(desk_of: SignIn) -> None:
    page = desk_of().get("/admin/")
    assert page.status_code == 200
    assert "Patients see edition 1." in page.text
    assert "Content-Encoding" not in page.headers
