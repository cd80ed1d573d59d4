"""Looking at jobs until they end: in a terminal as a picture that moves, elsewhere line by line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import click

from db import progress, report, shard_progress
from db.engine import reading
from db.progress import Progress
from db.states import JobStatus
from pipeline.cli import held
from pipeline.cli.job_pictures import Look, jobs_picture, live
from pipeline.cli.output import say

LOOK_AGAIN_SECONDS = 0.2
SPEAK_AGAIN_SECONDS = 10.0  # between lines when standard output is no terminal

Looking = Callable[[], list[Look]]


def look_at(job_id: int) -> Look:
    """A job and who is at it; raises NoSuchJob."""
    with reading() as connection:
        job = progress.get(connection, job_id)
        if not job.status.active:
            return Look(job)
        return Look(
            job,
            shard_progress.running(connection, job_id),
            shard_progress.waiting(connection, job_id, job.phase),
        )


def watch(job_ids: Sequence[int]) -> list[Progress]:
    """Show the jobs until none goes on by itself; answers how they are then."""
    show = _watch_picture if sys.stdout.isatty() else _watch_lines
    try:
        return [look.job for look in show(lambda: [look_at(one) for one in job_ids])]
    except KeyboardInterrupt:
        numbers = " ".join(str(job_id) for job_id in job_ids)
        say(f"\nThe scan goes on without you looking; `longbox job {numbers}` shows it.")
        raise click.exceptions.Exit(130) from None


def wait_for(job_ids: Sequence[int]) -> None:
    """Watch the jobs, and say what is to be done; the exit status is 1 unless all ended well."""
    ended = watch(job_ids)
    for job in ended:
        if job.status is JobStatus.HELD:
            say(held.how_to_answer(job))
        elif job.errors:
            say(f"`longbox errors {job.id}` lists what failed.")
    if any(job.status is not JobStatus.COMPLETED for job in ended):
        raise click.exceptions.Exit(1)


def _watch_picture(look: Looking) -> list[Look]:
    found = look()
    with live(found) as screen:
        while any(one.job.status.goes_on for one in found):
            time.sleep(LOOK_AGAIN_SECONDS)
            found = look()
            screen.update(jobs_picture(found), refresh=True)
    return found


def _watch_lines(look: Looking) -> list[Look]:
    """For logs and pipes: a line when a job's phase or status changes, and now and then."""
    told: dict[int, tuple[object, float]] = {}
    while True:
        found = look()
        for job in (one.job for one in found):
            where = (job.status, job.phase)
            before, at = told.get(job.id, (None, 0.0))
            if where != before or time.monotonic() - at > SPEAK_AGAIN_SECONDS:
                told[job.id] = (where, time.monotonic())
                say(f"{job.library}: {report.sentence(job)}")
        if not any(one.job.status.goes_on for one in found):
            return found
        time.sleep(LOOK_AGAIN_SECONDS)
