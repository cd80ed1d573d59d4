"""`longbox backup FILE` and `longbox restore FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from db import backups, restoring
from db.report import count, size
from db.settings import settings
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, say

FILE = click.Path(path_type=Path, dir_okay=False, resolve_path=True)


@click.command()
@click.argument("file", type=FILE)
@json_option
@needs_database
def backup(file: Path, as_json: bool) -> None:
    """Write the database and the kept pictures to FILE, a ZIP. Longbox may go on meanwhile.

    An older backup of that name is replaced when the new one is complete.
    """
    made = backups.make(file)
    if as_json:
        print_json(
            {
                "file": str(file),
                "bytes": made.size,
                "made_at": made.manifest.made_at,
                "schema": made.manifest.schema,
                "comics": made.manifest.comics,
                "files": len(made.manifest.files),
                "lost_pictures": made.lost,
            }
        )
        return
    say(f"Backed up {count(made.manifest.comics, 'comic')} to {file} ({size(made.size)}).")
    if made.lost:
        say(f"{count(made.lost, 'picture file')} of the data folder's artwork/ were not there.")


@click.command()
@click.argument("file", type=FILE)
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put the backup in FILE in the place of the database. Longbox must be stopped.

    The database of before is kept beside it as library-before-restore.db.
    """
    done = restoring.restore(file, settings())
    if as_json:
        print_json(
            {
                "made_at": done.manifest.made_at,
                "comics": done.manifest.comics,
                "migrated": done.migrated,
                "before": str(done.before) if done.before else None,
            }
        )
        return
    say(f"Restored {count(done.manifest.comics, 'comic')}, as of {done.manifest.made_at}.")
    if done.migrated:
        say("The backup was of an older Longbox and has been brought to this version.")
    if done.before:
        say(f"What was there before is kept as {done.before}.")
