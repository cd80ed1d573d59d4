"""Longbox itself, started as its users start it, over a data folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.client import Client

PROJECT = Path(__file__).parent.parent
BIN = PROJECT / ".venv" / "bin"
ADMIN = "bench"


class Server:
    """A running Longbox; as a context manager it is started, and stopped and cleared away.

    With `comics` it begins with nothing but them; without, over the data folder as it is.
    """

    def __init__(self, data: Path, comics: Path | None = None, **environment: str) -> None:
        self.data = data
        self.comics = comics
        self.port = free_port()
        self._password = secrets.token_urlsafe()
        self._environment = os.environ | {
            "LONGBOX_DATA": str(data),
            "LONGBOX_ADMIN_USER": ADMIN,
            "LONGBOX_ADMIN_PASSWORD": self._password,
            "PORT": str(self.port),
            **environment,
        }
        self._cookie = ""
        self._honcho: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        """Run a `longbox` command. Returns what it printed."""
        return subprocess.run(
            [BIN / "longbox", *words],
            cwd=PROJECT,
            env=self._environment,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        ).stdout

    def __enter__(self) -> Self:
        if self.comics:
            shutil.rmtree(self.data, ignore_errors=True)
        self.command("init")
        if self.comics:
            self.command("library", "add", str(self.comics))
        with (self.data / "bench.log").open("wb") as log:
            self._honcho = subprocess.Popen(
                [BIN / "honcho", "start"],
                cwd=PROJECT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if kind is None:
            shutil.rmtree(self.data)

    @property
    def pid(self) -> int:
        """The process under which all others are."""
        assert self._honcho, "the server is not started"
        return self._honcho.pid

    def client(self) -> Client:
        """A new connection, signed in; all of them share one session."""
        if not self._cookie:
            self._cookie = Client(self.port).sign_in(ADMIN, self._password)
        return Client(self.port, self._cookie)

    def scan(self, client: Client) -> None:
        """Scan everything and wait for the end."""
        started = time.perf_counter()
        if (answer := client.post("/api/scan")).status != 202:
            raise RuntimeError(f"The scan was refused: {answer.body[:300]!r}")
        self.wait_for_scan(client, started)

    def wait_for_scan(self, client: Client, started: float, limit: float = 600) -> dict[str, Any]:
        """Poll until the scan is done. Returns its last status; raises when it is not completed."""
        while time.perf_counter() - started < limit:
            status: dict[str, Any] = client.page("/api/scan/status").json()
            if not status["active"]:
                if status["status"] != "completed":
                    raise RuntimeError(f"The scan ended as {status}")
                return status
            time.sleep(0.05)
        raise RuntimeError(f"The scan is not done after {limit:.0f} seconds")

    def _stop(self) -> None:
        if self._honcho:
            self._honcho.send_signal(signal.SIGTERM)
            self._honcho.wait(timeout=30)

    def _wait_until_healthy(self) -> None:
        for _ in range(600):
            assert self._honcho
            if self._honcho.poll() is not None:
                break
            client = Client(self.port)
            try:
                if client.get("/healthz").status == 200:
                    return
            except OSError:
                pass  # nobody listens yet
            finally:
                client.close()
            time.sleep(0.05)
        raise RuntimeError(f"Longbox did not start; see {self.data / 'bench.log'}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
