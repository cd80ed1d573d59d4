"""An installation of Longbox whose processes are kept running, as a service manager would.

What ends is started again; what was stopped for good and does not leave when it is asked to is
killed. Nothing here asks Longbox over HTTP.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import catalogue
from bench.processes import PROC
from bench.server import PROJECT, free_port

COMMAND = "from pipeline.cli import main; main()"
KINDS = ("web", "worker", "covers")
LEAVES_WITHIN = 8.0  # seconds from SIGTERM to SIGKILL, as service managers do
SHIFTED_CLOCK = PROJECT / "bench" / "shifted_clock"


class Installation:
    """The processes over one data folder, with a clock of their own; see `shifted_clock`."""

    def __init__(self, data: Path, clock: Path, log: Path, **environment: str) -> None:
        self.data = data
        self._clock = clock
        self._log = log
        kept = {name: value for name, value in os.environ.items() if "LONGBOX" not in name}
        self.environment = kept | {
            "LONGBOX_DATA": str(data),
            "LONGBOX_ADMIN_USER": "chaos",
            "LONGBOX_ADMIN_PASSWORD": "correct horse",
            "PORT": str(free_port()),
            "PYTHONPATH": os.pathsep.join((str(SHIFTED_CLOCK), str(PROJECT))),
            "SHIFTED_CLOCK": str(clock),
            **environment,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.set_clock(0.0)

    # ---- processes

    def command(self, *words: str) -> str:
        """Run `longbox …` to its end; answers what it printed, whatever its status."""
        return self.python("-c", COMMAND, *words)

    def python(self, *words: str) -> str:
        """Run a program of the project with this installation's settings."""
        done = subprocess.run(
            [sys.executable, *words],
            env=self.environment,
            cwd=PROJECT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        return done.stdout

    def tend(self) -> None:
        """Start what does not run."""
        for kind in KINDS:
            process = self._running.get(kind)
            if process is None or process.poll() is not None:
                with self._log.open("ab") as log:
                    self._running[kind] = subprocess.Popen(
                        [sys.executable, "-c", COMMAND, kind],
                        env=self.environment,
                        cwd=PROJECT,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )

    def restart_stopped(self) -> None:
        """Kill those of our own that were stopped dead, for `tend` to start them again."""
        for process in self._running.values():
            if _is_stopped(process.pid):
                _send(process.pid, signal.SIGKILL)
                process.wait()

    def processes(self) -> list[int]:
        """Every living process of this installation, whoever started it."""
        mark = b"LONGBOX_DATA=" + os.fsencode(self.data) + b"\0"
        found = []
        for entry in PROC.iterdir():
            with suppress(OSError):  # it has ended
                if (
                    entry.name.isdigit()
                    and mark in (entry / "environ").read_bytes()
                    and (entry / "cmdline").read_bytes()  # a zombie has none
                ):
                    found.append(int(entry.name))
        return sorted(found)

    def stop(self) -> list[str]:
        """End everything as a service manager does; answers what was left behind all the same.

        What chaos has stopped dead cannot leave by itself, and is no more than killed.
        """
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + LEAVES_WITHIN
        while self._moving() and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in self._running.values():
            if process.poll() is None and not _is_stopped(process.pid):
                _send(process.pid, signal.SIGKILL)
        for pid in self.processes():
            if _is_stopped(pid):
                _send(pid, signal.SIGKILL)
        deadline = time.monotonic() + LEAVES_WITHIN
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = [described(pid) for pid in self.processes()]
        self.kill()
        return left

    def kill(self) -> None:
        """End every process at once."""
        for pid in self.processes():
            _send(pid, signal.SIGKILL)
        for process in self._running.values():
            process.wait()
        self._running.clear()

    def _moving(self) -> list[int]:
        return [pid for pid in self.processes() if not _is_stopped(pid)]

    # ---- the clock

    def set_clock(self, seconds: float) -> None:
        """Have the clock of every process wrong by so many seconds from now on."""
        if not self._clock.exists():
            self._clock.write_bytes(bytes(8))
        with self._clock.open("r+b") as file:  # in place: it is mapped
            file.write(struct.pack("d", seconds))

    # ---- what it knows

    def job(self) -> dict[str, Any]:
        """The newest job: its id, status and last error."""
        found = catalogue.rows(
            self.data, "SELECT id, status, last_error FROM scan_jobs ORDER BY id DESC LIMIT 1"
        )
        return dict(zip(("id", "status", "last_error"), found[0], strict=True))


def described(pid: int) -> str:
    """A process in words."""
    with suppress(OSError):
        line = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return f"{pid} {line.removeprefix(sys.executable).strip()}"
    return str(pid)


def _is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    return False


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
