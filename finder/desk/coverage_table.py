"""Coverage as a file: a line for each ZIP code, for a spreadsheet that runs nothing of it."""

from __future__ import annotations

import csv
import io

from finder.desk.coverage import Coverage
from finder.importers.formulas import harmless

COLUMNS = ("zip_code", "town", "state", "miles_to_nearest", "work", "area", "edition")


def as_csv(found: Coverage) -> str:
    """Return a coverage as CSV with a heading, the farthest ZIP codes first; no miles where nobody says they do it."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for one in found.zips:
        miles = "" if one.miles is None else f"{one.miles:.1f}"
        cells = (one.zip_code, one.town, one.state, miles, found.work, found.area, found.edition)
        lines.writerow([harmless(cell) for cell in cells])
    return written.getvalue()
