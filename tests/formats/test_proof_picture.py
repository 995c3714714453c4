"""The long trial of pictures: ZIP codes by the hundred with every radius, each with crowds and strays."""

from __future__ import annotations

import os
import random
import time

import pytest

from finder.db.directory import PositionKind
from finder.db.reference import zip_points
from finder.formats.picture import picture
from finder.formats.wording import LANGUAGES, wording
from tests.formats.drawn import Seen, Somewhere, answer, listed, overlapping
from tests.formats.test_picture import away

pytestmark = pytest.mark.proof

_SEED = int(os.environ.get("FINDER_PROOF_SEED") or 20261122)
_MINUTES = os.environ.get("FINDER_PROOF_MINUTES", "")
_SHARE, _WHOLE_MINUTES = 0.05, 3.0
_RADII = (10.0, 25.0, 50.0, 100.0, None)


def test_pictures_from_anywhere_are_sound() -> None:
    """Everyone numbered once, no number over another or over words, nothing beyond the frame, and small."""
    draw = random.Random(_SEED)
    codes = [code for code, one in zip_points().items() if one.latitude is not None]
    draw.shuffle(codes)
    ends = time.monotonic() + 60 * (float(_MINUTES) * _SHARE if _MINUTES else _WHOLE_MINUTES)
    drawn, largest, faults = 0, 0, []
    for code in codes:
        if drawn and time.monotonic() > ends:
            break
        for radius in _RADII:
            reach = radius or draw.choice((200.0, 900.0, 4000.0))
            crowd = draw.uniform(0, reach * 0.6), draw.uniform(0, 360)
            some = []
            for key in range(draw.randint(1, 20)):
                miles, bearing = crowd if draw.random() < 0.5 else (draw.uniform(0, reach), draw.uniform(0, 360))
                there = away(code, min(reach * 0.999, miles + draw.choice((0, 0.3, 2))), bearing + draw.uniform(0, 4))
                kind = draw.choice((PositionKind.GIVEN, PositionKind.ZIP))
                some += [Somewhere(str(key), *there, "Ashby", kind)] * draw.choice((1, 1, 2, 6))
            results = answer(code, radius, some[:50])
            for language in LANGUAGES:
                found = picture(results, wording(language))
                assert found is not None
                seen = Seen(found)
                boxes = [*seen.pills, *(box for _text, box in seen.words)]
                numbered = sorted(rank for pill in seen.pills for rank in seen.ranks_in(pill))
                sound = numbered == [one.rank for one in listed(results)] and not overlapping(boxes)
                if not sound or not all(box.inside(seen.size) for box in boxes):
                    faults.append((code, radius))
                drawn, largest = drawn + 1, max(largest, len(found.svg.encode()))
    print(f"\n{drawn:,} pictures, the largest of {largest:,} bytes, {len(faults)} faults (seed {_SEED})")
    assert not faults
    assert largest < 12_000
