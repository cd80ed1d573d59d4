"""Running stages: a shard is claimed, its stage started as a program, its end written down.

The job moves on by what the stage itself commits; here it is only seen how a stage left.
"""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from db import in_hand, shards
from db.engine import writing
from db.settings import settings
from db.states import ErrorClass, Exit
from pipeline import tasks

# Asked to stop, or its shard was taken away; by a bare signal when it was asked in its first
# moments, before it could listen.
STOPPED = frozenset({Exit.STOPPED, -signal.SIGTERM, -signal.SIGINT})
# How the kernel ends a stage that has spent on one file what one file may cost; and how a decoder
# ends its process that wants more memory than there is, pdfium for one.
CLASSES: dict[int, ErrorClass] = {
    signal.SIGXCPU: ErrorClass.TIMEOUT,
    signal.SIGABRT: ErrorClass.TOO_LARGE,
}

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Runner:
    """The stages of this worker process; shared by its threads."""

    worker: str
    host: str = field(default_factory=socket.gethostname)
    stages: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)  # by shard
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: bool = False

    def run(self, shard_id: int) -> None:
        """Claim a shard and run its stage to its end; nothing if the shard is not to be had."""
        if self.stopping:
            return
        with writing() as connection:
            claim = shards.claim(connection, shard_id, self.worker, self.host)
        if claim is None:
            return
        stage = self._start(claim)
        if stage is None:
            self._hand_back(claim)
            return
        try:
            with stage:
                with writing() as connection:
                    shards.note_pid(connection, claim, stage.pid)
                self._note_end(claim, stage.wait())
        finally:
            with self.lock:  # another thread may be at the shard's next attempt already
                if self.stages.get(shard_id) is stage:
                    del self.stages[shard_id]
        if not self.stopping:
            tasks.ring(claim.job_id)

    def stop(self) -> None:
        """Ask every stage to commit and leave, and start none any more."""
        with self.lock:
            self.stopping = True
            for stage in self.stages.values():
                stage.send_signal(signal.SIGTERM)

    def _start(self, claim: shards.Claim) -> subprocess.Popen[bytes] | None:
        program = [sys.executable, "-m", f"stages.{claim.phase}", str(claim.shard_id), claim.fence]
        with self.lock:
            if self.stopping:
                return None
            stage = subprocess.Popen(program, stdin=subprocess.PIPE)
            self.stages[claim.shard_id] = stage
        return stage

    def _note_end(self, claim: shards.Claim, code: int) -> None:
        if code == Exit.DONE:
            return
        if code in STOPPED or self.stopping:  # Ctrl-C may have come while it was still loading
            self._hand_back(claim)
            return
        reason = _describe(code)
        path = in_hand.read(claim.shard_id)
        with writing() as connection:
            buried = shards.bury(
                connection,
                claim.shard_id,
                reason,
                fence=claim.fence,
                exit_code=code,
                in_hand=path,
                error_class=CLASSES.get(-code, ErrorClass.CRASHED),
                certain=code == -signal.SIGXCPU,
            )
        if buried:
            log.warning("The %s stage of shard %d ended: %s", claim.phase, claim.shard_id, reason)

    def _hand_back(self, claim: shards.Claim) -> None:
        with writing() as connection:
            shards.hand_back(connection, claim.shard_id, claim.fence)


def _describe(code: int) -> str:
    if code >= 0:
        return f"it left with exit code {code}"
    if code == -signal.SIGXCPU:
        return f"it took more than {settings().max_cpu_seconds} seconds of the processor"
    if code == -signal.SIGABRT:
        return f"its decoder gave up, as it does beyond {settings().max_memory_mb:,} MB of memory"
    try:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"killed by signal {-code}"
