"""The picture of where: numbered dots on a quiet outline map, as inline SVG, and the same in words.

It needs no script, loads nothing, prints, and takes its colours from the page's sheet by class.
"""

from finder.formats.picture.answer import picture, places_picture
from finder.formats.picture.changes import changes_picture
from finder.formats.picture.directory import directory_picture
from finder.formats.picture.drawing import Picture

__all__ = ["Picture", "changes_picture", "directory_picture", "picture", "places_picture"]
