"""The command that lists what a scan changed, and its short form beside a job."""

from __future__ import annotations

from collections.abc import Iterator

import click
from rich.text import Text

from db import changes as job_changes
from db import jobs as job_table
from db import report
from db.changes import Changed
from db.engine import reading
from db.states import Change
from pipeline.cli import needs_database
from pipeline.cli.output import ID, console, json_option, print_json, safe, say

OF_A_KIND = 5  # beside a job
AT_A_TIME = 500


@click.command()
@click.argument("job_id", metavar="JOB", type=ID)
@click.option(
    "--change",
    "only",
    metavar="CHANGE",
    type=click.Choice([one.value for one in Change]),
    help=f"Only these: {', '.join(Change)}.",
)
@json_option
@needs_database
def changes(job_id: int, only: str | None, as_json: bool) -> None:
    """List the comics that a scan found new, changed, moved, missing or back."""
    with reading() as connection:
        job_table.get(connection, job_id)
        found = job_changes.counts(connection, job_id)
    kinds = [change for change in found if only in (None, change)]
    if as_json:
        print_json(
            [
                {"change": change, **report.changed_json(one)}
                for change in kinds
                for one in _all(job_id, change)
            ]
        )
        return
    for change in kinds:
        _print_head(change, found[change])
        for one in _all(job_id, change):
            _print_one(one)
    if not kinds:
        say(f"Job {job_id} has changed nothing of that kind.")


def tell(job_id: int) -> None:
    """The first comics of each kind, but for new ones, which may be all there are."""
    with reading() as connection:
        found = job_changes.counts(connection, job_id)
        first = {
            change: job_changes.listing(connection, job_id, change, limit=OF_A_KIND).items
            for change in found
            if change is not Change.NEW
        }
    for change, some in first.items():
        _print_head(change, found[change])
        for one in some:
            _print_one(one)
    if found:
        say(f"`longbox changes {job_id}` lists all of them.")


def _print_head(change: Change, many: int) -> None:
    console().print(Text(report.change_words(change, many), style="bold"))


def _print_one(one: Changed) -> None:
    screen = console()
    screen.print(Text(f"  {safe(one.path)}"), soft_wrap=True)
    if one.detail:
        screen.print(Text(f"      {safe(one.detail)}", style="dim"), soft_wrap=True)


def _all(job_id: int, change: Change) -> Iterator[Changed]:
    cursor = None
    while True:
        with reading() as connection:
            page = job_changes.listing(connection, job_id, change, limit=AT_A_TIME, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
