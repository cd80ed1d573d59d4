"""Recovery: shards whose process is gone or silent come back, and lost bells are rung again.

One function, run when a worker starts and by a thread of its own ever after: as a Huey task it
would wait behind the very shards that hang. In one of several workers the same thread looks after
held jobs, after what is kept for comics that come back, and after surveys.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from db import in_hand, shards
from db.engine import reading, writing
from db.settings import settings
from db.silence import Silence
from pipeline import slots, tasks
from pipeline.homecoming import Homecoming
from pipeline.lookout import Lookout
from pipeline.queue import is_silent, tend
from pipeline.runner import Runner
from pipeline.surveying import Surveyor
from pipeline.yielding import Yielding

EVERY = 1.0  # seconds

log = logging.getLogger(__name__)


def recover(runner: Runner, silence: Silence[str]) -> None:
    """Bury the dead, stop those whose shard was taken away, and ring for what waits."""
    stages = dict(runner.stages)  # looked at before the table: what starts now is not to be judged
    with reading() as connection:
        running = shards.running(connection)
        waiting = bool(shards.queued(connection))
        mine = [stage.claim.shard_id for stage in stages.values()]
        in_the_way = shards.in_the_way(connection, mine, runner.allowed)
    silent = silence.look({shard.fence: shard.heartbeat_at for shard in running})
    for shard in running:
        if (reason := _dead(shard, runner, silent[shard.fence])) and _bury(shard, reason):
            if stage := stages.get(shard.fence):
                stage.kill()
            elif shard.host == runner.host:
                _end_orphan(shard)
            waiting = True
    for fence in stages.keys() - {shard.fence for shard in running}:
        stages[fence].kill()
    for shard_id in in_the_way:
        runner.hand_back(shard_id)
    if is_silent(tasks.stages_huey) and waiting:
        tasks.ring()


def keep_recovering(runner: Runner, stop: threading.Event) -> None:
    """Recover until the worker stops; a fault is told and tried again."""
    lookout, homecoming, surveyor = Lookout(), Homecoming(), Surveyor()
    silence: Silence[str] = Silence(longest=2 * EVERY)
    duty = slots.Duty("lookout")
    yielding = Yielding(runner)
    while not stop.wait(EVERY):
        try:
            tend(tasks.stages_huey)
            recover(runner, silence)
            yielding.pass_by()
            if duty.is_ours:
                lookout.pass_by()
                homecoming.pass_by()
                surveyor.pass_by()
        except Exception:
            log.exception("Recovery failed; it is tried again")


def _dead(shard: shards.Running, runner: Runner, silent: float) -> str | None:
    """Why nobody works on a shard any more; None while somebody does."""
    if shard.host == runner.host:
        if shard.worker == runner.worker:
            # Asked behind the look at the table: who claims one of them is at it already.
            if shard.id not in runner.taking:
                return "the worker that ran it was ended"
        elif not slots.is_held(shard.worker):
            return f"the worker {shard.worker} was ended"
    if silent > settings().stale_after:
        return f"it gave no sign of life for {silent:.0f} seconds"
    return None


def _end_orphan(shard: shards.Running) -> None:
    """Kill the stage of a worker that was ended, which leaves by itself unless it was stopped."""
    with suppress(OSError):
        handle = Path(f"/proc/{shard.pid}/cmdline")
        if shard.pid and shard.fence.encode() in handle.read_bytes():  # and not another by now
            os.kill(shard.pid, signal.SIGKILL)


def _bury(shard: shards.Running, reason: str) -> bool:
    """Take a shard from the dead, and name what they had in hand; False if it has ended."""
    path = in_hand.read(shard.id)
    with writing() as connection:
        buried = shards.bury(connection, shard.id, reason, fence=shard.fence, in_hand=path)
    if buried:
        of = {"job": shard.job_id, "shard": shard.id}
        log.warning("Shard %d comes back: %s", shard.id, reason, extra=of)
    return buried
