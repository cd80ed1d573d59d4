"""`longbox check` and `longbox vacuum`: the databases' files are looked through, and packed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from db import in_use, soundness
from db.engine import DatabaseUnusable
from db.report import size
from db.settings import settings
from pipeline import queue
from pipeline.cli.output import json_option, print_json, say

NOT_THERE = "There is no Longbox database here yet. Run `longbox init` first."


@click.command()
@click.option("--mend", is_flag=True, help="Make all indexes anew; Longbox must be stopped.")
@json_option
def check(mend: bool, as_json: bool) -> None:
    """Look the databases through for damage.

    The exit status is 1 when library.db has some. While Longbox runs, the index of what is searched
    is left out.
    """
    file = _library_file()
    if mend:
        _mend(file)
    found, is_complete = _look_through(file)
    if found:
        soundness.note(settings(), found[0])
    else:
        soundness.forget(settings())
    new_queue = queue.replace_damaged()
    if as_json:
        print_json({"sound": not found, "complaints": found, "queue_made_anew": new_queue})
    else:
        _tell(found, is_complete=is_complete, new_queue=new_queue)
    if found:
        raise SystemExit(1)


@click.command()
def vacuum() -> None:
    """Pack the databases anew, without the gaps in them. Longbox must be stopped."""
    file = _library_file()
    with in_use.alone(settings().data, settings().run):
        for one in (file, settings().queue_file):
            if one.exists():
                packed = soundness.pack(one)
                say(f"{one.name}: {size(packed.before)} before, {size(packed.after)} now.")


def _library_file() -> Path:
    file = settings().library_file
    if not file.is_file():
        raise DatabaseUnusable(NOT_THERE)
    return file


def _look_through(file: Path) -> tuple[list[str], bool]:
    """What is wrong with the database, and whether all of it could be looked at."""
    with in_use.together(settings().run):
        found = soundness.complaints(file)
    if found:
        return found, True
    try:
        with in_use.alone(settings().data, settings().run):
            return soundness.complaints_of_search(file), True
    except in_use.InUse:
        return [], False


def _mend(file: Path) -> None:
    try:
        with in_use.alone(settings().data, settings().run):
            soundness.rebuild(file)
    except sqlite3.DatabaseError as error:
        if not soundness.says_so(error):
            raise
        raise DatabaseUnusable(
            f"More than indexes is damaged ({error}), which cannot be mended. Bring your last "
            "backup back with `longbox restore FILE`."
        ) from None


def _tell(found: list[str], *, is_complete: bool, new_queue: bool) -> None:
    if new_queue:
        say("queue.db was damaged and has been made anew; nothing is lost by that.")
    if not found:
        say(f"library.db is sound{'' if is_complete else ', as far as can be seen now'}.")
        return
    for words in found:
        say(f"  {words}")
    say(
        "library.db is damaged. Stop Longbox; where only indexes are concerned, `longbox check "
        "--mend` makes them anew. Else bring your last backup back with `longbox restore FILE`."
    )
