"""A hospital's logo: a small SVG or PNG that lies beside its file."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from finder.site.identity import Logo

LARGEST_BYTES = 100 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_RUNS = frozenset(("script", "foreignObject", "iframe", "embed", "object"))


def read_logo(folder: Path, named: str) -> Logo:
    """Read the picture of a name. Raises ValueError where it is none, too large, elsewhere, or would run something."""
    path = (folder / named).resolve()
    if Path(named).is_absolute() or not path.is_relative_to(folder.resolve()):
        raise ValueError(named)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError:
        raise ValueError(named) from None
    if not content or len(content) > LARGEST_BYTES:
        raise ValueError(named)
    if path.suffix.lower() == ".png" and content.startswith(_PNG):
        return Logo(content, "image/png")
    if path.suffix.lower() == ".svg" and _is_still(content):
        return Logo(content, "image/svg+xml")
    raise ValueError(named)


def _is_still(content: bytes) -> bool:
    """Return whether it is an SVG without a script or anything that is loaded from elsewhere."""
    tags: list[str] = []
    wrong: list[str] = []

    def begins(tag: str, attributes: dict[str, str]) -> None:
        tags.append(tag.rpartition(":")[2])
        wrong.extend(name for name in attributes if name.lower().startswith("on"))
        links = (text.strip() for name, text in attributes.items() if name.rpartition(":")[2] == "href")
        wrong.extend(text for text in links if not text.startswith(("#", "data:image/")))

    reader = expat.ParserCreate()
    reader.StartElementHandler = begins
    # Entities that are defined in the file can make a small file very large.
    reader.EntityDeclHandler = lambda *_declared: wrong.append("entity")
    try:
        reader.Parse(content, True)
    except expat.ExpatError:
        return False
    return tags[:1] == ["svg"] and not wrong and not _RUNS & set(tags)
