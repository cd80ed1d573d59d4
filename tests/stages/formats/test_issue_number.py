"""The place of an issue among others."""

from __future__ import annotations

import random

import pytest

from stages.formats.issue_number import number_value

IN_ORDER = [
    "-1",
    "0",
    "¼",
    "½",
    "1",
    "1.MU",
    "1A",
    "1B",
    "1.5",
    "1¾",
    "2",
    "3-5",
    "4",
    "10",
    "10A",
    "27AU",
    "100",
    "1000000",
    "∞",
    "Annual 1",
    "SP2",
    "Annual 10",
]


def test_issues_come_in_the_order_that_readers_know() -> None:
    shuffled = IN_ORDER.copy()
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=lambda number: number_value(number) or 0.0) == IN_ORDER


def test_no_two_of_them_have_the_same_place() -> None:
    assert len({number_value(number) for number in IN_ORDER}) == len(IN_ORDER)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("2", 2.0),
        ("002", 2.0),
        ("#2", 2.0),
        ("No. 2", 2.0),
        ("Ch. 10.5", 10.5),
        ("1/2", 0.5),
        ("½", 0.5),
        ("1½", 1.5),
        ("-1", -1.0),
        ("001-005", 1.0),
        ("2 of 6", 2.0),
        (" 7 ", 7.0),
    ],
)
def test_a_number_is_a_number_however_it_is_written(number: str, value: float) -> None:
    assert number_value(number) == pytest.approx(value, abs=0.0002)


@pytest.mark.parametrize("number", [None, "", "Annual", "one", "#", "-", "."])
def test_what_has_no_number_has_no_place(number: str | None) -> None:
    assert number_value(number) is None


def test_kinds_that_are_counted_by_themselves_come_behind_the_issues() -> None:
    last = number_value("999")
    for kind in ("Annual", "Special", "One-Shot", "TPB", "annual"):
        first = number_value("1", kind)
        assert last is not None
        assert first is not None
        assert first > last
    assert number_value("1", "Digital") == number_value("1")


def test_every_text_has_a_place_or_none() -> None:
    rng = random.Random(11)
    for _ in range(3000):
        text = "".join(rng.choices("-#.,/ 0123½∞AbΩ第話²٣", k=rng.randrange(10)))
        value = number_value(text)
        assert value is None or value == value
