"""Entries that the import does not yet meet, each with what is wrong. Mending one means taking it out of here."""

from __future__ import annotations

FAR = (
    "bomb-far-cell-plain",
    "bomb-far-cell-small-letters",
    "bomb-far-cell-single-quotes",
    "bomb-far-cell-spaced",
    "bomb-far-cell-behind-a-sign",
    "bomb-far-cell-in-a-comment",
    "bomb-far-cell-by-its-row",
    "bomb-far-cell-in-a-part-of-another-kind",
    "bomb-far-cell-in-another-folder",
    "bomb-far-cell-in-capitals",
)
SLOW = ("bomb-cells-not-closed", "bomb-tags-not-closed", "bomb-titles-not-closed", "bomb-one-sheet-1,000-times")
LARGE = (
    "bomb-book-of-a-gigabyte", "bomb-texts-in-cells", "bomb-texts-of-half-a-gigabyte", "bomb-texts-without-number",
    "cells-of-9-million", "cells-of-9-million-wide", "line-of-short-cells", "line-of-commas", "heading-of-10-million",
    "line-without-end",
)  # fmt: skip

KNOWN_FAULTS = {
    "update": "a refused row of an update is told by other codes than in a whole file",
    "update-damaged": "odd rows of an update are laid under the wrong columns, so more is told than is wrong",
    "update-with-a-quote": "a quote out of place in an update is told as other faults",
    "places-gone": "carrying over keeps a person without roles, whose capabilities cannot be imported again",
    "workbook-hidden-sheet": "a hidden sheet counts like any other",
    "workbook-very-hidden-sheet": "a hidden sheet counts like any other",
}
# What the reader of workbooks understands and our look beforehand does not, or what takes more memory than it may.
KNOWN_FAULTS_OF_GIANTS = {
    **dict.fromkeys(FAR, "a far cell in an unusual spelling is not seen beforehand"),
    **dict.fromkeys(SLOW, "the look beforehand takes more than a minute"),
    **dict.fromkeys(LARGE, "more than 300 MB of memory"),
}
