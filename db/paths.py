"""Paths are bytes; this is how they are shown and compared with what a person typed."""

from __future__ import annotations


def display(path: bytes) -> str:
    """A path for the screen; what is not UTF-8 in it shows as U+FFFD."""
    return path.decode("utf-8", "replace")
