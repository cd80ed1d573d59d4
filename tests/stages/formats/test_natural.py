"""Natural order as a text key."""

from __future__ import annotations

import random
import sqlite3

from stages.formats.natural import natural_key, natural_keys

IN_ORDER = [
    "",
    " 1",
    "#1",
    "0",
    "½",
    "1",
    "1 extra",
    "1½",
    "1.10",
    "2",
    "9",
    "10",
    "99999999",
    "100000000",
    "999999999999",
    "1" + "0" * 97,
    "1" + "0" * 98,
    "1" + "0" * 99,
    "1" + "0" * 5000,
    "Abc",
    "Épée 2",
    "épee 10",
    "Issue 2",
    "issue 10",
    "issue 10 b",
    "Zebra",
]


def test_numbers_are_compared_as_numbers_and_letters_without_case_or_accents() -> None:
    names = IN_ORDER.copy()
    random.Random(3).shuffle(names)
    assert sorted(names, key=natural_key) == IN_ORDER


def test_sqlite_orders_the_keys_as_python_does() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE names (name TEXT, key TEXT)")
        rows = [(name, natural_key(name)) for name in reversed(IN_ORDER)]
        database.executemany("INSERT INTO names VALUES (?, ?)", rows)
        found = [name for (name,) in database.execute("SELECT name FROM names ORDER BY key")]
    database.close()
    assert found == IN_ORDER


def test_a_suffix_does_not_come_between_a_number_and_its_decimals() -> None:
    names = ["1.cbz", "1 extra.cbz", "1.5.cbz", "1½.pdf", "1.10.cbz", "2.cbz"]
    assert sorted(set(names), key=natural_key) == ["1 extra.cbz", *names[:1], *names[2:]]


def test_files_of_a_series_come_in_the_order_of_their_issues() -> None:
    names = [
        "Harbour #-1",
        "Harbour #0",
        "Harbour #½",
        "Harbour #1",
        "Harbour #1½",
        "Harbour #2",
        "Harbour #10",
        "Harbour #10A",
        "Harbour Annual 1",
        "Harbour Annual 10",
    ]
    assert sorted(set(names), key=natural_key) == names


def test_digits_of_full_width_are_digits() -> None:
    assert natural_key("第１０話") == natural_key("第10話") > natural_key("第２話")


def test_leading_zeros_do_not_count() -> None:
    assert natural_key("Issue 007") == natural_key("issue 7")


def test_keys_order_like_the_numbers_themselves() -> None:
    rng = random.Random(5)
    numbers = sorted({rng.randrange(10 ** rng.randrange(1, 120)) for _ in range(2000)})
    assert sorted(map(str, numbers), key=natural_key) == list(map(str, numbers))


def test_keys_made_together_are_the_keys_made_alone() -> None:
    rng = random.Random(9)
    for _ in range(300):
        common = "".join(rng.choices("ab1é 0½.", k=rng.randrange(5)))
        names = [common + "".join(rng.choices("aB12é0 ½.", k=rng.randrange(6))) for _ in range(4)]
        assert natural_keys(names) == [natural_key(name) for name in names]
    assert natural_keys([]) == []
