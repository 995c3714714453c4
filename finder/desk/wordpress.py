"""Make the plugin for WordPress, which puts the finder into a hospital's pages, as the zip that WordPress takes.

Its sources are `data/wordpress/specialist-finder`.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path

from finder.db.reference import DATA

PLUGIN_FILE = "specialist-finder.zip"
_NAME = "specialist-finder"
_FOLDER = DATA / "wordpress" / _NAME
_LICENSE = DATA / "LICENSE"
_ENDINGS = (".php", ".js", ".json", ".txt")
_TRANSLATED = re.compile(
    r"\b(?:__|_e|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(\s*'((?:[^'\\]|\\.)*)',\s*'specialist-finder'\s*\)"
)


@cache
def plugin_zip() -> bytes:
    """Return the zip: from the same sources the same bytes, on any machine and with any library.

    It holds the licence, which must go with it, and the template for translations, which is made here.
    """
    files = {
        f"{_NAME}/{path.relative_to(_FOLDER).as_posix()}": path.read_bytes()
        for path in _FOLDER.rglob("*")
        if path.suffix in _ENDINGS
    }
    files[f"{_NAME}/LICENSE"] = _LICENSE.read_bytes()
    files[f"{_NAME}/languages/{_NAME}.pot"] = _translations().encode()
    packed = io.BytesIO()
    # Not compressed: that is 50 kB, and libraries compress in different ways.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as plugin:
        for name in sorted(files):
            one = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            one.create_system, one.external_attr = 3, 0o100644 << 16
            plugin.writestr(one, files[name])
    return packed.getvalue()


def plugin_version() -> str:
    """Return the plugin's own version, as its first file says."""
    found = re.search(r"^ \* Version: +([0-9.]+)$", _main_file().read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise LookupError("the plugin's first file names no version")
    return found[1]


def _main_file() -> Path:
    return _FOLDER / f"{_NAME}.php"


def _translations() -> str:
    """Return the template for translations: each sentence for staff, with the files where it stands."""
    found: dict[str, list[str]] = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix in (".php", ".js"):
            for sentence in _TRANSLATED.findall(path.read_text(encoding="utf-8")):
                where = found.setdefault(re.sub(r"\\(.)", r"\1", sentence), [])
                name = path.relative_to(_FOLDER).as_posix()
                if name not in where:
                    where.append(name)
    head = (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: Specialist Finder {plugin_version()}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"X-Domain: specialist-finder\\n"\n'
    )
    entries = [f'#: {" ".join(where)}\nmsgid "{_quoted(sentence)}"\nmsgstr ""\n' for sentence, where in found.items()]
    return "\n".join((head, *entries))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
