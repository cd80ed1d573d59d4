"""Longbox as it runs: the web application and the covers process, over HTTP on a port of theirs."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from bench.processes import stages
from tests.ports import free_port
from tests.trial import wait_for

COMMAND = "from pipeline.cli import main; main()"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Live:
    """`longbox web` and `longbox covers` over the data folder of LONGBOX_DATA."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for name in ("web", "covers"):
            self.start(name)
        wait_for(self._is_healthy, "the web application")
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        with self._log.open("ab") as output:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-c", COMMAND, name],
                env=os.environ | {"PORT": str(self.port)},
                stdout=output,
                stderr=output,
            )

    def kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def get(self, path: str, token: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Cookie": f"session_token={token}"})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def children(self, name: str) -> list[int]:
        """The processes that draw or unpack for a process."""
        return stages(self._processes[name].pid)

    def covers_made(self) -> list[int]:
        """The comics whose covers were drawn, in that order, each as often as it was."""
        return [int(one) for one in re.findall(r"^cover (\d+) made", self.said(), re.MULTILINE)]

    def said(self) -> str:
        return self._log.read_text()

    def _is_healthy(self) -> bool:
        assert self._processes["web"].poll() is None, self.said()
        try:
            return self.get("/healthz").status == 200
        except ConnectionError:
            return False
