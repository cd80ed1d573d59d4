"""`longbox library`: adding, listing, moving and removing the folders that Longbox looks after.

When they are scanned is `library_times.py`'s.
"""

from __future__ import annotations

import sys
import threading

import click

from db import libraries, library_times
from db.engine import reading, writing
from db.paths import display
from db.times import iso
from pipeline.cli import AlreadySo, needs_database
from pipeline.cli import library_times as times_commands
from pipeline.cli.library_options import options
from pipeline.cli.output import json_option, print_json, print_table, say, when


@click.group()
def library() -> None:
    """The folders that Longbox looks after."""


@library.command("add")
@click.argument("path")
@click.option("--name", help="What to call it; the folder's own name, if nothing is said.")
@click.option("--loose-folders", is_flag=True, help="Folders of loose pictures are comics, too.")
@needs_database
def add(path: str, name: str | None, loose_folders: bool) -> None:
    """Add a folder of comics. This does not scan it; `longbox scan` does."""
    folder = libraries.usable_folder(path)
    try:
        with writing() as connection:
            added = libraries.add(connection, folder, name, loose_folders=loose_folders)
    except libraries.AlreadyRegistered as error:
        raise AlreadySo(str(error)) from None
    say(f"Added the library {added.name} ({display(added.path)}).")


@library.command("list")
@json_option
@needs_database
def listing(as_json: bool) -> None:
    """Show all libraries."""
    with reading() as connection:
        found = libraries.listing(connection)
        counts = libraries.comic_counts(connection)
        times = {one.id: library_times.of(connection, one) for one in found}
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "path": display(one.path),
                    "comics": counts.get(one.id, 0),
                    "ignore_patterns": one.ignore_patterns.splitlines(),
                    "loose_folders": one.loose_folders,
                    "created_at": iso(one.created_at),
                    **library_times.as_json(times[one.id]),
                }
                for one in found
            ]
        )
    elif found:
        rows = [
            (
                one.name,
                f"{counts.get(one.id, 0):,}",
                display(one.path) + (" (folders of pictures, too)" if one.loose_folders else ""),
            )
            for one in found
        ]
        print_table(("Name", "Comics#", "Folder"), rows)
        for one in found:
            _tell_times(one.name, times[one.id])
    else:
        say("There is no library yet. Add one: longbox library add /path/to/comics")


def _tell_times(name: str, times: library_times.LibraryTimes) -> None:
    """What happens to a library by itself, and where that is not as it could be."""
    told = [
        f"The next {one.kind} scan begins at {when(one.next_at)} ({one.rule})."
        for one in times.schedules
    ]
    for sentence in (*told, times.watch_words, times.stamp_words):
        if sentence:
            say(f"{name}: {sentence}")


@library.command("move")
@click.argument("name")
@click.argument("path")
@needs_database
def move(name: str, path: str) -> None:
    """Say that a library's folder is at PATH now. Everything known of its comics stays."""
    folder = libraries.usable_folder(path)
    with writing() as connection:
        libraries.move(connection, libraries.named(connection, name).id, folder)
    say(f"The library {name} is at {display(folder)} now.")


@library.command("ignore")
@click.argument("name")
@click.argument("patterns", nargs=-1)
@click.option("--none", "nothing", is_flag=True, help="Ignore nothing any more.")
@needs_database
def ignore(name: str, patterns: tuple[str, ...], nothing: bool) -> None:
    """Say which names a library's scans pass over. Without PATTERNS, show them."""
    if patterns and nothing:
        raise click.UsageError("Give patterns or --none, not both.")
    if patterns or nothing:
        with writing() as connection:
            found = libraries.named(connection, name)
            libraries.set_ignore_patterns(connection, found.id, list(patterns))
        say(f"Kept. It holds from the next scan of {name} on.")
    else:
        with reading() as connection:
            found = libraries.named(connection, name)
        for pattern in found.ignore_patterns.splitlines():
            say(pattern)


library.add_command(options)


@library.command("loose-folders")
@click.argument("name")
@click.argument("are_comics", type=click.Choice(["on", "off"]))
@needs_database
def loose_folders(name: str, are_comics: str) -> None:
    """Say whether folders of loose pictures are comics in this library."""
    with writing() as connection:
        found = libraries.named(connection, name)
        libraries.set_loose_folders(connection, found.id, are_comics == "on")
    say(f"Kept. It holds from the next scan of {name} on.")


@library.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@needs_database
def remove(name: str, yes: bool) -> None:
    """Forget a library and all that is known of its comics. The files stay where they are."""
    with reading() as connection:
        found = libraries.named(connection, name)
    if sys.stdin.isatty() and not yes:
        click.confirm(f"Forget the library {name} and all that is known of its comics?", abort=True)
    from pipeline import housekeeping

    with writing() as connection:
        libraries.ask_removal(connection, found.id)
    housekeeping.forget_library(found.id, threading.Event())
    say(f"Removed the library {name}. Its files are where they were.")


for command in (times_commands.schedule, times_commands.quiet, times_commands.watch):
    library.add_command(command)
