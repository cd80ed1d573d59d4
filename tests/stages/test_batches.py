"""How much a stage writes at once: less while people read, who wait for the end of its turn."""

from __future__ import annotations

import subprocess
import sys

from stages.index import BATCH, FEW

TOLD = """
import os
from stages.index import _at_once

before = _at_once(0)
os.nice(1)
print(before, _at_once(1), _at_once(0))
"""


def test_a_stage_that_was_made_nicer_writes_few_comics_at_once() -> None:
    said = subprocess.run(
        [sys.executable, "-c", TOLD], check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    assert [*map(int, said.split())] == [BATCH, BATCH, FEW]
