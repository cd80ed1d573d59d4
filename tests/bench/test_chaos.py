"""Chaos for some seconds: one of its rounds, and the clock that moves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import chaos
from bench.installation import Installation


def test_a_disturbed_scan_comes_to_the_end_of_an_undisturbed_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ["--rounds", "1", "--comics", "120", "--series", "8", "--seconds", "1"]
    status = chaos.main([*size, "--first", "3", "--work", str(tmp_path)])
    told = capsys.readouterr().out
    assert status == 0, told
    assert "1 of 1 rounds went well" in told


def test_the_clock_of_an_installation_jumps_and_nobody_elses(tmp_path: Path) -> None:
    installation = Installation(tmp_path, tmp_path / "clock", tmp_path / "log")
    installation.set_clock(86_400.0)
    ahead = float(installation.python("-c", "import time; print(time.time())"))
    assert ahead - time.time() > 80_000
    here = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env=os.environ | {"PYTHONPATH": "bench/shifted_clock"},
        capture_output=True,
        check=True,
    )
    assert abs(float(here.stdout) - time.time()) < 80_000
