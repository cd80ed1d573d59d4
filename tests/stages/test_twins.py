"""Which comics count as the same issue, and which pages are found in many comics."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import pytest

from db.states import DuplicateKind
from db.surveys import Issue, Pages
from stages import page_tally
from stages.page_tally import Tally, frequent, key_of
from stages.twins import Contents, Issues, plain_name, plain_number, same_issue
from stages.twins import key_of as issue_key

_ids = count(1)


def issue(series: str = "Saga (2012)", number: str | None = "1", **told: Any) -> Issue:
    """A comic of its own content that tells no more than this."""
    comic_id = next(_ids)
    values: dict[str, Any] = dict.fromkeys(Issue._fields)
    values |= {"file": f"file {comic_id}.cbz", "fingerprint": bytes([comic_id % 256]) * 16}
    values |= {"comic_id": comic_id, "size": 1, "series": series, "number": number}
    return Issue(**values | told)


def alike(*issues: Issue) -> list[set[int]]:
    """The places, among those given, of comics that count as the same issue."""
    known = {one.comic_id: place for place, one in enumerate(issues)}
    found = []
    for group in Issues(issues).candidates():
        told = [one for one in issues if one.comic_id in group]
        found += [{known[one] for one in same.comic_ids} for same in same_issue(told)]
    return found


def test_the_same_number_of_the_same_series_is_the_same_issue() -> None:
    assert alike(issue("Saga (2012)", "1"), issue("Saga", "001"), issue("Saga", "2")) == [{0, 1}]


@pytest.mark.parametrize(
    "other",
    [
        {"publisher": "Marvel"},
        {"language": "fr"},
        {"year": 2016},
        {"volume": 2},
        {"volume": 2016},
        {"release_date": "2016-01"},
        {"format": "Annual"},
        {"series": "Saga of the Swamp Thing"},
        {"number": "1.MU"},
        {"number": None},
    ],
)
def test_what_both_tell_must_agree(other: dict[str, Any]) -> None:
    told = {"publisher": "Image", "language": "en-US", "year": 2012, "volume": 1}
    one = issue(release_date="2012-03", **told)
    assert alike(one, issue(**told)) == [{0, 1}]
    assert alike(one, issue(**(told | other))) == []


def test_who_tells_nothing_goes_with_others_only_where_they_are_of_one_mind() -> None:
    first, second, silent = issue(year=2012), issue(year=2016), issue()
    assert alike(first, silent) == [{0, 1}]
    assert alike(first, second, silent) == []
    assert alike(first, second, silent, issue()) == [{2, 3}]


def test_dates_around_the_turn_of_a_year_are_no_contradiction() -> None:
    assert alike(issue(release_date="2012-12-19"), issue(release_date="2013-02")) == [{0, 1}]


def test_copies_with_the_same_pages_are_not_told_twice() -> None:
    same = b"x" * 16
    assert alike(issue(fingerprint=same), issue(fingerprint=same)) == []


def test_a_name_that_very_many_have_says_nothing() -> None:
    assert alike(*(issue("Comics", "1", fingerprint=bytes([n]) * 16) for n in range(40))) == []


def test_without_a_number_the_volume_counts_and_then_the_title() -> None:
    assert alike(issue("Bleach", None, volume=3), issue("Bleach", None, volume=3)) == [{0, 1}]
    assert alike(issue("Bleach", "3"), issue("Bleach", None, volume=3)) == []
    assert alike(issue("A", None, file="moon.cbz"), issue("A", None, file="moon.cbr")) == [{0, 1}]
    assert issue_key(issue("…", "1")) is None


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        *(("001", "1"), ("1.0", "1"), ("0", "0"), ("0.5", "0.5"), ("½", "½"), ("-1", "-1")),
        *(("1.MU", "1.mu"), ("10A", "10a"), (" #7 ", "7"), ("000", "0"), (".5", "0.5"), ("", "")),
    ],
)
def test_numbers_are_the_same_however_they_are_written(written: str, plain: str) -> None:
    assert plain_number(written) == plain


def test_names_are_the_same_without_what_people_leave_out() -> None:
    assert plain_name("The Amazing Spider-Man (1963-1998)") == plain_name("amazing spider man")
    assert plain_name("Astérix & Obélix") == plain_name("Asterix and Obelix")
    assert plain_name("The") == "the"
    assert plain_name("(2012)") == "2012"


def test_equal_pages_are_told_from_equal_everything() -> None:
    contents = Contents()
    for comic_id, pages, everything in [
        (1, b"a" * 16, b"x" * 16),
        (2, b"b" * 16, b"y" * 16),
        (3, b"a" * 16, b"x" * 16),
        (4, b"b" * 16, b"z" * 16),
        (5, b"c" * 16, b"z" * 16),
        (6, b"d" * 16, None),
        (7, b"d" * 16, None),
        (8, b"b" * 16, b"z" * 16),
    ]:
        contents.add(comic_id, pages, everything)
    assert [tuple(same) for same in contents.same()] == [
        (DuplicateKind.CONTENT, [1, 3]),
        (DuplicateKind.CONTENT, [4, 8]),
        (DuplicateKind.PAGES, [2, 4]),
        (DuplicateKind.PAGES, [6, 7]),
    ]


# ---- pages


def sums(*pages: int) -> bytes:
    """Pages' sums, with something in the place of the CRC and of the size."""
    return b"".join(page.to_bytes(4, "little") + b"\1\0\0\0" for page in pages)


@pytest.mark.parametrize("at_a_time", [10, 1_000_000])
def test_pages_in_three_comics_are_found_however_little_is_held_at_a_time(
    monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    monkeypatch.setattr(page_tally, "AT_A_TIME", at_a_time)
    other = random.Random(1)
    comics = [
        sums(*(other.randrange(1000, 1 << 31) for _ in range(20)), *shared)
        for shared in ([1, 2], [1, 3, 3, 3], [1, 2, 4], [2, 4], [0, 5], [0, 5], [0, 6, 6])
    ]
    found = frequent(comics, 7 * 22)
    assert found == {key_of(sums(1)), key_of(sums(2))}  # 0 is no checksum


def test_only_the_most_widespread_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_tally, "MOST_PAGES", 2)
    comics = [sums(1, 2, 3)] * 3 + [sums(2, 3)]
    assert frequent(comics, 11) == {key_of(sums(2)), key_of(sums(3))}


def test_it_is_told_where_a_page_stands() -> None:
    tally = Tally([key_of(sums(9)), key_of(sums(8))])
    for comic_id, series_id, pages in [
        (1, 1, sums(1, 2, 9)),
        (2, 1, sums(9, 3, 8)),
        (3, 2, sums(4, 9, 9)),
        (4, 2, b""),
    ]:
        tally.note(Pages(comic_id, series_id, 0, b"", None, pages))
    nine, eight = tally.pages()
    assert nine == (sums(9), 3, 2, 1, 2, [(1, 2), (2, 0), (3, 1)])
    assert eight == (sums(8), 1, 1, 0, 1, [(2, 2)])
