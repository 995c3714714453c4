"""Settings: every mistake is told at once, in a sentence, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from finder.config import SETTINGS, read, read_settings
from finder.errors import SettingError
from finder.formats.wording import wording
from tests.cli.run import Terminal
from tests.conftest import postgres_url

SECRET = "zqx-4711-a-secret-of-more-than-32-characters"


def told(environment: dict[str, str]) -> list[str]:
    """Return what is refused, a code and the name of a variable each."""
    return [f"{one.code} {one.params['name']}" for one in read(environment).mistakes]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    wrong = {
        "FINDER_HOME": "/dev/null/home", "FINDER_PORT": "80 80", "FINDER_TRUSTED_PROXY": "1", "FINDER_SECRET_KEY": "zqx-short",
        "FINDER_DATABASE_URL": "mysql://finder:zqx-word@db/finder", "FINDER_METRICS": "token",
    }  # fmt: skip
    done = Terminal(tmp_path).run("serve", **wrong)
    assert (done.code, done.out) == (2, "")
    sentences = done.err.splitlines()
    for part in (
        "FINDER_PORT cannot be '80 80'", "Did you mean FINDER_TRUSTED_PROXIES?", "FINDER_SECRET_KEY cannot be",
        "no database that we know", "FINDER_METRICS_TOKEN too", "FINDER_HOME is /dev/null/home",
    ):  # fmt: skip
        assert sum(part in one for one in sentences) == 1, (part, sentences)
    assert len(sentences) == 6
    assert all(one.endswith((".", "?")) for one in sentences)
    assert "zqx" not in done.err
    with pytest.raises(SettingError) as refused:
        read_settings(wrong)
    assert {one.code for one in (refused.value, *refused.value.others)} == {
        "setting_malformed", "setting_unknown", "database_kind", "setting_needs",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "nearest", "is_refused"),
    [
        ("FINDER_PRIVATE_SERCH", "FINDER_PRIVATE_SEARCH", True),
        ("FINDER_SECRET_KEY_FIL", "FINDER_SECRET_KEY_FILE", True),
        ("FINDER_WORKER", "FINDER_WORKERS", True),
        # As Kubernetes sets them for a service of this name; and a name that says something else.
        ("FINDER_SERVICE_HOST", None, False),
        ("FINDER_PORT_8000_TCP_ADDR", None, False),
        ("FINDER_DB_URL", "FINDER_DATABASE_URL", False),
    ],
)
def test_a_name_that_is_nearly_ours_is_refused_and_another_is_told_of(
    name: str, nearest: str | None, is_refused: bool
) -> None:
    found = read({name: "x"})
    assert bool(found.mistakes) is is_refused
    if is_refused:
        assert found.mistakes[0].params["suggestion"] == nearest
        assert f"Did you mean {nearest}?" in wording("en").error(found.mistakes[0])
    else:
        assert [one for one, _ in found.unknown] == [name]
        assert nearest is None or found.unknown == [(name, nearest)]


def test_a_secret_may_stand_in_a_file_or_a_credential(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    for one in (one for one in SETTINGS if one.variable in ("FINDER_SECRET_KEY", "FINDER_METRICS_TOKEN")):
        assert getattr(read_settings({f"{one.variable}_FILE": str(file)}), one.field) == SECRET
        credentials = tmp_path / one.field
        credentials.mkdir()
        (credentials / one.variable).write_text(SECRET)
        found = read({"CREDENTIALS_DIRECTORY": str(credentials)})
        assert found.values[one.field] == SECRET
        assert found.given[one.field].origin == f"file {credentials / one.variable}"
    assert told({"FINDER_SECRET_KEY": SECRET, "FINDER_SECRET_KEY_FILE": str(file)}) == [
        "setting_twice FINDER_SECRET_KEY"
    ]
    assert told({"FINDER_SECRET_KEY_FILE": f"{tmp_path}/none"}) == ["setting_file_unread FINDER_SECRET_KEY_FILE"]
    assert told({"FINDER_PORT_FILE": str(file)}) == []  # no secret, so no setting of ours, and none nearly so
    assert not read({"FINDER_SECRET_KEY_FILE": str(file)}).given["secret_key"].open_to_others
    file.chmod(0o644)
    assert read({"FINDER_SECRET_KEY_FILE": str(file)}).given["secret_key"].open_to_others
    file.write_text("")
    assert told({"FINDER_SECRET_KEY_FILE": str(file)}) == ["setting_file_unread FINDER_SECRET_KEY_FILE"]


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("postgresql://finder@db/finder", "postgresql://finder:p%40ss%2Fword@db/finder"),
        (
            "postgres://finder@db:5433/finder?sslmode=require",
            "postgres://finder:p%40ss%2Fword@db:5433/finder?sslmode=require",
        ),
        ("postgresql://finder:own@db/finder", "postgresql://finder:own@db/finder"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_the_password_may_be_given_apart(address: str, whole: str) -> None:
    settings = read_settings({"FINDER_DATABASE_URL": address, "FINDER_DATABASE_PASSWORD": "p@ss/word"})
    assert settings.database_url == whole
    assert make_url(whole.replace("postgres:", "postgresql:")).password in (None, "own", "p@ss/word")


def test_the_settings_are_shown_with_where_they_came_from_and_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(0o644)
    given = {"FINDER_SECRET_KEY_FILE": str(file), "FINDER_HOST": "0.0.0.0", "FINDER_OTHER": "x", "FINDER_METRICS_TOKEN": SECRET}  # fmt: skip
    out = Terminal(tmp_path).good("settings", **given)
    lines = {line.split()[0]: line for line in out.splitlines() if line.startswith("FINDER_") and "(" in line}
    assert lines["FINDER_SECRET_KEY"].split(maxsplit=1)[1] == f"(set, not shown)   (file {file})"
    assert lines["FINDER_HOST"].split(maxsplit=1)[1] == "0.0.0.0   (environment)"
    assert SECRET not in out
    for doubt in ("Others of this machine can read", "FINDER_HOSTS is not set", "FINDER_TRUSTED_PROXIES is 0", "no setting FINDER_OTHER", "FINDER_METRICS_TOKEN does nothing"):  # fmt: skip
        assert doubt in out, doubt
    assert not (tmp_path / "var" / "finder.db").exists()


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"database": "zqx_nothing"}, "has no database zqx_nothing"),
        ({"username": "zqx_nobody", "password": "zqx-word"}, "does not let zqx_nobody in"),
        ({"port": 1}, ""),
    ],
)
def test_why_postgresql_lets_nobody_in_is_told(tmp_path: Path, changed: dict[str, str], part: str) -> None:
    url = make_url(postgres_url()).set(**changed).render_as_string(hide_password=False)
    sentence = Terminal(tmp_path, url).refused("serve")
    assert part in sentence
    assert "zqx-word" not in sentence
    assert sentence == Terminal(tmp_path, url).refused("setup")
