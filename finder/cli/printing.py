"""Printing where there may be no room: a full disk behind standard output is a refusal like any other."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from finder.errors import OutputRefused


@contextmanager
def room_is_told_of() -> Iterator[None]:
    """Let whatever prints within raise OutputRefused where standard output takes no more.

    A pipe that its reader has closed stays a BrokenPipeError, at which click ends quietly.
    """
    before = sys.stdout
    told = _Told(before)
    if before:
        # Started with it closed, Python has none.
        sys.stdout = cast(TextIO, told)
    try:
        yield
    except OutputRefused:
        if before:
            # Whatever was written beside the stream, straight into its buffer, is there still.
            told.drop()
        raise
    finally:
        sys.stdout = before


class _Told:
    """A stream whose troubles have a name."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        # Click tries with nothing at all what kind of stream this is, and would not hear that there is no room.
        return self._done(lambda: self._stream.write(text)) if text != "" else 0

    def flush(self) -> None:
        self._done(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _done(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except BrokenPipeError:
            self.drop()
            raise
        except OSError:
            self.drop()
            raise OutputRefused("output_not_written", name="standard output") from None

    def drop(self) -> None:
        """Let what is still to be written vanish, or Python would try it once more at its end and complain."""
        try:
            descriptor = self._stream.fileno()
        except io.UnsupportedOperation:
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
