"""Keep what was made of late, up to so many, without a day on which all of it is forgotten at once."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, so many as were put or asked for last.

    Threads may share it: at worst one makes again what another just made.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def all(self) -> dict[Key, Value]:
        """Return all that is kept."""
        return dict(self._values)

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key, None for nothing."""
        value = self._values.get(key)
        if value is not None:
            try:
                self._values.move_to_end(key)
            except KeyError:  # another thread has forgotten it just now
                return value
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        self._values.pop(key, None)
        self._values[key] = value
        while len(self._values) > self._most:
            with suppress(KeyError):
                self._values.popitem(last=False)
