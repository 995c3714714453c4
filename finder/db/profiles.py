"""Profiles: one word, such as hip-preservation, for several stated capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finder.db.base import Capability
from finder.db.directory import TargetKind

Line = tuple[TargetKind, str, Capability]
FIELDS = ("name_en", "name_es", "meaning_en", "meaning_es", "synonyms_en", "synonyms_es", "lines")


@dataclass(frozen=True)
class Profile:
    """A profile of the catalogue; `body` is the whole entry.

    `lines` are what it says, the strongest level first; what no line names is not stated. `faults` are lines that say
    nothing, as "level: target": a level or target that there is not, or a target that a stronger level has already.
    """

    key: str
    body: Mapping[str, Any]
    lines: tuple[Line, ...]
    faults: tuple[str, ...]

    @classmethod
    def of(cls, key: str, body: Mapping[str, Any], kinds: Mapping[str, TargetKind]) -> Profile:
        """Read an entry; `kinds` tells of every condition and procedure which of the two it is."""
        levels = {level.value for level in Capability}
        by_level = body["lines"]
        said: dict[str, Line] = {}
        faults = [f"{name}: {target}" for name in sorted(set(by_level) - levels) for target in by_level[name]]
        for level in Capability:
            for target in by_level.get(level.value, ()):
                if target in kinds and target not in said:
                    said[target] = (kinds[target], target, level)
                else:
                    faults.append(f"{level.value}: {target}")
        return cls(key, body, tuple(said.values()), tuple(faults))
