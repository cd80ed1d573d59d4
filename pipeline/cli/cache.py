"""`longbox cache prune` and `longbox cache fill`: the files of covers."""

from __future__ import annotations

import os
from dataclasses import asdict

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from db.report import count, size
from db.settings import settings
from pipeline.cli import needs_database
from pipeline.cli.output import console, json_option, print_json, say
from pipeline.cover_cache import Pruned
from pipeline.cover_filling import Filled

NICENESS = 10


@click.group()
def cache() -> None:
    """The covers that have been drawn."""


@cache.command()
@json_option
@needs_database
def prune(as_json: bool) -> None:
    """Remove covers that are too many.

    Those of comics that are gone, and beyond LONGBOX_COVER_CACHE_MB those that were looked at
    longest ago; those of series, and of comics whose files are missing, stay. The worker does so by
    itself.
    """
    from pipeline import cover_cache

    pruned = cover_cache.prune()
    if as_json:
        print_json({**asdict(pruned), "budget": settings().cover_cache_bytes})
    else:
        _tell_of_pruning(pruned)


@cache.command()
@json_option
@needs_database
def fill(as_json: bool) -> None:
    """Draw covers that are missing.

    Those of series come first. It ends where LONGBOX_COVER_CACHE_MB leaves no room.
    """
    from pipeline import cover_filling

    os.nice(NICENESS)
    columns = (
        TextColumn("Drawing covers"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(), transient=True, disable=as_json) as bar:
        task = bar.add_task("", total=None)

        def told(filled: Filled, total: int) -> None:
            done = filled.made + filled.failed + filled.left
            bar.update(task, completed=done, total=total)

        filled = cover_filling.fill(told)
    if as_json:
        print_json(asdict(filled))
    else:
        _tell_of_filling(filled)


def _tell_of_pruning(pruned: Pruned) -> None:
    budget = settings().cover_cache_bytes
    if pruned.orphans:
        say(f"Removed {count(pruned.orphans, 'file')} that no comic needs.")
    if pruned.dropped:
        say(f"Dropped {count(pruned.dropped, 'cover')} to make room for others.")
    if pruned.freed:
        say(f"That freed {size(pruned.freed)}.")
    say(f"Covers take {size(pruned.kept)} of {size(budget)}.")
    if pruned.kept > budget:
        say("Those that are left are of series and of missing comics, and stay.")


def _tell_of_filling(filled: Filled) -> None:
    if not (filled.made or filled.failed or filled.left):
        say("No cover is missing.")
    if filled.made:
        say(f"Drew {count(filled.made, 'cover')}.")
    if filled.failed:
        say(
            f"{count(filled.failed, 'cover')} could not be drawn: `longbox errors` has the reasons."
        )
    if filled.left:
        say(
            f"There is no room for {count(filled.left, 'more cover')}: LONGBOX_COVER_CACHE_MB is "
            f"{settings().cover_cache_bytes >> 20}."
        )
