"""What a running program costs, read from /proc: CPU time and memory of it and its descendants."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it, the oldest first."""
    found = [pid]
    for one in found:
        # Each thread has its own children.
        for children in (PROC / str(one) / "task").glob("*/children"):
            with suppress(OSError):  # it has ended
                found += map(int, children.read_text().split())
    return found


def stages(pid: int) -> list[int]:
    """The stage programs among those that descend from a process."""
    found = []
    for one in family(pid)[1:]:
        with suppress(OSError):
            if b"\0stages." in (PROC / str(one) / "cmdline").read_bytes():
                found.append(one)
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time that a process, its descendants and those that they have waited for have used."""
    return sum(_cpu(one) for one in family(pid))


def memory(pid: int) -> dict[str, float]:
    """Proportional set size in MB of each process of a family, by its command line."""
    sizes: dict[str, float] = {}
    for one in family(pid):
        try:
            command = (PROC / str(one) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            lines = (PROC / str(one) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        sizes[f"{one} {command.strip()}"] = kilobytes / 1024
    return sizes


class Peak(threading.Thread):
    """Watches a family's memory until it is stopped; `megabytes` is the most that it saw."""

    def __init__(self, pid: int, every: float = 0.2) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.every = every
        self.megabytes = 0.0
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(self.every):
            self.megabytes = max(self.megabytes, sum(memory(self.pid).values()))

    def stop(self) -> float:
        """End the watch. Returns the peak in MB."""
        self._stopped.set()
        self.join()
        return self.megabytes


def _cpu(pid: int) -> float:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / _TICK
