"""Rules for times: what people write, and the moments that follow, also when clocks change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest

from db import rules
from db.quiet_hours import HoursUnfit
from db.quiet_hours import parse as hours
from db.rules import RuleUnfit


@pytest.fixture(autouse=True)
def central_europe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server in Berlin, as POSIX writes it: in 2026 summer is from 29 March to 25 October."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(local: str) -> float:
    return datetime.fromisoformat(local).timestamp()


def runs(rule: str, after: str, many: int) -> list[str]:
    """The next runs, as a clock on the wall and its distance from UTC."""
    moment, found = at(after), []
    for _ in range(many):
        moment = rules.parse(rule).after(moment)
        found.append(f"{datetime.fromtimestamp(moment).astimezone():%a %d %b %H:%M%z}")
    return found


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("daily 03:00", "0 3 * * *"),
        ("Nightly at 3.30", "30 3 * * *"),
        ("@daily", "0 0 * * *"),
        ("hourly", "0 * * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every hour", "0 * * * *"),
        ("every 6 hours", "0 0,6,12,18 * * *"),
        ("sunday 04:30", "30 4 * * 7"),
        ("weekly on Fri at 23:05", "5 23 * * fri"),
        ("weekdays 01:00", "0 1 * * mon-fri"),
        ("weekends 01:00", "0 1 * * 0,6"),
        ("monthly 02:00", "0 2 1 jan-dec *"),
    ],
)
def test_words_say_what_fields_of_cron_say(words: str, fields: str) -> None:
    assert runs(words, "2026-01-30T12:00", 9) == runs(fields, "2026-01-30T12:00", 9)


def test_either_kind_of_day_is_enough_where_both_are_limited() -> None:
    assert runs("0 3 1,15 * mon", "2026-06-12T00:00", 3) == [
        "Mon 15 Jun 03:00+0200",
        "Mon 22 Jun 03:00+0200",
        "Mon 29 Jun 03:00+0200",
    ]
    assert runs("0 3 1 * mon", "2026-06-30T00:00", 1) == ["Wed 01 Jul 03:00+0200"]


def test_a_time_that_the_clock_leaps_over_is_that_much_later() -> None:
    assert runs("daily 02:30", "2026-03-28T12:00", 2) == [
        "Sun 29 Mar 03:30+0200",
        "Mon 30 Mar 02:30+0200",
    ]


def test_a_time_that_the_clock_shows_twice_counts_once() -> None:
    assert runs("daily 02:30", "2026-10-24T12:00", 2) == [
        "Sun 25 Oct 02:30+0200",
        "Mon 26 Oct 02:30+0100",
    ]


@pytest.mark.parametrize("day", ["2026-03-29T00:10", "2026-10-25T00:10"])
def test_rules_of_every_hour_go_on_by_the_hour_when_the_clock_is_changed(day: str) -> None:
    moments = [at(day)]
    for _ in range(12):
        moments.append(rules.parse("every 30 minutes").after(moments[-1]))
    assert {later - earlier for earlier, later in pairwise(moments[1:])} == {1800.0}


def test_a_leap_day_is_found_years_ahead() -> None:
    assert runs("0 0 29 2 *", "2026-03-01T00:00", 1) == ["Tue 29 Feb 00:00+0100"]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "cannot tell when"),
        ("some day", "cannot tell when “some day” is. Write for example “daily 03:00”"),
        ("daily 25:00", "cannot tell when"),
        ("* * * *", "cannot tell when"),
        ("60 * * * *", "“60” is no minute: that goes from 0 to 59"),
        ("0 3 * * sat-sun", "“sat-sun” is no day of the week"),
        ("*/0 * * * *", "“\\*/0” is no minute"),
        ("0 0 31 2 *", "never comes"),
        ("every 7 hours", "does not come out even; it can be every 1, 2, 3, 4, 6, 8, 12"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_what_says_no_times_is_refused_with_what_would(rule: str, sentence: str) -> None:
    with pytest.raises(RuleUnfit, match=sentence):
        rules.parse(rule)


@pytest.mark.parametrize("text", ["22:00-07:00", "22-7", "22:00 – 07:00", " 22.00 to 7:00 "])
def test_quiet_hours_are_written_in_several_ways(text: str) -> None:
    assert str(hours(text)) == "22:00-07:00"


def test_quiet_hours_over_midnight_are_those_of_the_evening_before_too() -> None:
    night = hours("22:00-07:00")
    one_night = (at("2026-06-01T22:00"), at("2026-06-02T07:00"))
    assert night.around(at("2026-06-01T22:00")) == one_night
    assert night.around(at("2026-06-02T06:59")) == one_night
    assert night.around(at("2026-06-02T07:00")) is None
    assert night.around(at("2026-06-01T21:59")) is None
    assert hours("12:00-13:00").around(at("2026-06-01T12:30")) is not None


def test_a_quiet_night_is_an_hour_shorter_when_summer_begins() -> None:
    found = hours("22:00-07:00").around(at("2026-03-29T06:00"))
    assert found is not None
    assert found[1] - found[0] == 8 * 3600


@pytest.mark.parametrize("text", ["at night", "22:00", "25:00-07:00", "22:00-22:00", "0-24"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(HoursUnfit):
        hours(text)
