"""The commands that do something to scans: asking for one, cancel, pause, resume, retry."""

from __future__ import annotations

import click

from db import folder_requests, report, scan_requests
from db import jobs as job_table
from db.engine import reading, writing
from db.jobs import Resumed
from db.paths import display
from db.states import ErrorClass, Phase, Priority, ScanKind
from pipeline import slots, tasks
from pipeline.cli import AlreadySo, needs_database
from pipeline.cli.output import ID, safe, say
from pipeline.cli.watching import wait_for

BY = "the command line"

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
@click.option("--folder", metavar="PATH", help="Only this folder, with all that lies in it.")
@click.option("--series", metavar="ID", type=ID, help="Only the folder of this series.")
@wait_option
@needs_database
def scan(
    library: str | None, kind: str, folder: str | None, series: int | None, wait: bool
) -> None:
    """Scan a library, or all of them; or with --folder or --series a part of one.

    The work is done by the worker that `honcho start` runs. With --wait the exit status says how
    it ended: 0 well, 1 failed, held or cancelled, 3 a scan was under way already. A part is scanned
    by the scan that is under way, if there is one.
    """
    if folder is not None or series is not None:
        begun = [_scan_part(library, folder, series)]
    else:
        begun = _scan_whole(library, ScanKind(kind))
    if not slots.any_held("worker"):
        say("It begins as soon as Longbox runs: start it with `honcho start`.")
    if wait:
        wait_for(begun)


def _scan_part(library: str | None, folder: str | None, series: int | None) -> int:
    with reading() as connection:
        if folder is not None:
            place = folder_requests.of_folder(connection, library, folder)
        else:
            place = folder_requests.of_series(connection, library, series or 0)
    place = folder_requests.as_on_disk(place)
    with writing() as connection:
        answer = folder_requests.request(connection, place, BY)
    tasks.ring(answer.job_id)
    how = "is added to" if answer.appended else "is queued as"
    say(f"A scan of {display(place.path) or answer.library} {how} job {answer.job_id}.")
    return answer.job_id


def _scan_whole(library: str | None, kind: ScanKind) -> list[int]:
    with writing() as connection:
        answers = scan_requests.request(connection, library, kind, {}, BY)
    begun = [answer.job_id for answer in answers if answer.refusal is None]
    for answer in answers:
        if answer.refusal is None:
            tasks.ring(answer.job_id)
            say(f"A {kind} scan of {answer.library} is queued as job {answer.job_id}.")
        elif begun:
            say(answer.refusal)
    if not begun:
        raise AlreadySo("\n".join(safe(answer.refusal or "") for answer in answers))
    return begun


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
