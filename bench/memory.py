"""What the whole of Longbox holds in memory: idle, and at the height of a scan."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Figure
from bench.processes import Peak, memory
from bench.server import Server

QUIET = 5.0  # seconds without anything to do before memory is called idle


def figures(comics: Path, work: Path) -> list[Figure]:
    """Scan a library once, watching; every process of Longbox counts, shared pages by share."""
    with Server(work / "data", comics) as server:
        client = server.client()
        peak = Peak(server.pid)
        peak.start()
        server.scan(client)
        height = peak.stop()
        client.close()
        time.sleep(QUIET)
        idle = sum(memory(server.pid).values())
    return [
        Figure("memory, idle, all processes", "MB", idle, limit=200),
        Figure("memory, at the height of a scan", "MB", height, limit=500),
    ]
