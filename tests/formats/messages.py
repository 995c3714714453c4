"""Every English message that the product can show, read from its own source, and what patients read of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import finder
from finder.config import SETTINGS
from finder.db.datasets import DatasetState
from finder.errors import CODES
from finder.formats import origins, wording
from finder.formats.desk_sentences import DESK_SENTENCES
from finder.formats.sentences import OF_PEOPLE, SENTENCES, USUAL_NAME
from finder.importers import encodings
from finder.search.query import PARAMETERS
from finder.site.keys import KEYS

ROOT = Path(finder.__file__).parent
SPANISH = wording._LOCALE / "es" / "LC_MESSAGES" / "finder.po"
TEMPLATES = ROOT / "web" / "templates"
PATIENT_KINDS = ("question", "missing", "outage")
# Names by which a Wording goes, or is made, in the code.
_WORDINGS = {"w", "words", "wording"}
_TABLES: dict[str, list[str]] = {
    # What the desk refuses is told to staff alone, in English.
    "SENTENCES": [text for code, text in SENTENCES.items() if code not in DESK_SENTENCES],
    "FACTS": [text for fact in wording.FACTS.values() for text in fact],
    "KINDS": list(wording.KINDS.values()),
    "REFUSALS": list(wording.REFUSALS.values()),
    "CHOICES": list(wording.CHOICES.values()),
    "PLAN_GROUPS": list(wording.PLAN_GROUPS.values()),
    "MISTAKES": list(wording.MISTAKES.values()),
    "NUMBERS": list(wording.NUMBERS.values()),
    "DIRECTIONS": list(wording.DIRECTIONS.values()),
    "RUNGS": list(wording.RUNGS.values()),
    "OF_PEOPLE": [text for one in OF_PEOPLE.values() for text in one if text],
    "USUAL_NAME": [USUAL_NAME],
    "LANGUAGE_NAMES": list(wording.LANGUAGE_NAMES.values()),
    "ORIGINS": [
        *origins.SENTENCES,
        *origins.KINDS.values(),
        *origins.EXACTNESS.values(),
        *origins.SOURCES.values(),
        *origins.RENEWED.values(),
    ],
    "_LEVEL_SENTENCES": list(wording._LEVEL_SENTENCES.values()),
    "_PROCEDURE_SENTENCES": list(wording._PROCEDURE_SENTENCES.values()),
}


@dataclass(frozen=True)
class Message:
    """One message. `indirect` is True where the call names no literal, so that nothing could be read."""

    one: str
    many: str | None
    where: str
    indirect: bool = False


@cache
def all_messages() -> dict[str, Message]:
    """Return every message by its English; those with a plural by their singular."""
    found: dict[str, Message] = {}
    for message in (*_python(), *_templates(), *_tables(), *_parameters()):
        if not message.indirect and (message.one not in found or message.many):
            found[message.one] = message
    return found


def indirect() -> list[str]:
    """Return where a message is not given as a literal. Only the wording itself looks them up in its tables."""
    return [one.where for one in (*_python(), *_templates()) if one.indirect and "wording.py" not in one.where]


def for_patients() -> list[str]:
    """Return the messages that patients can meet, plurals too."""
    return sorted(places_of_messages())


def places_of_messages() -> dict[str, str]:
    """Return the messages that patients can meet, plurals too, each with the file or table where it stands first."""
    internal = {SENTENCES[key] for key, code in CODES.items() if code.kind not in PATIENT_KINDS}
    internal |= {message.one for message in _parameters()}
    where = ("formats/", "web/templates/patients", "web/patients", *_TABLES)
    found = [one for one in (*_python(), *_templates(), *_tables()) if one.where.startswith(where)]
    places: dict[str, str] = {}
    for one in found:
        for text in (one.one, one.many):
            if text and one.one not in internal:
                places.setdefault(text, one.where.partition(":")[0])
    return places


def translated(path: Path) -> dict[str, str]:
    """Return each message of a file of translations with what it is in the other language, plurals too."""
    found: dict[str, str] = {}
    with path.open("rb") as file:
        for entry in read_po(file):
            both = isinstance(entry.id, tuple)
            found |= dict(zip(entry.id, entry.string, strict=True) if both else [(entry.id, entry.string)])
    return found


def bare_text() -> dict[str, str]:
    """Return the words of each template that stand outside any expression and any tag."""
    found = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        pieces = [data.data for data in _parse(path.read_text(encoding="utf-8")).find_all(nodes.TemplateData)]
        found[path.relative_to(TEMPLATES).as_posix()] = " ".join(re.sub(r"<[^>]*>|&\w+;", " ", "".join(pieces)).split())
    return found


def in_python(source: str, where: str = "") -> Iterator[Message]:
    """Yield the messages of Python source."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, at = node.func, f"{where}:{node.lineno}"
        # Only the class of the wording calls itself.
        names = _WORDINGS | ({"self"} if where.endswith("formats/wording.py") else set())
        if isinstance(function, ast.Attribute) and function.attr == "plural" and _is_wording(function.value, names):
            one, many = ([*_literals(arg)] for arg in node.args[:2])
            yield Message(one[0] or "", many[0], at, one[0] is None or many[0] is None)
        elif _is_wording(function, names) and not _makes_wording(node):
            for text in _literals(node.args[0]):
                yield Message(text or "", None, at, text is None)


def in_template(source: str, where: str = "") -> Iterator[Message]:
    """Yield the messages of a Jinja template."""
    for call in _parse(source).find_all(nodes.Call):
        function, at = call.node, f"{where}:{call.lineno}"
        if isinstance(function, nodes.Getattr) and function.attr == "plural" and _is_w(function.node):
            one, many = ([*_constants(arg)] for arg in call.args[:2])
            yield Message(one[0] or "", many[0], at, one[0] is None or many[0] is None)
        elif _is_w(function):
            for text in _constants(call.args[0]):
                yield Message(text or "", None, at, text is None)


def _python() -> Iterator[Message]:
    for folder in ("formats", "web", "cli", "desk"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from in_python(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())


def _templates() -> Iterator[Message]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield from in_template(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())


def _tables() -> Iterator[Message]:
    for name, texts in _TABLES.items():
        yield from (Message(text, None, name) for text in texts)


def _parameters() -> Iterator[Message]:
    """Yield the words of ours that fill the sentences of codes."""
    words = {one.expected for one in (*PARAMETERS, *SETTINGS, *KEYS)} | {
        what for _magic, what in encodings._KNOWN_OTHERS
    }
    words |= {"binary data", "a damaged workbook", "a ZIP archive", "JSON", "HTML or XML"} | {
        state.value for state in DatasetState
    }
    yield from (Message(text, None, "parameters of codes") for text in sorted(words))


def _is_wording(node: ast.expr, names: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in names
    return isinstance(node, ast.Name) and node.id in names


def _makes_wording(node: ast.Call) -> bool:
    """Return whether a call asks for the wording of a language."""
    return isinstance(node.func, ast.Name) and node.func.id == "wording"


def _literals(node: ast.expr) -> Iterator[str | None]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    else:
        yield node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_w(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "w"


def _constants(node: nodes.Expr) -> Iterator[str | None]:
    if isinstance(node, nodes.CondExpr):
        yield from _constants(node.expr1)
        if node.expr2 is not None:
            yield from _constants(node.expr2)
    else:
        yield node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def _parse(source: str) -> nodes.Template:
    return Environment().parse(source)
