"""TopoJSON of us-atlas shape: its arcs, and which of them make the rings of each outline."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arc = NDArray[np.float64]


class Topology:
    """Layers of outlines that share their arcs, so that what two have in common is there once."""

    def __init__(self, topojson_gz: Path) -> None:
        self._topology: dict[str, Any] = json.loads(gzip.decompress(topojson_gz.read_bytes()))
        # TopoJSON undoes its quantisation and delta coding so (specification 2.1.1 and 2.1.2).
        transform = self._topology["transform"]
        self.arcs: list[Arc] = [
            np.cumsum(np.asarray(arc, np.int64), axis=0) * transform["scale"] + transform["translate"]
            for arc in self._topology["arcs"]
        ]

    def outlines(self, layer: str) -> Iterator[tuple[str, list[list[list[int]]]]]:
        """Yield the id of each outline of a layer ("" where it has none) and its polygons, each of rings of arcs.

        The arc ~n is the arc n taken from its end.
        """
        for one in self._topology["objects"][layer]["geometries"]:
            yield one.get("id", ""), one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]

    def ring(self, numbers: list[int]) -> list[tuple[float, float]]:
        """Return the longitudes and latitudes of a ring, the first one twice."""
        parts = [self.arcs[number] if number >= 0 else self.arcs[~number][::-1] for number in numbers]
        joined = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
        return [(float(longitude), float(latitude)) for longitude, latitude in joined]
