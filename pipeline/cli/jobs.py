"""The commands about scans: asking for one, looking at jobs and errors, cancel, pause, retry."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from itertools import groupby

import click
from rich.text import Text

from db import errors as item_errors
from db import jobs as job_table
from db import progress, report, scan_requests
from db.engine import reading, writing
from db.jobs import Resumed
from db.states import ErrorClass, JobStatus, Phase, ScanKind
from pipeline import slots, tasks
from pipeline.cli import AlreadySo, changes, held, needs_database
from pipeline.cli.output import (
    ID,
    console,
    job_picture,
    jobs_picture,
    json_option,
    live,
    print_json,
    print_table,
    safe,
    say,
    status_text,
    when,
)

BY = "the command line"
LOOK_AGAIN_SECONDS = 0.2
SPEAK_AGAIN_SECONDS = 10.0  # between lines when standard output is no terminal

RESUMED = {
    Resumed.GOES_ON: "goes on where it was.",
    Resumed.CONFIRMED: "goes on; the comics it has listed as gone will be marked missing.",
    Resumed.LOOKS_AGAIN: "looks again. Nothing is marked missing while its folder cannot be read.",
}

job_argument = click.argument("job_id", metavar="JOB", type=ID)
wait_option = click.option("--wait", is_flag=True, help="Show the progress until it ends.")


@click.command()
@click.argument("library", required=False)
@click.option(
    "--kind",
    type=click.Choice([one.value for one in ScanKind]),
    default=ScanKind.QUICK.value,
    show_default=True,
    help="quick looks at folders that changed, full at every file.",
)
@wait_option
@needs_database
def scan(library: str | None, kind: str, wait: bool) -> None:
    """Scan a library, or all of them.

    The work is done by the worker that `honcho start` runs. With --wait the exit status says how
    it ended: 0 well, 1 failed, held or cancelled, 3 a scan was under way already.
    """
    with writing() as connection:
        answers = scan_requests.request(connection, library, ScanKind(kind), {}, BY)
    begun = [answer.job_id for answer in answers if answer.refusal is None]
    for answer in answers:
        if answer.refusal is None:
            tasks.ring(answer.job_id)
            say(f"A {kind} scan of {answer.library} is queued as job {answer.job_id}.")
        elif begun:
            say(answer.refusal)
    if not begun:
        raise AlreadySo("\n".join(safe(answer.refusal or "") for answer in answers))
    if not slots.any_held("worker"):
        say("It begins as soon as Longbox runs: start it with `honcho start`.")
    if wait:
        _wait_for(begun)


@click.command()
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
@needs_database
def jobs(limit: int, as_json: bool) -> None:
    """List the newest jobs."""
    with reading() as connection:
        found = progress.listing(connection, limit)
    if as_json:
        print_json([report.job_json(one) for one in found])
    elif not found:
        say("There has been no scan yet. `longbox scan` begins one.")
    else:
        print_table(
            ("Job#", "Library", "Scan", "Status", "Comics#", "Problems#", "Asked for"),
            [_job_row(one) for one in found],
        )
        held.tell_who_waits()


@click.command()
@job_argument
@json_option
@needs_database
def job(job_id: int, as_json: bool) -> None:
    """Show one job: its phases, what it found, and what went wrong."""
    with reading() as connection:
        found = progress.get(connection, job_id)
        classes = item_errors.counts_by_class(connection, job_id)
    if as_json:
        print_json(report.job_json(found))
        return
    console().print(job_picture(found))
    if found.status is JobStatus.HELD:
        held.tell(found)
    changes.tell(job_id)
    for error_class, many in classes.items():
        say(f"{many:,} {report.error_label(error_class)}: {item_errors.ADVICE[error_class]}")
    if classes:
        say(f"`longbox errors {job_id}` lists them, `longbox retry {job_id}` tries them again.")


@click.command()
@click.argument("job_id", metavar="[JOB]", type=ID, required=False)
@json_option
@needs_database
def errors(job_id: int | None, as_json: bool) -> None:
    """List the files and folders that failed, of one job or of all."""
    with reading() as connection:
        if job_id is not None:
            job_table.get(connection, job_id)
        found = item_errors.listing(connection, job_id=job_id)
    if as_json:
        print_json([report.error_json(one) for one in found])
    elif not found:
        say("No file or folder has failed.")
    else:
        _print_errors(found)


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
        _wait_for([job_id])


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
@wait_option
@needs_database
def retry(
    job_id: int,
    stage: str | None,
    error_class: str | None,
    path_glob: str | None,
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
        )
    tasks.ring(job_id)
    what = report.count(many, "file or folder", "files or folders") if many else "What was left"
    say(f"{what} will be tried again in job {job_id}.")
    if wait:
        _wait_for([job_id])


def _job_row(job: progress.Progress) -> Sequence[str | Text]:
    return (
        str(job.id),
        job.library,
        job.kind,
        _status_and_percent(job),
        f"{job.found:,}",
        f"{job.errors:,}" if job.errors else "",
        when(job.created_at),
    )


def _status_and_percent(job: progress.Progress) -> Text:
    shown = status_text(job.status)
    if job.status is JobStatus.HELD:
        return shown.append(": needs you")
    return shown.append(f" {job.percent:.0f} %") if job.status is JobStatus.RUNNING else shown


def _print_errors(found: list[item_errors.ItemError]) -> None:
    screen = console()
    found.sort(key=lambda error: error.error_class)
    for error_class, group in groupby(found, key=lambda error: error.error_class):
        members = list(group)
        screen.print(
            Text.assemble(
                (f"{len(members):,} {report.error_label(error_class)}", "bold red"),
                "  ",
                (item_errors.ADVICE[error_class], "dim"),
            )
        )
        for error in members:
            screen.print(Text(f"  {safe(error.display_path)}"), soft_wrap=True)
            screen.print(Text(f"      {safe(error.message)}", style="dim"), soft_wrap=True)


def _wait_for(job_ids: Sequence[int]) -> None:
    """Show the jobs until none goes on by itself; the exit status is 1 unless all ended well."""
    watch = _watch_bars if sys.stdout.isatty() else _watch_lines
    try:
        ended = watch(lambda: _look_at(job_ids))
    except KeyboardInterrupt:
        numbers = " ".join(str(job_id) for job_id in job_ids)
        say(f"\nThe scan goes on without you looking; `longbox job {numbers}` shows it.")
        raise click.exceptions.Exit(130) from None
    for job in ended:
        if job.status is JobStatus.HELD:
            say(held.how_to_answer(job))
        elif job.status is JobStatus.PAUSED:
            say(f"`longbox resume {job.id}` lets it go on.")
        elif job.errors:
            say(f"`longbox errors {job.id}` lists what failed.")
    if any(job.status is not JobStatus.COMPLETED for job in ended):
        raise click.exceptions.Exit(1)


def _look_at(job_ids: Sequence[int]) -> list[progress.Progress]:
    with reading() as connection:
        return [progress.get(connection, job_id) for job_id in job_ids]


Look = Callable[[], list[progress.Progress]]


def _watch_bars(look: Look) -> list[progress.Progress]:
    found = look()
    with live(found) as screen:
        while any(job.status.goes_on for job in found):
            time.sleep(LOOK_AGAIN_SECONDS)
            found = look()
            screen.update(jobs_picture(found), refresh=True)
    return found


def _watch_lines(look: Look) -> list[progress.Progress]:
    """For logs and pipes: a line when a job's phase or status changes, and now and then."""
    told: dict[int, tuple[object, float]] = {}
    while True:
        found = look()
        for job in found:
            where = (job.status, job.phase)
            before, at = told.get(job.id, (None, 0.0))
            if where != before or time.monotonic() - at > SPEAK_AGAIN_SECONDS:
                told[job.id] = (where, time.monotonic())
                say(f"{job.library}: {report.sentence(job)}")
        if not any(job.status.goes_on for job in found):
            return found
        time.sleep(LOOK_AGAIN_SECONDS)
