"""Entries that the import does not yet meet, each with what is wrong. Mending one means taking it out of here."""

from __future__ import annotations

KNOWN_FAULTS: dict[str, str] = {}
# What could take the machine with it is not run.
KNOWN_FAULTS_OF_GIANTS: dict[str, str] = {}
