"""The commands that look at scans: the jobs, one of them with all that is known of it, errors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import IO

import click
from rich.text import Text

from db import errors as item_errors
from db import job_export, job_log, job_report, progress, report, retention, shard_progress, slowest
from db import jobs as job_table
from db.engine import reading
from db.states import JobStatus
from pipeline.cli import changes, held, needs_database
from pipeline.cli.job_pictures import job_picture, print_slowest
from pipeline.cli.output import (
    ID,
    console,
    json_option,
    print_json,
    print_table,
    safe,
    say,
    status_text,
    when,
)
from pipeline.cli.watching import look_at, watch

LINES = 1_000  # of a job's log, the newest
MOST_WATCHED = 20  # jobs at once

watch_option = click.option("--watch", "is_watched", is_flag=True, help="Look on until it ends.")


@click.command()
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@click.option("--export", "to", metavar="FILE", type=click.File("w", "utf-8", lazy=True))
@click.option("--import", "source", metavar="FILE", type=click.File("rb"))
@watch_option
@json_option
@needs_database
def jobs(
    limit: int, to: IO[str] | None, source: IO[bytes] | None, is_watched: bool, as_json: bool
) -> None:
    """List the newest jobs; with --watch show those under way until they end.

    --export writes all that is kept of those that have ended, as JSON (- for the terminal), and
    --import takes such a file in, as history: nothing of it can be retried.
    """
    if to is not None:
        to.writelines(job_export.export())
        return
    if source is not None:
        _take_in(source.read())
        return
    if is_watched:
        _watch_all()
        return
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
@click.argument("job_id", metavar="JOB", type=ID)
@click.option("--log", "with_log", is_flag=True, help="Also show all that happened.")
@click.option("--delete", "is_to_go", is_flag=True, help="Forget it; its comics stay.")
@watch_option
@json_option
@needs_database
def job(job_id: int, with_log: bool, is_to_go: bool, is_watched: bool, as_json: bool) -> None:
    """Show one job: its phases, who is at work, what it found, what failed and what was slow.

    With --delete a job that has ended is forgotten. Files that still fail stay listed, with the
    library's newest other job.
    """
    if is_to_go:
        retention.forget(job_id)
        say(f"Job {job_id} is forgotten. Its comics stay as they are.")
        return
    if as_json:
        print_json(_job_json(job_id))
        return
    if is_watched and look_at(job_id).job.status.goes_on:
        watch([job_id])
    else:
        console().print(job_picture(look_at(job_id)))
    _tell_of(job_id)
    if with_log:
        _print_log(job_id)


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


def _take_in(content: bytes) -> None:
    done = job_export.take_in(content)
    say(f"{report.count(done.new, 'job')} taken in; {done.known:,} were here already.")
    for name, many in done.elsewhere.items():
        say(f"{report.count(many, 'job')} of {name} left out: no library here has that name.")


def _job_row(job: progress.Progress) -> Sequence[str | Text]:
    return (
        str(job.id),
        job.library,
        report.what(job),
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


def _watch_all() -> None:
    with reading() as connection:
        under_way = progress.under_way(connection, MOST_WATCHED) + progress.held(connection)
    if under_way:
        under_way.sort(key=lambda job: not job.status.goes_on)
        watch([job.id for job in under_way])
        held.tell_who_waits()
    else:
        say("Nothing is being scanned now. `longbox jobs` lists what was.")


def _job_json(job_id: int) -> dict[str, object]:
    with reading() as connection:
        found = progress.get(connection, job_id)
        running = shard_progress.running(connection, job_id)
        files = slowest.listing(connection, job_id, is_folder=False)
        folders = slowest.listing(connection, job_id, is_folder=True)
    return report.job_json(found) | {
        "shards": [job_report.shard_json(one) for one in running],
        "slowest_files": [job_report.slow_json(one) for one in files],
        "slowest_folders": [job_report.slow_json(one) for one in folders],
    }


def _tell_of(job_id: int) -> None:
    """What a job asks, what it changed, what failed in it, and what took longest."""
    with reading() as connection:
        found = progress.get(connection, job_id)
        classes = item_errors.counts_by_class(connection, job_id)
        files = slowest.listing(connection, job_id, is_folder=False)
        folders = slowest.listing(connection, job_id, is_folder=True)
    if found.status is JobStatus.HELD:
        held.tell(found)
    changes.tell(job_id)
    for error_class, many in classes.items():
        say(f"{many:,} {report.error_label(error_class)}: {item_errors.ADVICE[error_class]}")
    if classes:
        say(f"`longbox errors {job_id}` lists them, `longbox retry {job_id}` tries them again.")
    if not found.status.active:
        print_slowest(console(), "files", files)
        print_slowest(console(), "folders", folders)


def _print_log(job_id: int) -> None:
    with reading() as connection:
        lines = job_log.listing(connection, job_id, limit=LINES)
    screen = console()
    for line in reversed(lines):
        phase = f"{line.phase}: " if line.phase else ""
        style = {"warning": "yellow", "error": "red"}.get(line.level, "")
        told = Text(f"{when(line.at, seconds=True)}  ", style="dim")
        told.append(safe(f"{phase}{line.message}"), style)
        if line.path:
            told.append(f"  {safe(line.display_path)}", "dim")
        screen.print(told, soft_wrap=True)
