"""Taking file names apart."""

from __future__ import annotations

import random

import pytest

from stages.formats.filename import FileName, parse


@pytest.mark.parametrize(
    ("stem", "parts"),
    [
        ("Harbour 012", FileName("Harbour", "12")),
        ("Harbour #12", FileName("Harbour", "12")),
        ("Harbour #1.5", FileName("Harbour", "1.5")),
        ("Harbour #½", FileName("Harbour", "½")),
        ("Harbour 001½", FileName("Harbour", "1½")),
        ("Harbour #-1", FileName("Harbour", "-1")),
        ("Harbour #0", FileName("Harbour", "0")),
        ("Harbour 000", FileName("Harbour", "0")),
        ("Harbour #27AU", FileName("Harbour", "27AU")),
        ("Harbour #1.MU", FileName("Harbour", "1.MU")),
        ("Harbour 003a", FileName("Harbour", "3a")),
        ("Harbour v02", FileName("Harbour", volume=2)),
        ("Harbour v2 003", FileName("Harbour", "3", 2)),
        ("Harbour Vol. 2 #3", FileName("Harbour", "3", 2)),
        ("Harbour - c1044 (v103) [HQ]", FileName("Harbour", "1044", 103)),
        ("Harbour Vol.15 Ch.130", FileName("Harbour", "130", 15)),
        ("Harbour - Chapter 139", FileName("Harbour", "139")),
        ("[Group] Harbour - 012 [HQ]", FileName("Harbour", "12", group="Group")),
        ("Harbour 01 (of 06) (2019)", FileName("Harbour", "1", year=2019, count=6)),
        ("Harbour 1 of 6", FileName("Harbour", "1", count=6)),
        ("Harbour (1 of 3)", FileName("Harbour", "1", count=3)),
        ("Harbour 012 (1966-02) (digital)", FileName("Harbour", "12", year=1966)),
        (
            "Harbour (2000) 001 Title (TPB)",
            FileName("Harbour", "1", year=2000, title="Title", format="TPB"),
        ),
        (
            "Harbour 001 (2000) Title (TPB)",
            FileName("Harbour", "1", year=2000, title="Title", format="TPB"),
        ),
        ("Harbour #5 - The 13th Night", FileName("Harbour", "5", title="The 13th Night")),
        ("Harbour v01 - Tides (2020)", FileName("Harbour", None, 1, 2020, "Tides")),
        ("Harbour_012_(2001)", FileName("Harbour", "12", year=2001)),
        ("Harbour - Origins 003", FileName("Harbour - Origins", "3")),
        ("Night of 1000 Wolves 001 (2013)", FileName("Night of 1000 Wolves", "1", year=2013)),
        ("19687 Harbour 53", FileName("19687 Harbour", "53")),
        ("04 - Harbour (1964)", FileName("Harbour", "4", year=1964)),
        ("Chapter 5 - The Storm", FileName(None, "5", title="The Storm")),
        ("001", FileName(None, "1")),
        ("Harbour Lights (2001)", FileName("Harbour Lights", year=2001)),
        ("Harbour", FileName("Harbour")),
        ("Harbour 9" + "9" * 30, FileName("Harbour", "9" + "9" * 30)),
        ("Harbour v9" + "9" * 30, FileName("Harbour")),
        ("", FileName()),
        ("(2001)", FileName(year=2001)),
    ],
)
def test_a_file_name_is_taken_apart(stem: str, parts: FileName) -> None:
    assert parse(stem) == parts


def test_every_text_has_an_answer() -> None:
    rng = random.Random(13)
    pieces = [
        "#",
        "of",
        "v",
        "1",
        "½",
        "(",
        ")",
        "[",
        "2001",
        "-",
        ".",
        "Ch",
        " ",
        "_",
        "é",
        "٣",
        "²",
    ]
    for _ in range(3000):
        found = parse("".join(rng.choices(pieces, k=rng.randrange(12))))
        assert found.number != ""
        assert found.series != ""
