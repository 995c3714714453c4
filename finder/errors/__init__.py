"""Everything the product raises on purpose: codes with parameters, and no sentences (those are in formats)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finder.errors.codes import CODES as _CODES
from finder.errors.codes import Code, Kind
from finder.errors.desk_codes import DESK_CODES

CODES: dict[str, Code] = _CODES | DESK_CODES
__all__ = [
    "CODES", "BackupRefused", "CatalogueRefused", "Code", "DeskRefused", "DirectoryNotReady", "DirectoryRefused", "FileRefused",
    "FinderError", "Kind", "ListingMissing", "OutputRefused", "QuestionError", "ReportRefused", "RequestRefused",
    "SettingError", "StorageFailed",
]  # fmt: skip


class FinderError(Exception):
    """Root of everything the product raises on purpose.

    `code` is a key of `CODES`; `params` fill the code's sentence. Neither ever holds a sentence.
    """

    # For a refused import: every problem found until then.
    problems: Sequence[Any] = ()

    def __init__(self, code: str, **params: Any) -> None:
        if code not in CODES:
            raise LookupError(f"undeclared error code {code!r}")
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({told})"


class QuestionError(FinderError):
    """The question cannot be answered as it was put (HTTP 400)."""


class ListingMissing(FinderError):
    """No person or place has this public id (HTTP 404)."""


class ReportRefused(FinderError):
    """A report of a mistake is not taken as it was sent (HTTP 400, 403 or 429)."""


class RequestRefused(FinderError):
    """A request is not answered, whatever it asks: too many came, or it names another host (HTTP 429 or 400)."""


class DirectoryNotReady(FinderError):
    """There is no directory to search yet, or its database does not answer (HTTP 503)."""


class FileRefused(FinderError):
    """A whole file cannot be imported; the active data stay as they were."""


class DirectoryRefused(FinderError):
    """A dataset cannot be activated, rolled back or served as asked."""


class OutputRefused(FinderError):
    """A file that was asked for cannot be written; what stood in its place is untouched."""


class CatalogueRefused(FinderError):
    """A catalogue row cannot be written, signed or withdrawn as asked."""


class BackupRefused(FinderError):
    """A backup cannot be written or taken back; nothing was changed."""


class DeskRefused(FinderError):
    """Staff may not do this, or not so: an account, an amendment, a check, a link (HTTP 400, 403 or 404)."""


class StorageFailed(FinderError):
    """The database or its disk failed beneath us; whatever was under way is undone, and can be done again."""


class SettingError(FinderError):
    """A setting has a value that cannot be used; `others` are what else is wrong with the settings."""

    others: Sequence[FinderError] = ()
