"""Gates: a test has the stages of a scan wait, behind their first commit or with a file in hand.

What waits is a stage's work alone: its heart beats, it hears signals, and it leaves with its parent
or when its job is cancelled or paused. The processes' side of this is `sitecustomize.py`.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tests.trial import wait_for

HERE = Path(__file__).parent


class Gates:
    """A gate for each phase, file and folder, for the processes that have `environment`; all are
    open at first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._shut: dict[str, BinaryIO] = {}
        path = [str(HERE), str(HERE.parents[1]), *os.environ.get("PYTHONPATH", "").split(":")]
        self.environment = {"GATES": str(folder), "PYTHONPATH": ":".join(filter(None, path))}

    def shut(self, *names: str) -> None:
        """Let nobody go on who comes to these gates."""
        for name in names:
            self._shut[name] = (self._folder / name).open("wb")
            fcntl.flock(self._shut[name], fcntl.LOCK_EX)

    def open(self, name: str) -> None:
        """Let those go on who wait, and all who come."""
        (self._folder / name).unlink()
        self._shut.pop(name).close()

    def waiting(self, name: str) -> int:
        """The pid of a living process that waits at a gate, as soon as there is one."""
        return int(wait_for(lambda: self._waiting(name), f"somebody at the gate {name}"))

    def _waiting(self, name: str) -> int | None:
        for file in self._folder.glob(f"{name}.*"):
            pid = int(file.suffix[1:])
            with suppress(ProcessLookupError):
                os.kill(pid, 0)
                return pid
        return None

    def close(self) -> None:
        """Open all of them."""
        for name in [*self._shut]:
            self.open(name)
