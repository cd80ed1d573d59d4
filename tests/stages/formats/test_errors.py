"""The classes of errors, which stand twice: `stages.formats` knows nothing of the database."""

from __future__ import annotations

import errno
import os
import zlib

import pytest

from db import states
from stages.formats import ErrorClass, FormatError
from stages.formats.errors import from_exception, from_os_error


def test_both_lists_of_error_classes_are_the_same() -> None:
    assert {one.name: one.value for one in ErrorClass} == {
        one.name: one.value for one in states.ErrorClass
    }


@pytest.mark.parametrize(
    ("number", "error_class", "sentence"),
    [
        (errno.EACCES, ErrorClass.DENIED, "may not read"),
        (errno.EPERM, ErrorClass.DENIED, "may not read"),
        (errno.ESTALE, ErrorClass.VANISHED, "no longer there"),
        (errno.EIO, ErrorClass.UNREADABLE, os.strerror(errno.EIO)),
        (errno.EHOSTDOWN, ErrorClass.UNREADABLE, os.strerror(errno.EHOSTDOWN)),
        (errno.EMFILE, ErrorClass.INTERNAL, "Too many files"),
        (errno.ENOMEM, ErrorClass.TOO_LARGE, "memory"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(
    number: int, error_class: ErrorClass, sentence: str
) -> None:
    error = from_os_error(OSError(number, os.strerror(number)))
    assert error.error_class is error_class
    assert sentence in str(error)


@pytest.mark.parametrize(
    ("error", "error_class"),
    [
        (FormatError(ErrorClass.EMPTY, "It is empty."), ErrorClass.EMPTY),
        (MemoryError(), ErrorClass.TOO_LARGE),
        (PermissionError(errno.EACCES, "no"), ErrorClass.DENIED),
        (OSError("of nobody's number"), ErrorClass.UNREADABLE),
        (zlib.error("ours to catch"), ErrorClass.INTERNAL),
        (RecursionError(), ErrorClass.INTERNAL),
    ],
)
def test_whatever_is_raised_over_a_file_has_a_class_of_its_own(
    error: Exception, error_class: ErrorClass
) -> None:
    assert from_exception(error).error_class is error_class
