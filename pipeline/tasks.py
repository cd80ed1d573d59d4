"""The Huey tasks, and the functions that ring for them.

A task means "look at the table and do what it says", so ringing twice, or for something that is
done, is harmless. This is the one module of the pipeline that the web application imports.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from db import shards
from db.engine import reading
from pipeline.queue import open_queue
from pipeline.queue import ring as _ring
from pipeline.queue import waiting as _waiting

stages_huey = open_queue("stages")
covers_huey = open_queue("covers")


@stages_huey.task()  # type: ignore[untyped-decorator]  # huey has no types
def run_shard(shard_id: int) -> None:
    """Run the stage of a shard, if the shard is still to be had."""
    from pipeline import worker

    worker.run_shard(shard_id)


@covers_huey.task()  # type: ignore[untyped-decorator]  # huey has no types
def make_cover(comic_id: int) -> None:
    """Make a comic's cover, unless it is there."""
    from pipeline import covers

    covers.make(comic_id)


def ring(job_id: int | None = None) -> None:
    """Ring for every queued shard of a job, or of all jobs; who ranks high is heard first."""
    with reading() as connection:
        waiting = shards.waiting(connection, job_id)
    for shard in waiting:
        _ring(stages_huey, run_shard, shard.id, priority=shard.rank)


def waiting() -> dict[str, int]:
    """How many bells nobody has heard yet, by queue."""
    return {huey.name: _waiting(huey) for huey in (stages_huey, covers_huey)}


def ask_for_covers(comic_ids: Sequence[int]) -> None:
    """Ring for covers: what is asked for now goes before what was asked for earlier.

    Within a second first come is first served, so that of many who wait none starves.
    """
    moment = float(int(time.time()))
    for comic_id in comic_ids:
        _ring(covers_huey, make_cover, comic_id, priority=moment)
