"""The table of what becomes of each file: real processes open real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import engines
from bench.formats import Row, look_at, totals
from bench.opening import HUNG, Opening, run
from tests.stages.formats.archives import needs_real, pages_of, zip_of

SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    whole = zip_of(tmp_path / "whole.cbz", pages_of(3))
    (tmp_path / "empty.cbz").touch()
    (tmp_path / "no comic.txt").write_text("Nothing to be seen here.")
    (tmp_path / "bad page.cbz").write_bytes(
        Path(whole.decode()).read_bytes().replace(b"1", b"7", 1)
    )
    return tmp_path


def test_every_file_has_a_row_and_the_errors_their_class(folder: Path) -> None:
    program = [sys.executable, "-m", "bench.formats", "--json", str(folder)]
    told = json.loads(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)
    rows = {Path(row["file"]).name: row for row in told}
    assert set(rows) == {"whole.cbz", "empty.cbz", "no comic.txt", "bad page.cbz"}
    assert (rows["whole.cbz"]["container"], rows["whole.cbz"]["read"]) == ("zip", 3)
    assert rows["empty.cbz"]["error"] == "empty"
    assert rows["no comic.txt"]["error"] == "unsupported"
    assert all(0 < row["memory"] < 200 for row in told)


def test_the_table_is_shown_with_what_it_comes_to(folder: Path) -> None:
    program = [sys.executable, "-m", "bench.formats", str(folder), "--compare"]
    told = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "whole.cbz" in told
    assert "4 files:" in told


def test_pages_are_held_against_those_of_another_engine(folder: Path) -> None:
    row = look_at(
        "whole.cbz", folder / "whole.cbz", SECONDS, {"zipfile": engines.found()["zipfile"]}
    )
    assert (row.others, row.equal) == (["zipfile"], True)


def test_a_file_whose_pages_are_not_another_engines_is_not_equal_to_it(folder: Path) -> None:
    other = engines.found()["zipfile"](folder / "whole.cbz")
    zip_of(folder / "whole.cbz", pages_of(2))
    row = look_at("whole.cbz", folder / "whole.cbz", SECONDS, {"another": lambda _file: other})
    assert (row.others, row.equal) == (["another"], False)


def test_a_process_that_does_not_end_is_ended_and_told(folder: Path) -> None:
    assert run(folder / "whole.cbz", 0.0).error == HUNG


def test_the_share_is_of_those_that_two_others_can_read() -> None:
    whole = Opening(pages=1, sums=["a"])
    rows = [
        Row("1", whole, ["one", "another"], True),
        Row("2", whole, ["one", "another"], False),
        Row("3", whole, ["one"], False),
    ]
    assert any("Of 2 " in line and "1 (50.0 %)" in line for line in totals(rows))


@needs_real
def test_what_two_other_programs_read_is_read_and_equal_to_the_byte() -> None:
    """A sample; the whole is `make formats`'s."""
    real = Path(__file__).parents[3] / "shared" / "real" / "archives"
    others = {name: engines.found()[name] for name in ("zipfile", "tarfile", "7zz")}
    files = [file for file in sorted(real.rglob("*")) if file.suffix in (".cbz", ".zip")][:8]
    rows = [look_at(file.name, file, SECONDS, others) for file in files]
    assert [row.file for row in rows if row.counts and not row.equal] == []
    assert any(row.counts for row in rows)
