"""The web sites that may show the finder: what is taken, what is refused, and that patients see it at once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from finder.db.edition import current_edition, load_snapshot
from finder.db.sites import EmbedSite, embed_sites
from finder.db.staff import AuditEntry
from finder.desk.sites import SiteWish, add_site, change_site, find_site, origin_of, remove_site
from finder.errors import DirectoryRefused
from finder.search.snapshot import LAYOUT

GOOD = "https://www.quillmoor.example"


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.quillmoor.example", GOOD),
        ("https://WWW.Quillmoor.example:443/hips/labral-tear?x=1#y", GOOD),
        ("www.quillmoor.example", GOOD),
        ("www.quillmoor.example/hips", GOOD),
        ("https://hips.example:8443/", "https://hips.example:8443"),
        ("https://niños.example", "https://xn--nios-hqa.example"),
        ("http://localhost:9000/x", "http://localhost:9000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_an_address_is_taken_by_its_origin(written: str, origin: str) -> None:
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "", "http://www.quillmoor.example", "ftp://x.example", "https://", "https://*", "https://*.quillmoor.example", "*",
        "null", "https://quillmoor", "https://a b.example", "https://user:pass@www.example.org", "javascript:alert(1)",
        "https://x.example:99999", "https://[::1", "https://-x.example", "https://x..example", "https://x.example;y.example",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(demo_engine: Engine, written: str) -> None:
    with pytest.raises(DirectoryRefused) as refused:
        add_site(demo_engine, SiteWish("Fern", [written]), "test")
    assert refused.value.code == "option_malformed"
    assert refused.value.params["name"] == "--origin"
    with demo_engine.connect() as connection:
        assert embed_sites(connection) == {}


def test_a_site_is_of_the_next_edition_whose_snapshot_stays(demo_engine: Engine) -> None:
    before = load_snapshot(demo_engine, LAYOUT)
    assert before
    said = add_site(demo_engine, SiteWish("Quillmoor Health", [GOOD, GOOD + "/x"], condition="labral-tear"), "ada")
    after = load_snapshot(demo_engine, LAYOUT)
    assert after == (before[0] + 1, before[1])
    assert said.edition == after[0]
    with demo_engine.connect() as connection:
        one = embed_sites(connection)[said.key]
        assert (one["origins"], one["default_condition"], one["enabled"]) == ([GOOD], "labral-tear", True)
        told = connection.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id.desc())
        ).first()
        assert told == ("ada", "site_added", said.key)


def test_what_is_not_named_stays_and_what_is_cleared_goes(demo_engine: Engine) -> None:
    wish = SiteWish(
        "Fern", [GOOD], phone="804 555 0144", stage="treated", back=f"{GOOD}/hips", look={"brand": "#6a1b4d"}
    )
    key = add_site(demo_engine, wish, "test").key
    change_site(demo_engine, key, SiteWish(name="Fern Valley", clear=["stage"]), "test")
    change_site(
        demo_engine, "fern valley", SiteWish(own="only", organization="larkspindle-health", enabled=False), "test"
    )
    with demo_engine.connect() as connection:
        one = find_site(connection, key)
        kept = {
            name: one[name]
            for name in ("name", "phone", "default_stage", "back_url", "own", "organization_key", "enabled", "theme")
        }
        assert kept == {
            "name": "Fern Valley", "phone": "+18045550144", "default_stage": None, "back_url": f"{GOOD}/hips", "own": "only",
            "organization_key": "larkspindle-health", "enabled": False, "theme": {"brand": "#6a1b4d"},
        }  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "code", "named"),
    [
        (SiteWish("", [GOOD]), "option_malformed", "--name"),
        (SiteWish("Fern", []), "option_malformed", "--origin"),
        (SiteWish("Fern", [f"https://{n}.example" for n in range(21)]), "option_malformed", "--origins"),
        (SiteWish("Fern", [GOOD], phone="12"), "option_malformed", "--phone"),
        (SiteWish("Fern", [GOOD], back="https://elsewhere.example/"), "option_malformed", "--back"),
        (SiteWish("Fern", [GOOD], back="http://www.quillmoor.example/"), "option_malformed", "--back"),
        (SiteWish("Fern", [GOOD], condition="labral-taer"), "condition_unknown", None),
        (SiteWish("Fern", [GOOD], organization="nobody"), "organization_missing", None),
    ],
)
def test_a_wish_that_cannot_be_read_changes_nothing(
    demo_engine: Engine, wish: SiteWish, code: str, named: str | None
) -> None:
    with demo_engine.connect() as connection:
        edition = current_edition(connection)
    with pytest.raises(DirectoryRefused) as refused:
        add_site(demo_engine, wish, "test")
    assert refused.value.code == code
    assert named in (None, refused.value.params.get("name"))
    with demo_engine.connect() as connection:
        assert current_edition(connection) == edition
        assert connection.execute(select(EmbedSite.id)).all() == []


def test_origins_that_leave_the_way_back_out_are_refused(demo_engine: Engine) -> None:
    key = add_site(demo_engine, SiteWish("Fern", [GOOD], back=f"{GOOD}/hips"), "test").key
    with pytest.raises(DirectoryRefused):
        change_site(demo_engine, key, SiteWish(origins=["https://new.example"]), "test")
    change_site(demo_engine, key, SiteWish(origins=["https://new.example"], clear=["back"]), "test")


def test_an_origin_is_added_beside_those_before_and_a_site_is_removed(demo_engine: Engine) -> None:
    key = add_site(demo_engine, SiteWish("Fern", [GOOD]), "test").key
    change_site(demo_engine, key, SiteWish(more_origins=["https://staging.example", GOOD]), "test")
    with demo_engine.connect() as connection:
        assert find_site(connection, key)["origins"] == [GOOD, "https://staging.example"]
    many = [f"https://{n}.example" for n in range(19)]
    with pytest.raises(DirectoryRefused):
        change_site(demo_engine, key, SiteWish(more_origins=many), "test")
    remove_site(demo_engine, "fern", "test")
    with demo_engine.connect() as connection:
        assert embed_sites(connection) == {}
    with pytest.raises(DirectoryRefused):
        remove_site(demo_engine, key, "test")


def test_a_name_is_given_once_and_the_nearest_is_named(demo_engine: Engine) -> None:
    key = add_site(demo_engine, SiteWish("Fern Valley", [GOOD]), "test").key
    with pytest.raises(DirectoryRefused) as again:
        add_site(demo_engine, SiteWish("fern  valley", [GOOD]), "test")
    assert again.value.params["value"] == key
    with pytest.raises(DirectoryRefused) as missing:
        change_site(demo_engine, "fern vally", SiteWish(name="x"), "test")
    assert missing.value.params["nearest"] == key
