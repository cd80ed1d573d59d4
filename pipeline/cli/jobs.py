"""The commands that do something to a scan: cancel, pause, resume, retry."""

from __future__ import annotations

import click

from db import jobs as job_table
from db import report
from db.engine import writing
from db.jobs import Resumed
from db.states import ErrorClass, Phase, Priority
from pipeline import tasks
from pipeline.cli import needs_database
from pipeline.cli.output import ID, say
from pipeline.cli.watching import wait_for

RESUMED = {
    Resumed.GOES_ON: "goes on where it was.",
    Resumed.CONFIRMED: "goes on; the comics it has listed as gone will be marked missing.",
    Resumed.LOOKS_AGAIN: "looks again. Nothing is marked missing while its folder cannot be read.",
}

job_argument = click.argument("job_id", metavar="JOB", type=ID)
wait_option = click.option("--wait", is_flag=True, help="Show the progress until it ends.")


@click.command()
@job_argument
@needs_database
def cancel(job_id: int) -> None:
    """End a job; what it has done stays."""
    with writing() as connection:
        job_table.cancel(connection, job_id)
    say(f"Job {job_id} is cancelled. What it has done stays.")


@click.command()
@job_argument
@needs_database
def pause(job_id: int) -> None:
    """Stop a job where it is, until `longbox resume`; a restart changes nothing about that."""
    with writing() as connection:
        job_table.pause(connection, job_id)
    say(f"Job {job_id} is paused. `longbox resume {job_id}` lets it go on where it was.")


@click.command()
@job_argument
@wait_option
@needs_database
def resume(job_id: int, wait: bool) -> None:
    """Let a job go on that is paused, or held.

    A held job marks the comics missing that it has listed as gone. Where the folder cannot be
    looked at, there is nothing to confirm, and it only looks again.
    """
    with writing() as connection:
        resumed = job_table.resume(connection, job_id)
    tasks.ring(job_id)
    say(f"Job {job_id} {RESUMED[resumed]}")
    if wait:
        wait_for([job_id])


@click.command()
@job_argument
@click.argument("level", type=click.Choice([one.word for one in reversed(Priority)]))
@needs_database
def priority(job_id: int, level: str) -> None:
    """Have a job go before others, or behind them."""
    with writing() as connection:
        job_table.rank(connection, job_id, Priority[level.upper()])
    tasks.ring(job_id)
    say(f"Job {job_id} has {level} priority.")


@click.command()
@job_argument
@click.option(
    "--stage",
    type=click.Choice([one.value for one in Phase]),
    help="Only what failed in this stage.",
)
@click.option(
    "--error",
    "error_class",
    metavar="CLASS",
    type=click.Choice([one.value for one in ErrorClass]),
    help="Only errors of this class, as `longbox errors` names them.",
)
@click.option("--path", "path_glob", metavar="GLOB", help="Only paths that fit, such as 'DC/*'.")
@click.option("--comic", "comic_id", metavar="ID", type=ID, help="Only this comic.")
@click.option("--shard", "shard_id", metavar="ID", type=ID, help="Only what failed in this shard.")
@wait_option
@needs_database
def retry(
    job_id: int,
    stage: str | None,
    error_class: str | None,
    path_glob: str | None,
    comic_id: int | None,
    shard_id: int | None,
    wait: bool,
) -> None:
    """Try again what failed in a job that has ended."""
    with writing() as connection:
        many = job_table.retry(
            connection,
            job_id,
            phase=Phase(stage) if stage else None,
            error_class=ErrorClass(error_class) if error_class else None,
            path_glob=path_glob,
            comic_id=comic_id,
            shard_id=shard_id,
        )
    tasks.ring(job_id)
    what = report.count(many, "file or folder", "files or folders") if many else "What was left"
    say(f"{what} will be tried again in job {job_id}.")
    if wait:
        wait_for([job_id])
