"""The library that the tests of reading data share."""

from __future__ import annotations

import pytest

from tests.reading_traces import Place, make_place


@pytest.fixture
def place(data: object) -> Place:
    return make_place()
