"""The one exception that reading a comic can raise, and the closed list of its classes.

Its text is the sentence the user reads: what happened and what to do. The path is not in it;
whoever reports it knows which file was open.
"""

from __future__ import annotations

import errno
import os
from enum import StrEnum


class ErrorClass(StrEnum):
    """Why a comic cannot be read; the value stands in the database and in JSON."""

    UNSUPPORTED = "unsupported"  # readable, but nothing that we know how to show
    ENCRYPTED = "encrypted"  # needs a password
    TRUNCATED = "truncated"  # the end is missing
    DAMAGED = "damaged"  # contradicts itself
    NO_PAGES = "no_pages"  # a sound archive without a picture
    EMPTY = "empty"  # zero bytes
    TOO_LARGE = "too_large"  # beyond what we are willing to unpack
    TIMEOUT = "timeout"  # a helper program did not finish
    CRASHED = "crashed"  # a helper program died
    DENIED = "denied"  # the system forbids reading it
    VANISHED = "vanished"  # it was there when it was listed
    METADATA_INVALID = "metadata_invalid"  # ComicInfo.xml is not XML of that kind
    LINK_LOOP = "link_loop"  # symbolic links in a circle
    BROKEN_LINK = "broken_link"  # a symbolic link to nothing
    INTERNAL = "internal"  # our side, not the file's


class FormatError(Exception):
    """A comic, a page or its metadata cannot be read; ``str()`` is a sentence for the user."""

    def __init__(self, error_class: ErrorClass, sentence: str) -> None:
        super().__init__(sentence)
        self.error_class = error_class


def from_os_error(error: OSError, path: bytes | None = None) -> FormatError:
    """What the operating system's refusal means for the person who owns the file."""
    match error.errno:
        case errno.ENOENT if path is not None and os.path.islink(path):
            return FormatError(
                ErrorClass.BROKEN_LINK,
                "The link points to a file that does not exist. Mend or remove the link.",
            )
        case errno.ENOENT | errno.ENOTDIR | errno.ESTALE:
            return FormatError(
                ErrorClass.VANISHED,
                "The file is no longer there. If it was moved, the next scan finds it again.",
            )
        case errno.EACCES | errno.EPERM:
            return FormatError(
                ErrorClass.DENIED,
                "Longbox may not read this file. Give its user permission to read it.",
            )
        case errno.ELOOP:
            return FormatError(
                ErrorClass.LINK_LOOP,
                "The links that lead to this file go round in a circle. Mend or remove them.",
            )
        case errno.EISDIR:
            return FormatError(
                ErrorClass.UNSUPPORTED,
                "This is a folder with a comic's name. Pack its pictures into a ZIP archive.",
            )
        case errno.EMFILE | errno.ENFILE:
            return FormatError(
                ErrorClass.INTERNAL,
                "Too many files are open at once. Raise the limit of open files and try again.",
            )
        case _:
            reason = error.strerror or "an unknown error"
            return FormatError(
                ErrorClass.DAMAGED,
                f"The file could not be read ({reason}). Check the disk or share it is on.",
            )
