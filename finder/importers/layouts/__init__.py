"""Layouts of public files, known by their headers, and how files of them are opened."""

from finder.importers.layouts.layout import ASIDE, Layout, Reading
from finder.importers.layouts.opening import LAYOUTS, Opened, OpenedTable, layout_of

__all__ = ["ASIDE", "LAYOUTS", "Layout", "Opened", "OpenedTable", "Reading", "layout_of"]
