"""How much a comic may ask of the process that opens it; beyond that it is refused as too large.

The values are settings, which this package cannot see: every process that opens comics says them
once, with `use`. What the kernel holds a process to is `stages/jail.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one process, with the defaults of docs/SETTINGS.md."""

    entries: int = 100_000
    """Entries of an archive, or files of a folder; real comics stay below 2,000."""
    page_bytes: int = 256 << 20
    """Bytes of one unpacked page."""
    comic_bytes: int = 8 << 30
    """Bytes of all that is unpacked in one go: of a solid archive, or of a compressed tar."""
    metadata_bytes: int = 4 << 20
    """Bytes of one unpacked metadata file; a ComicInfo.xml that lists 2,000 pages has 200 kB."""
    picture_pixels: int = 90_000_000
    """Pixels of a picture that is decoded, for a cover or a smaller page."""
    unpack_seconds: float = 60.0
    """Seconds of waiting for a program that unpacks."""
    directory_bytes: int = 16 << 20
    """Bytes of an archive's directory, or of any other table that is read whole."""


current = Limits()
"""The limits of this process. Look it up where it is needed: `limits.current.entries`."""


def use(limits: Limits) -> None:
    """Set the limits of this process, before it opens anything."""
    global current
    current = limits
