"""The worker process: a Huey consumer whose threads each run one stage at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from db.settings import settings
from db.silence import Silence
from pipeline import housekeeping, messenger, recovery, slots, tasks, timekeeper
from pipeline.consumer import Consumer
from pipeline.queue import tend
from pipeline.runner import Runner

log = logging.getLogger(__name__)

_runner: Runner | None = None


class StageConsumer(Consumer):
    """A consumer that passes the request to stop on to the stages, and waits for their end."""

    def stop(self, graceful: bool = False) -> None:  # noqa: ARG002 - Ctrl-C is no less graceful
        if _runner is not None:
            _runner.stop()
        super().stop(graceful=True)


def serve(number: int = 1) -> None:
    """Run stages until SIGTERM or SIGINT; raises SlotTakenError when this worker runs already."""
    global _runner
    _runner = Runner(slots.take("worker", number))
    logging.getLogger("huey").setLevel(logging.WARNING)
    tend(tasks.stages_huey)
    recovery.recover(_runner, Silence(longest=recovery.EVERY))
    stop = threading.Event()
    _begin("recovery", recovery.keep_recovering, _runner, stop)
    _begin("housekeeping", housekeeping.keep_house, stop)
    _begin("clock", timekeeper.keep_time, stop)
    _begin("messenger", messenger.keep_telling, stop)
    try:
        StageConsumer(
            tasks.stages_huey,
            workers=settings().workers_each,
            periodic=False,
            initial_delay=0.05,
            max_delay=0.25,
            scheduler_interval=60,
            shutdown_timeout=4,
            graceful_signal="TERM",
        ).run()
    finally:
        stop.set()


def _begin(name: str, work: Callable[..., None], *arguments: object) -> None:
    """Have a thread of this process do something until it ends."""
    threading.Thread(target=work, args=arguments, name=name, daemon=True).start()


def run_shard(shard_id: int) -> None:
    """What the Huey task does, in a thread of this process."""
    if _runner is not None:
        _runner.run(shard_id)
