"""`longbox duplicates`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from tests.copies import surveyed
from tests.trial import Trial


@pytest.fixture
def trial(data: Path, tmp_path: Path, made_library: Path) -> Trial:
    return surveyed(tmp_path / "Comics", made_library)


def test_copies_are_listed_with_the_one_to_keep(trial: Trial) -> None:
    result = CliRunner().invoke(main, ["duplicates"], env={"COLUMNS": "250"})
    assert result.exit_code == 0
    lines = result.output.splitlines()
    [kept] = [line for line in lines if "/Saga 003.cbz" in line]
    [other] = [line for line in lines if "/Saga 003 (scan).cbz" in line]
    assert " keep " in kept
    assert " keep " not in other
    assert lines[-1].startswith("3 comics in more than one copy.")


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
