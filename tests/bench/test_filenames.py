"""The scores of the file-name parser, and what docs/FILENAMES.md says of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import filenames
from stages.formats.filename import number_rules, parse, volume_rules

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = (ROOT / "docs" / "FILENAMES.md").read_text(encoding="utf-8")
TABLES = ROOT.parent / "shared" / "real" / "filenames"

COLUMNS = "filename\tseries\tvolume\tissue\tissue_count\tyear\tsource\n"
TESTS = "filename\ttest\texpected\tfile\n"


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the document's table below a heading."""
    below = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("row", rows_of("What comes out"), ids=lambda row: row[0].strip("`"))
def test_names_come_out_as_documented(row: list[str]) -> None:
    name, series, number, volume, others = row
    found = parse(name.strip("`"))
    said = {
        "series": found.series or "",
        "number": found.number or "",
        "volume": "" if found.volume is None else f"{found.volume:g}",
    }
    assert said == {"series": series, "number": number, "volume": volume}
    for other in others.split(", ") if others else ():
        field, _, value = other.partition(" ")
        assert str(getattr(found, field)) == value


def test_the_rules_are_documented_in_their_order() -> None:
    told = re.findall(r"^\d\. \*\*(\w+)\*\*:", DOCUMENT, re.MULTILINE)
    rules = [*number_rules.RULES, *volume_rules.RULES]
    assert told == [rule.__name__ for rule in rules]


@pytest.mark.skipif(not TABLES.is_dir(), reason="no tables of file names beside the project")
def test_the_documented_scores_are_reached() -> None:
    score = filenames.score(list(filenames.cases(TABLES)))
    told = {
        (table, field): tuple(map(int, said.split("/")))
        for table, *cells in rows_of("How well it does")
        for field, said in zip(("series", "number", "volume"), cells, strict=False)
        if said
    }
    assert set(score) == set(told)
    for key, (right, of) in told.items():
        assert score[key][1] == of
        assert score[key][0] >= right


def test_tables_are_scored_as_their_origins_mean_them(tmp_path: Path) -> None:
    rows = [
        ("Harbour v03 (2013).cbz", "Harbour", "3", "3", "", "2013", "comictagger"),
        ("[Group] Harbour - c001-003 [HQ].cbz", "", "", "1.0", "", "", "comicarr"),
        ("Tides Ch.4.b: Ebb", "Harbour", "", "4.2", "", "", "mihon Test"),
        ("Harbour 7.cbz", "Haven", "", "8", "", "", "comictagger"),
        ("cover.jpg", "(null: not parsed)", "", "", "", "", "comicarr"),
    ]
    (tmp_path / "rows.tsv").write_text(
        COLUMNS + "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8"
    )
    (tmp_path / "tests.tsv").write_text(
        TESTS
        + "Harbour SP02\tParseComicChapterTest\tDefaultChapter\tComicParsingTests.cs\n"
        + "Harbour_153b\tParseChaptersTest\t153.5\tMangaParsingTests.cs\n"
        + "Harbour.jpg\tIsImageTest\ttrue\tParsingTests.cs\n",
        encoding="utf-8",
    )
    assert filenames.score(list(filenames.cases(tmp_path))) == {
        ("comictagger", "series"): (1, 2),
        ("comictagger", "number"): (1, 2),
        ("comictagger", "volume"): (2, 2),
        ("comicarr", "number"): (1, 1),
        ("mihon", "number"): (1, 1),
        ("kavita comics", "number"): (1, 1),
        ("kavita manga", "number"): (1, 1),
    }
    command = [sys.executable, "-m", "bench.filenames", str(tmp_path), "-v"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"comictagger +series +1 of +2 +50.0%", printed)
    assert "comictagger: Harbour 7.cbz\n    number: 7, the table says 8" in printed
