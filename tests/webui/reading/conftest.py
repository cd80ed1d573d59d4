"""A small library for the tests of reading data over HTTP."""

from __future__ import annotations

import pytest

from tests.catalogue_rows import add_comic, add_library, add_series


@pytest.fixture
def numbers(data: object) -> list[int]:
    """Five numbers of Saga, of 20 pages each."""
    saga = add_series(add_library(), "Saga", b"Saga")
    return [
        add_comic(
            saga,
            f"Saga {number}.cbz",
            number=str(number),
            sort_number=float(number),
            page_count=20,
            fingerprint=bytes([number]) * 16,
        )
        for number in range(1, 6)
    ]
