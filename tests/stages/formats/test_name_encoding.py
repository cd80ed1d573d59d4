"""Names of no told encoding are read as they were meant; without good signs in code page 437."""

from __future__ import annotations

import pytest

from stages.formats.name_encoding import guess


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp932", ["表紙.jpg", "第１話_01.jpg"]),
        ("cp932", ["ワンピース 第01巻/001.jpg"]),
        ("gbk", ["海贼王 第01话/01.jpg"]),
        ("gbk", ["封面.jpg", "第一话_1.jpg"]),
        ("big5", ["航海王 第01話/1.jpg"]),
        ("cp949", ["원피스 1권/001.jpg"]),
        ("cp866", ["Глава 1.jpg"]),
        ("cp1251", ["Том 1/Глава 2.jpg"]),
        ("cp1252", ["Astérix et Obélix 01.jpg"]),
        ("cp1252", ["Mañana – 01.jpg"]),
        ("cp437", ["Été 1.jpg"]),
        ("cp437", ["Évêque éléments 01.jpg"]),
        ("cp437", ["Pokémon 01.jpg", "Pokémon 02.jpg"]),
        ("cp437", ["créée 01.jpg"]),
    ],
)
def test_the_encoding_of_names_is_told_by_what_is_usual_in_it(
    encoding: str, names: list[str]
) -> None:
    marked = "é in UTF-8, as some entries of an archive are"
    assert guess([marked.encode(), *(name.encode(encoding) for name in names)]) == encoding


def test_names_that_fit_no_encoding_are_still_shown() -> None:
    assert guess([bytes(range(128, 256))]) == "cp437"
