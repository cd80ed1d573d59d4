"""Mutated comics of every kind are opened in processes of their own; only typed errors come of it.

A few hundred of each; `make fuzz` opens ten thousand.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fuzz import SECONDS, fuzz, mutation
from bench.seeds import KINDS, seeds_of
from tests.stages.formats.archives import pages_of, rar_of

# What is unpacked by another program costs more.
COUNTS = {
    "zip": 400,
    "rar": 400,
    "7z": 60,
    "tar": 300,
    "lha": 200,
    "pdf": 150,
    "epub": 300,
    "loose": 300,
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with RAR archives, which bench cannot make."""
    rar_of(tmp_path / "1.rar", pages_of(3))
    rar_of(tmp_path / "2.rar", pages_of(2), encrypted=True)
    rar_of(tmp_path / "3.rar", pages_of(2), with_crc=False)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_in_a_file_only_typed_errors_come_of_it(kind: str, seeds: Path) -> None:
    outcome = fuzz(kind, 0, COUNTS[kind], seeds, SECONDS)
    assert outcome.faults == {}
    assert outcome.classes.total() >= COUNTS[kind]
    assert len(outcome.classes) > 2  # else the mutations are not worth their name


def test_a_mutation_can_be_made_again_from_its_number(seeds: Path) -> None:
    comics = seeds_of("tar", seeds)
    mutations = [mutation("tar", comics, number) for number in range(20)]
    assert mutations == [mutation("tar", seeds_of("tar", seeds), number) for number in range(20)]
    assert len(set(mutations)) == 20


def test_a_mutation_that_does_not_end_is_named_and_those_behind_it_are_opened() -> None:
    assert fuzz("loose", 7, 2, None, 0.0).faults == {"no end": [7, 8]}


def test_a_kind_of_which_there_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no rar"):
        fuzz("rar", 0, 1, None, SECONDS)
