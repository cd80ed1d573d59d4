"""The long-lived processes as honcho starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipeline import slots
from tests.trial import PATIENCE, wait_for

# Stands between honcho and a process of ours, which it starts when honcho is gone.
READER = """
import os, subprocess, sys, time
while os.getppid() == int(sys.argv[1]):
    time.sleep(0.01)
subprocess.run([sys.executable, "-c", "from pipeline.cli import main; main()", "covers"])
"""
HONCHO = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
os._exit(0)
"""

# As systemd runs a unit: nobody stands above it who could be killed.
SYSTEMD = """
import os, subprocess, sys
unit = "import os, sys; os.environ['SYSTEMD_EXEC_PID'] = str(os.getpid()); " + sys.argv[1]
sys.exit(subprocess.run([sys.executable, "-c", unit, "covers"]).returncode)
"""


def test_a_process_whose_honcho_was_killed_before_it_began_does_not_stay(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HONCHO, READER],
        env=os.environ | {"HONCHO_PROCESS_NAME": "covers.1", "LONGBOX_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as honcho:
        try:
            told, _ = honcho.communicate(timeout=PATIENCE)  # until all that write to it are gone
        finally:
            with suppress(ProcessLookupError):
                os.killpg(honcho.pid, signal.SIGKILL)
    assert told == "Longbox was stopped while it was starting.\n"


def test_a_unit_of_systemd_that_honcho_wrote_does_not_look_for_honcho(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SYSTEMD, "from pipeline.cli import main; main()"],
        env=os.environ | {"HONCHO_PROCESS_NAME": "covers.1", "LONGBOX_DATA": str(data)},
        start_new_session=True,
    ) as manager:
        try:
            wait_for(lambda: slots.any_held("covers") or manager.poll() is not None)
            assert manager.poll() is None
        finally:
            os.killpg(manager.pid, signal.SIGTERM)
