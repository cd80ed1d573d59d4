"""`bench.floor_app` under the same web server as Longbox, to be asked the same things."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.client import Client
from bench.server import BIN, PROJECT, free_port

THREADS = 16


class BareServer:
    """The floor of everything that goes over HTTP, as a context manager."""

    def __init__(self, database: Path, files: Path) -> None:
        self.port = free_port()
        self._environment = os.environ | {
            "FLOOR_DATABASE": str(database),
            "FLOOR_FILES": str(files),
        }
        self._command = [
            str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread",
            "--threads", str(THREADS), "--log-level", "error", "bench.floor_app:app",
        ]  # fmt: skip

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=PROJECT, env=self._environment)
        for _ in range(200):
            try:
                Client(self.port).get("/")
                return self
            except OSError:
                time.sleep(0.05)
        self._process.kill()
        raise RuntimeError("The bare server did not start")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    @property
    def pid(self) -> int:
        """The process under which its worker is."""
        return self._process.pid
