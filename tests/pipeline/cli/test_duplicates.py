"""`longbox duplicates`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import damage
from db.engine import writing
from db.states import ErrorClass
from pipeline.cli import main
from tests.copies import surveyed
from tests.trial import Trial


@pytest.fixture
def trial(data: Path, tmp_path: Path, made_library: Path) -> Trial:
    return surveyed(tmp_path / "Comics", made_library)


def test_copies_are_listed_with_the_one_to_keep(trial: Trial) -> None:
    result = CliRunner().invoke(main, ["duplicates"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    lines = result.output.splitlines()
    where = lines.index("Saga (2012) #3 · same issue, other pages")
    kept, other = lines[where + 1 : where + 3]
    saga = trial.root / "Saga (2012)"
    assert kept.startswith("  keep     3 pages")
    assert kept.endswith(f"  {saga}/Saga 003.cbz")
    assert other.startswith("           2 pages")
    assert other.endswith(f"  {saga}/Saga 003 (scan).cbz")
    assert lines[-1].startswith("3 comics in more than one copy.")


def test_a_copy_that_is_damaged_is_told_and_never_the_one_to_keep(trial: Trial) -> None:
    comic = trial.comic("Saga (2012)/Saga 003.cbz")
    with writing() as connection:
        damage.note(connection, comic.id, comic.version, ErrorClass.DAMAGED, "A page is damaged.")
    output = CliRunner().invoke(main, ["duplicates"]).output
    [damaged] = [line for line in output.splitlines() if "/Saga 003.cbz" in line]
    assert "keep" not in damaged
    assert damaged.endswith("(damaged)")
    [other] = [line for line in output.splitlines() if "/Saga 003 (scan).cbz" in line]
    assert "keep" in other


def test_copies_are_told_to_programs(trial: Trial) -> None:
    result = CliRunner().invoke(main, ["duplicates", "Comics", "--json"])
    groups = json.loads(result.output)
    assert [group["kind"] for group in groups] == ["content", "pages", "issue"]
    assert groups[0]["keep"] == str(trial.root / "Saga (2012)/Saga 001.cbz")
    assert [one["pages"] for one in groups[2]["copies"]] == [3, 2]


def test_the_library_is_looked_over_where_something_has_changed(trial: Trial) -> None:
    (trial.root / "Inbox/s2.cbz").unlink()
    trial.scan(thumbnails="none")
    result = CliRunner().invoke(main, ["duplicates", "--json"])
    assert [group["kind"] for group in json.loads(result.output)] == ["content", "issue"]


def test_a_library_that_is_not_there_is_one_clear_line(trial: Trial) -> None:
    result = CliRunner().invoke(main, ["duplicates", "Novels"])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
