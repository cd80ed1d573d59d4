"""The watchman: what the watch over libraries says is written down, or the watch begins anew."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from pipeline import watchman
from tests.trial import PATIENCE

SAYS = """
import signal
signal.alarm(120)  # it does not outlive the test
print('{"library": 1, "mode": "none", "reason": null}', flush=True)
signal.pause()
"""


def test_a_watch_whose_word_cannot_be_written_down_is_ended_for_another_one(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SAYS], stdout=subprocess.PIPE) as watch:
        watchman._listen(watch)
        assert watch.wait(PATIENCE) == -signal.SIGKILL
