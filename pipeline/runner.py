"""Running stages: a shard is claimed, its stage started as a program, its end written down.

The job moves on by what the stage itself commits; here it is only seen how a stage left.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from db import in_hand, job_log, logs, shards
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

LOOKS = 1.0  # seconds between looks at a stage that does not end
MOURNING = 3.0  # seconds from killing a stage to doing without its end

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Stage:
    """A stage's process, at work on a shard; `killed_at` is of the monotonic clock."""

    claim: shards.Claim
    process: subprocess.Popen[bytes]
    killed_at: float | None = None

    def kill(self) -> None:
        """End it at once: its shard was taken away, and it can write nothing any more."""
        self.process.kill()
        if self.killed_at is None:
            self.killed_at = time.monotonic()

    def wait(self) -> int | None:
        """How it left; None for one that was killed and that the disk keeps from ending."""
        assert self.process.stdin is not None
        with self.process.stdin:  # it leaves when this closes
            while (code := _code_within(self.process, LOOKS)) is None:
                if self.killed_at and time.monotonic() - self.killed_at > MOURNING:
                    return None
        return code


@dataclass(slots=True)
class Runner:
    """The stages of this worker process; shared by its threads."""

    worker: str
    host: str = field(default_factory=socket.gethostname)
    stages: dict[str, Stage] = field(default_factory=dict)  # by the fences of their shards
    taking: list[int] = field(default_factory=list)  # shards that are in the hands of a thread
    allowed: int = field(default_factory=lambda: settings().workers_each)  # stages at once
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: bool = False

    def run(self, shard_id: int) -> None:
        """Claim a shard and run its stage to its end; nothing if the shard is not to be had."""
        if self.stopping or len(self.stages) >= self.allowed:
            return  # the bell is rung again
        self.taking.append(shard_id)
        try:
            with writing() as connection:
                claim = shards.claim(connection, shard_id, self.worker, self.host)
            if claim is not None:
                with logs.about(job=claim.job_id, shard=claim.shard_id):
                    self._run(claim)
        finally:
            self.taking.remove(shard_id)
        if claim is not None and not self.stopping:
            tasks.ring(claim.job_id)

    def stop(self) -> None:
        """Ask every stage to commit and leave, and start none any more."""
        with self.lock:
            self.stopping = True
            for stage in self.stages.values():
                stage.process.terminate()

    def hand_back(self, shard_id: int) -> None:
        """Ask the stage of a shard to commit and leave."""
        with self.lock:
            for stage in self.stages.values():
                if stage.claim.shard_id == shard_id:
                    stage.process.terminate()

    def note_end(self, claim: shards.Claim, code: int) -> None:
        """Write down how the stage of a shard left."""
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

    def _run(self, claim: shards.Claim) -> None:
        stage = self._start(claim)
        if stage is None:
            self._hand_back(claim)
            return
        try:
            with writing() as connection:
                shards.note_pid(connection, claim, stage.process.pid)
        finally:
            code = stage.wait()
            del self.stages[claim.fence]
        if code is None:
            self._leave_behind(stage)
        else:
            self.note_end(claim, code)

    def _start(self, claim: shards.Claim) -> Stage | None:
        program = [sys.executable, "-m", f"stages.{claim.phase}", str(claim.shard_id), claim.fence]
        with self.lock:
            if self.stopping:
                return None
            process = subprocess.Popen(program, stdin=subprocess.PIPE)
            self.stages[claim.fence] = stage = Stage(claim, process)
        return stage

    def _leave_behind(self, stage: Stage) -> None:
        """Do without a stage's end: it is in a call to a disk that does not answer."""
        claim = stage.claim
        message = f"Process {stage.process.pid} does not end; the disk it reads does not answer."
        log.error("Shard %d: %s", claim.shard_id, message)
        with writing() as connection:
            job_log.of_shard(connection, claim.shard_id, message, level=job_log.LogLevel.ERROR)

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


def _code_within(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """A process's exit code; None when it has not ended after so many seconds."""
    with suppress(AttributeError, OSError):  # a system without such handles asks again and again
        handle = os.pidfd_open(process.pid)
        try:
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            poller.poll(seconds * 1000)
        finally:
            os.close(handle)
        return process.poll()
    with suppress(subprocess.TimeoutExpired):
        return process.wait(seconds)
    return None
