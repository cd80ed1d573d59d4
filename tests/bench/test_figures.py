"""A figure beside its floor and its promise."""

from __future__ import annotations

import json
from pathlib import Path

from bench.figures import Figure, median, percentile, save


def test_a_promise_in_absolute_terms_is_kept_up_to_its_limit() -> None:
    assert Figure("work", "s", 1.0, limit=1).kept is True
    assert Figure("work", "s", 1.1, limit=1).kept is False


def test_a_promise_in_floors_is_measured_against_the_floor() -> None:
    figure = Figure("work", "s", measured=3.0, floor=2.0, times=2)
    assert figure.ratio == 1.5
    assert figure.kept is True
    assert figure.promise == "≤ 2× the floor"


def test_where_nothing_is_promised_nothing_is_kept_or_missed() -> None:
    assert Figure("work", "s", 1.0).kept is None


def test_the_middle_and_the_slowest_of_many() -> None:
    values = [float(value) for value in range(101)]
    assert median(values) == 50
    assert percentile(values, 95) == 95
    assert median([7.0]) == 7


def test_figures_are_saved_with_the_machine_they_were_measured_on(tmp_path: Path) -> None:
    save([Figure("work", "s", 1.0, floor=0.5, times=2)], tmp_path / "figures.json")
    assert "| work | 0.50 s | 1.00 s | 2.0 | ≤ 2× the floor | kept |" in (
        tmp_path / "figures.md"
    ).read_text(encoding="utf-8")
    content = json.loads((tmp_path / "figures.json").read_text())
    assert content["figures"][0]["ratio"] == 2
    assert content["machine"]["processors"] >= 1
