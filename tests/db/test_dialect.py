"""Full-text search takes whatever people type for words, and bulk statements keep their rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from db import dialect
from db.engine import reading, writing
from db.schema import people


@pytest.fixture
def rows(data: Path) -> None:
    with writing() as connection:
        dialect.put_in_search(
            connection,
            "comic_search",
            ("series", "title", "number", "people"),
            [
                (1, "Saga", "The Will", "7.5", "Fiona Staples"),
                (2, "Astérix", "Le Tour de Gaule", "5", "René Goscinny"),
                (3, "Saga", "Landfall", "8", 'Ann "AND" Other'),
                (4, "進撃の巨人", "二千年後の君へ", "1", "諫山創"),
            ],
        )


def search(words: str, *, by_rank: bool = True, after: int = 0, limit: int = 10) -> list[int]:
    with reading() as connection:
        return dialect.search(
            connection, "comic_search", words, after=after, limit=limit, by_rank=by_rank
        )


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("saga", {1, 3}),
        ("saga landfall", {3}),
        ("landfall SAGA", {3}),
        ("sag", {1, 3}),
        ("sag land", {}),
        ("asterix", {2}),
        ("ASTÉRIX gosc", {2}),
        ("7.5", {1}),
        ("進撃の巨人", {4}),
        ("進", {4}),
    ],
)
def test_every_word_must_be_there_and_the_last_may_go_on(
    rows: None, words: str, ids: set[int]
) -> None:
    assert set(search(words)) == set(ids)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "*",
        '"',
        '""',
        "'",
        "(",
        "saga)",
        "saga*",
        "-saga",
        "^saga",
        "title:saga",
        "saga AND",
        "NOT saga",
        "saga OR land",
        "NEAR(saga land, 2)",
        'ann "and" other',
        "sa\0ga",
        "{title}: saga",
        "+",
        "saga; DROP TABLE comic_search",
        "\ud800",
        "x" * 10_000,
        "word " * 1_000,
    ],
)
def test_nothing_that_is_typed_is_syntax(rows: None, words: str) -> None:
    for by_rank in (True, False):
        assert set(search(words, by_rank=by_rank)) <= {1, 2, 3, 4}
    assert set(search("saga")) == {1, 3}


def test_operators_are_words_like_others(rows: None) -> None:
    assert search("and other") == [3]
    assert search("saga OR goscinny") == []


def test_by_id_they_come_in_order_from_any_point_on(rows: None) -> None:
    assert search("saga", by_rank=False) == [1, 3]
    assert search("saga", by_rank=False, after=1) == [3]
    assert search("saga", by_rank=False, limit=1) == [1]


def test_a_row_that_is_written_again_replaces_the_older_one(rows: None) -> None:
    with writing() as connection:
        dialect.put_in_search(
            connection,
            "comic_search",
            ("series", "title", "number", "people"),
            [(1, "Saga", "Another", "9", "")],
        )
    assert search("staples") == []
    assert search("another") == [1]
    with writing() as connection:
        dialect.drop_from_search(connection, "comic_search", [1])
    assert search("another") == []


@pytest.mark.parametrize("many", [0, 1, 63, 64, 65, 200])
def test_bulk_inserts_write_every_row_once(data: Path, many: int) -> None:
    names = [f"person {number:03d}" for number in range(many)]
    with writing() as connection:
        dialect.bulk_insert(connection, "people", ("name",), [(name,) for name in names])
    with reading() as connection:
        assert sorted(connection.execute(select(people.c.name)).scalars()) == names


def test_inserting_what_is_there_leaves_it_alone(data: Path) -> None:
    statement = dialect.insert_unless_there(people, ["name"])
    with writing() as connection:
        for _ in range(2):
            connection.execute(statement, [{"name": "Ada"}, {"name": "Rita"}])
    with reading() as connection:
        assert connection.execute(select(people.c.id, people.c.name)).all() == [
            (1, "Ada"),
            (2, "Rita"),
        ]
