"""The classes of errors, which stand twice: `stages.formats` knows nothing of the database."""

from __future__ import annotations

from db import states
from stages.formats import ErrorClass


def test_both_lists_of_error_classes_are_the_same() -> None:
    assert {one.name: one.value for one in ErrorClass} == {
        one.name: one.value for one in states.ErrorClass
    }
