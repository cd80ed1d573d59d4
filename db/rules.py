"""Rules for when something is to happen again and again, and the moments that follow from them.

A rule is five fields as cron has them, or words that stand for such. It is read in the server's
local time. Nothing is kept here; schedules are `db/schedules.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LONGEST = 100  # characters
DAYS_AHEAD = 8 * 366 + 1  # from one 29 February to the next, also around 2100

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# A field's name, its lowest and highest value, and the names that its values have.
FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    ("day of the week", 0, 7, {name[:3]: number for number, name in enumerate(DAYS)}),
)

# Words for days → the fields of cron for the day of the month, the month and the day of the week.
DAILY = {
    "daily": "* * *",
    "nightly": "* * *",
    "weekly": "* * 0",
    "weekdays": "* * 1-5",
    "weekends": "* * 0,6",
    "monthly": "1 * *",
} | {
    word: f"* * {number}"
    for number, name in enumerate(DAYS)
    for word in (name, f"{name}s", name[:3])
}

_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_EVERY = re.compile(r"every (?:(\d{1,2}) )?(minute|hour)s?")
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d{1,2}))?")

EXAMPLES = (
    "Write for example “daily 03:00”, “sunday 04:30”, “weekdays 01:00”, “every 6 hours”, "
    "or five fields as cron has them, “0 3 * * *”"
)


class RuleUnfit(ValueError):
    """This says no times; the message is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is to happen, as sets of the numbers that cron's fields allow.

    Where both kinds of days are limited, either is enough, as cron has it.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, moment: float) -> float:
        """The first moment behind another, both in epoch seconds; raises RuleUnfit if none comes.

        A time that the clock leaps over in spring is that much later; one that it shows twice in
        autumn counts once, but for rules of every hour, which go on by the hour.
        """
        day = datetime.fromtimestamp(moment).astimezone().date() - timedelta(days=1)
        for _ in range(DAYS_AHEAD + 1):
            if self._is_on(day):
                found = min((one for one in self._moments(day) if one > moment), default=None)
                if found is not None:
                    return found
            day += timedelta(days=1)
        raise RuleUnfit(f"{self.text} never comes.")

    def _is_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month = day.day in self.days
        of_week = day.isoweekday() % 7 in self.weekdays
        if len(self.days) < 31 and len(self.weekdays) < 7:
            return of_month or of_week
        return of_month and of_week

    def _moments(self, day: date) -> Iterator[float]:
        for fold in (0, 1) if len(self.hours) == 24 else (0,):
            for hour in self.hours:
                for minute in self.minutes:
                    yield datetime.combine(day, time(hour, minute, fold=fold)).timestamp()


def parse(text: str) -> Rule:
    """The rule that a text says; raises RuleUnfit."""
    words = " ".join(text.lower().removeprefix("@").split())
    if len(text) > LONGEST or not text.isprintable():
        raise RuleUnfit(f"A rule for times has at most {LONGEST} characters. {EXAMPLES}.")
    fields = (_in_words(words) or words).split()
    if len(fields) != len(FIELDS):
        raise RuleUnfit(f"Longbox cannot tell when “{text.strip()}” is. {EXAMPLES}.")
    minutes, hours, days, months, weekdays = (
        _values(field, *said) for field, said in zip(fields, FIELDS, strict=True)
    )
    weekdays = frozenset(day % 7 for day in weekdays)
    rule = Rule(" ".join(text.split()), minutes, hours, days, months, weekdays)
    rule.after(0.0)
    return rule


def _in_words(words: str) -> str | None:
    """The five fields that words stand for; None when they are no such words."""
    if words == "hourly":
        return "0 * * * *"
    if every := _EVERY.fullmatch(words):
        return _every(int(every[1] or 1), every[2])
    named = [one for one in words.split() if one not in ("at", "on")]
    if named and named[0] == "weekly" and len(named) > 1 and named[1] in DAILY:
        del named[0]
    if not named or len(named) > 2 or named[0] not in DAILY:
        return None
    at = _TIME.fullmatch(named[1] if len(named) == 2 else "0:00")
    return at and f"{int(at[2])} {int(at[1])} {DAILY[named[0]]}"


def _every(many: int, unit: str) -> str:
    whole = 60 if unit == "minute" else 24
    if not many or whole % many:
        fitting = ", ".join(str(one) for one in range(1, whole) if whole % one == 0)
        raise RuleUnfit(f"Every {many} {unit}s does not come out even; it can be every {fitting}.")
    return f"*/{many} * * * *" if unit == "minute" else f"0 */{many} * * *"


def _values(field: str, what: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    """The numbers that one of cron's fields allows: lists of values, ranges, steps."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        numbers = match and [_number(one, names) for one in (match[1], match[2] or match[1])]
        if match is None or numbers is None:
            raise _unfit(field, what, low, high)
        first, last = numbers
        if match[1] == "*":
            first, last = low, high
        elif match[3] and not match[2]:
            last = high
        step = int(match[3] or 1)
        if first is None or last is None or not low <= first <= last <= high or not step:
            raise _unfit(field, what, low, high)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(word: str, names: dict[str, int]) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word[:4])
    return names.get(word)


def _unfit(field: str, what: str, low: int, high: int) -> RuleUnfit:
    return RuleUnfit(f"“{field}” is no {what}: that goes from {low} to {high}. {EXAMPLES}.")
