"""Paths are bytes, as file systems have them; this is how they are shown."""

from __future__ import annotations


def display(path: bytes) -> str:
    """A path for the screen; what is not UTF-8 in it shows as U+FFFD."""
    return path.decode("utf-8", "replace")
