"""Which copy is suggested, and the words for it."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from db.best_copy import choose, mean_size
from db.duplicates import Copy


def copy(comic_id: int, **known: Any) -> Copy:
    values: dict[str, Any] = {
        "series_id": 1,
        "series": "Saga",
        "number": "1",
        "title": None,
        "library": "Comics",
        "path": f"{comic_id}.cbz",
        "file": f"/comics/{comic_id}.cbz",
        "container": "zip",
        "size": 30_000_000,
        "page_count": 24,
        "picture_bytes": 1_000_000,
        "added_at": float(comic_id),
        "told": 3,
        "is_missing": False,
    }
    return Copy(id=comic_id, **values | known)


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"is_missing": True}, "its file in place"),
        ({"is_damaged": True}, "no known damage"),
        ({"page_count": 20}, "more pages (24 against 20)"),
        ({"picture_bytes": 500_000}, "larger pictures (1.0 MB a page against 500.0 kB)"),
        ({"told": 1}, "more details (3 fields against 1)"),
        ({"container": "rar"}, "a format that opens at once (ZIP)"),
    ],
)
def test_the_better_copy_is_kept_and_it_is_said_why(worse: dict[str, Any], why: str) -> None:
    assert choose([copy(1, **worse), copy(2)]).comic_id == 2
    assert choose([copy(2), copy(1, **worse)]).why == f"It has {why}."


def test_what_somebody_has_read_is_rather_kept() -> None:
    best = choose([copy(1), copy(2, readers=["Ada", "Rita"])])
    assert (best.comic_id, best.why) == (2, "It has the reading data of 2 people.")


def test_soundness_goes_before_pages_and_pages_before_pictures() -> None:
    damaged = copy(1, is_damaged=True, page_count=40)
    large = copy(2, picture_bytes=2_000_000)
    long = copy(3, page_count=30)
    best = choose([damaged, large, long])
    assert best.comic_id == 3
    assert best.why == "It has no known damage and more pages (30 against 24)."


def test_of_copies_that_are_all_damaged_none_is_suggested() -> None:
    best = choose([copy(1, is_damaged=True), copy(2, is_damaged=True, is_missing=True)])
    assert not best.is_suggested
    assert best.why.startswith("Every copy that is there has damage")
    assert not choose([copy(1, is_damaged=True), copy(2, is_missing=True)]).is_suggested


def test_pictures_of_about_the_same_size_are_alike_and_so_are_those_nobody_knows() -> None:
    alike = "They are alike; this one has been here the longest."
    assert choose([copy(1, picture_bytes=950_000), copy(2)]).why == alike
    best = choose([copy(1, picture_bytes=None), copy(2)])
    assert (best.comic_id, best.why) == (1, alike)


def test_a_mean_is_taken_of_the_sizes_alone() -> None:
    assert mean_size(struct.pack("<4I", 0xFFFFFFFF, 100, 7, 300)) == 200
    assert mean_size(b"") is None
    assert mean_size(None) is None
