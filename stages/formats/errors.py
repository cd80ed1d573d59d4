"""The one exception that reading a comic can raise, and the closed list of its classes.

Its text is the first half of what the user reads: what is so with this file, in one sentence. What
to do about it depends on the class alone and stands in `db/errors.py`. The path is in neither;
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
    TOO_LARGE = "too_large"  # beyond a limit: of sizes, of pixels, of memory
    TIMEOUT = "timeout"  # beyond a limit of time
    CRASHED = "crashed"  # a helper program died of it, or a process of ours
    DENIED = "denied"  # the system forbids reading it
    UNREADABLE = "unreadable"  # the disk or the share fails over it
    VANISHED = "vanished"  # it was there when it was listed
    CHANGING = "changing"  # somebody writes it while we read
    METADATA_INVALID = "metadata_invalid"  # its metadata are not of the kind that they claim
    LINK_LOOP = "link_loop"  # symbolic links in a circle
    BROKEN_LINK = "broken_link"  # a symbolic link to nothing
    INTERNAL = "internal"  # our side, not the file's


class FormatError(Exception):
    """A comic, a page or its metadata cannot be read; ``str()`` is a sentence for the user."""

    def __init__(self, error_class: ErrorClass, sentence: str) -> None:
        super().__init__(sentence)
        self.error_class = error_class


_OF_THE_SYSTEM = {
    errno.EACCES: (ErrorClass.DENIED, "Longbox may not read it."),
    errno.EPERM: (ErrorClass.DENIED, "Longbox may not read it."),
    errno.ENOENT: (ErrorClass.VANISHED, "It is no longer there."),
    errno.ENOTDIR: (ErrorClass.VANISHED, "It is no longer there."),
    errno.ESTALE: (ErrorClass.VANISHED, "It is no longer there."),
    errno.ELOOP: (ErrorClass.LINK_LOOP, "The links that lead to it go round in a circle."),
    errno.EISDIR: (ErrorClass.UNSUPPORTED, "It is a folder with a comic's name."),
    errno.ENAMETOOLONG: (ErrorClass.UNSUPPORTED, "Its path is longer than the system can open."),
    errno.EMFILE: (ErrorClass.INTERNAL, "Too many files were open at once."),
    errno.ENFILE: (ErrorClass.INTERNAL, "Too many files were open at once."),
    errno.ENOMEM: (ErrorClass.TOO_LARGE, "It takes more memory than one file may."),
}


def from_os_error(error: OSError, path: bytes | None = None) -> FormatError:
    """What the system's refusal to read a file or folder means; a link is told by its path."""
    if error.errno == errno.ENOENT and path is not None and os.path.islink(path):
        return FormatError(ErrorClass.BROKEN_LINK, "The link points to nothing.")
    if error.errno in _OF_THE_SYSTEM:
        return FormatError(*_OF_THE_SYSTEM[error.errno])
    reason = error.strerror or "for a reason that the system does not tell"
    return FormatError(ErrorClass.UNREADABLE, f"The system could not read it: {reason}.")


def bare(error: FormatError | MemoryError) -> FormatError:
    """The error to be kept: without the traceback, which keeps pages and documents in memory."""
    failure = from_exception(error)
    return FormatError(failure.error_class, str(failure))


def from_exception(error: Exception, path: bytes | None = None) -> FormatError:
    """What anything raised while one file is read means; INTERNAL for what should not have been."""
    match error:
        case FormatError():
            return error
        case MemoryError():
            return FormatError(ErrorClass.TOO_LARGE, "It takes more memory than one file may.")
        case OSError():
            return from_os_error(error, path)
        case _:
            return FormatError(
                ErrorClass.INTERNAL, f"Longbox failed over it ({type(error).__name__})."
            )
