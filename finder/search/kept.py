"""Keep what was made of late, up to so many, without a day on which all of it is forgotten at once."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key: the newest so many, and as many of those before.

    Whatever is asked for counts as new. Threads may share it: at worst one makes again what another just made.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._newer: dict[Key, Value] = {}
        self._older: dict[Key, Value] = {}

    def all(self) -> dict[Key, Value]:
        """Return all that is kept."""
        return {**self._older, **self._newer}

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key, None for nothing."""
        value = self._newer.get(key)
        if value is None:
            value = self._older.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        if len(self._newer) >= self._most:
            self._newer, self._older = {}, self._newer
        self._newer[key] = value
