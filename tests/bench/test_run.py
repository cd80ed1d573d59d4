"""What `make bench` measures when it is told nothing, and when it is told something."""

from __future__ import annotations

import pytest

from bench import run


def test_without_arguments_every_part_is_measured() -> None:
    assert tuple(run.read_options([]).only) == run.PARTS


def test_parts_can_be_named() -> None:
    assert run.read_options(["--only", "covers", "pages"]).only == ["covers", "pages"]


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(SystemExit):
        run.read_options(["--only", "naps"])


@pytest.mark.parametrize("part", run.PARTS)
def test_every_part_can_be_measured(part: str) -> None:
    assert callable(getattr(run.Bench, part))
