"""Archives in several files."""

from __future__ import annotations

from stages.formats.volumes import later_parts


def test_later_parts_are_told_from_the_first_and_from_other_comics() -> None:
    names = [b"A.part1.rar", b"A.Part2.RAR", b"A.part10.rar", b"b.part01.cbr", b"b.part02.cbr"]
    names += [b"Saga 1.cbr", b"b.part03.rar", b"The part 2.cbr"]
    assert later_parts(names) == {b"A.Part2.RAR", b"A.part10.rar", b"b.part02.cbr"}


def test_a_later_part_without_its_first_is_shown_so_that_somebody_learns_of_it() -> None:
    assert later_parts([b"A.part2.rar", b"A.part3.rar"]) == frozenset()
