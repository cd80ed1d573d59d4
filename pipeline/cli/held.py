"""The commands for a scan that asks first: what would go missing, and the answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import click
from rich.text import Text

from db import held, progress, report
from db import jobs as job_table
from db.engine import reading, writing
from db.held import LostSeries
from db.progress import Progress
from pipeline import tasks
from pipeline.cli import needs_database
from pipeline.cli.output import ID, console, json_option, print_json, print_table, safe, say

SERIES_TOLD = 8  # of a held job, before `longbox losses`
AT_A_TIME = 500

job_argument = click.argument("job_id", metavar="JOB", type=ID)


@click.command()
@job_argument
@json_option
@needs_database
def losses(job_id: int, as_json: bool) -> None:
    """List what a held scan would mark missing, by series."""
    with reading() as connection:
        job_table.get(connection, job_id)
    if as_json:
        print_json([_series_json(job_id, one) for one in _series(job_id)])
        return
    screen = console()
    any_lost = False
    for one in _series(job_id):
        any_lost = True
        screen.print(
            Text.assemble((safe(one.name), "bold"), (f"  {one.gone:,} of {one.known:,}", "dim"))
        )
        for path in _paths(job_id, one.id):
            screen.print(Text(f"  {safe(path)}"), soft_wrap=True)
    if not any_lost:
        say(f"Job {job_id} asks about no comics.")


@click.command()
@job_argument
@needs_database
def confirm(job_id: int) -> None:
    """Say that the comics of a held scan are gone: it marks them missing and goes on."""
    with writing() as connection:
        job_table.confirm(connection, job_id)
    tasks.ring(job_id)
    say(f"Job {job_id} goes on; the comics it has listed as gone will be marked missing.")


@click.command()
@job_argument
@needs_database
def discard(job_id: int) -> None:
    """End a held scan; no comic is marked missing."""
    with writing() as connection:
        job_table.discard(connection, job_id)
    say(f"Job {job_id} is discarded. No comic was marked missing.")


@click.command("look-again")
@job_argument
@needs_database
def look_again(job_id: int) -> None:
    """Let a held scan look at the disk again. It does so by itself when the files are back."""
    with writing() as connection:
        job_table.look_again(connection, job_id)
    tasks.ring(job_id)
    say(f"Job {job_id} looks again.")


def tell(job: Progress) -> None:
    """What a held job asks about, and how to answer."""
    first = list(islice(_series(job.id), SERIES_TOLD + 1))
    if first:
        print_table(
            ("Would lose comics", "Gone#", "Of#"),
            [(one.name, f"{one.gone:,}", f"{one.known:,}") for one in first[:SERIES_TOLD]],
        )
        more = "and more; " if len(first) > SERIES_TOLD else ""
        say(f"{more}`longbox losses {job.id}` lists every comic.")
    say(how_to_answer(job))


def how_to_answer(job: Progress) -> str:
    """The commands that a held job waits for."""
    if job.held_reason and not job.held_reason.can_be_confirmed:
        return (
            f"It goes on by itself when the folder is back; `longbox look-again {job.id}` looks at "
            f"once, `longbox discard {job.id}` ends it. Either leaves every comic as it was."
        )
    what = report.count(job.held_comics, "comic") if job.held_comics else "them"
    return (
        f"`longbox confirm {job.id}` (or `longbox resume {job.id}`) marks {what} missing, "
        f"`longbox discard {job.id}` leaves everything as it was. "
        "It goes on by itself when the files are back."
    )


def tell_who_waits() -> None:
    """A line for each job that is held."""
    with reading() as connection:
        found = progress.held(connection)
    for job in found:
        say(f"Job {job.id} needs you: {report.sentence(job)} `longbox job {job.id}` says more.")


def _series(job_id: int) -> Iterator[LostSeries]:
    cursor = None
    while True:
        with reading() as connection:
            page = held.series_page(connection, job_id, limit=AT_A_TIME, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _paths(job_id: int, series_id: int) -> Iterator[str]:
    cursor = None
    while True:
        with reading() as connection:
            page = held.comics_page(connection, job_id, series_id, limit=AT_A_TIME, cursor=cursor)
        yield from (one.path for one in page.items)
        cursor = page.next
        if cursor is None:
            return


def _series_json(job_id: int, one: LostSeries) -> dict[str, object]:
    return {
        "series": {"id": one.id, "name": one.name},
        "folder": one.folder,
        "gone": one.gone,
        "of": one.known,
        "comics": list(_paths(job_id, one.id)),
    }
